"""What may enter, on whose word."""
