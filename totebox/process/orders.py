"""What the daemon and the process that starts writers say to each other. Imports next to nothing: that process stays small."""

import struct

START, KILL, WATCH = b"S", b"K", b"W"
READ, VERIFY = b"R", b"V"
CHART = b"C"
"""Open the operator's chart: the descriptor comes back on the socket that came along, nothing where there is none."""
STARTED, ENDED, WALLED = 0, 1, 2
REPORT = struct.Struct("!Bii")
"""What happened (u8), the writer's process id (i32), its exit status or minus the signal (i32).

WALLED speaks of no process: 0, and 0 when the second wall stands, else the error number that keeps it from being kept.
"""

ENDING = struct.Struct("!i")
"""How an errand ended, on its own socket: its exit status or minus the signal (i32)."""
