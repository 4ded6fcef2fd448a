"""The Input Machine's state: documents in their queue, the one at work, its claims and its receipt. Pure."""
