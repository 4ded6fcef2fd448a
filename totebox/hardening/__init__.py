"""The second wall: file attributes (`chattr`) around the records, where an administrator asked for them."""
