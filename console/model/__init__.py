"""What we know: immutable values folded from events. No Textual, no I/O."""
