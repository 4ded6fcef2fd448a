"""Cage: the restrictions that the kernel puts on the processes of a Totebox, with seccomp and Landlock, by ctypes alone."""
