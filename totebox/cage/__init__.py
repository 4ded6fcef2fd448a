"""What the kernel refuses to the processes of a Totebox: seccomp and Landlock, by ctypes alone."""
