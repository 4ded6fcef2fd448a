"""Processes of a Totebox: programs, the launcher that starts them, and the frames and sockets to them."""
