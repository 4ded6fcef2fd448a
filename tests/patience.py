"""How long a test waits for what must come, and what it takes for proof that nothing more will."""

import os

from screenshots.rest import quiet

__all__ = ["WAIT_S", "quiet"]

WAIT_S = float(os.environ.get("WAIT_S", "180"))
"""Far beyond what it takes, since a machine may be slow and shared by many; it costs nothing where the thing comes.

A link of a test gives its Totebox up after this time, not after three seconds: the machine may be too busy to let it answer.
"""
