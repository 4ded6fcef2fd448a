"""How other processes of a Totebox are started and spoken to."""
