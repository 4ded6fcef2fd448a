"""Second wall: file attributes (`chattr`) on the records, set when an administrator asks for them."""
