"""What the daemon and the process that starts writers say to each other. Imports next to nothing: that process stays small."""

import struct

START, KILL = b"S", b"K"
STARTED, ENDED = 0, 1
REPORT = struct.Struct("!Bii")
"""What happened (u8), the writer's process id (i32), its exit status or minus the signal (i32)."""
