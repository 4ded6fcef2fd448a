"""Before the screen opens: first run, pairing, granting, and a Totebox on this host."""
