"""Files that somebody else could have planted: how they are opened, and how small ones are replaced."""
