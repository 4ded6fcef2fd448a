"""What this console knows: immutable values folded from events. No Textual, no I/O."""
