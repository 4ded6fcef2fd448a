"""What a Totebox tells, unasked: bounded, newest wins, and a loss is declared."""
