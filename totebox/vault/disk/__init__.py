"""Durable writes: the write-ahead log, payload files, and every system call that changes a disk."""
