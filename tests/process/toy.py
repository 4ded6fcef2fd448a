"""A program of the tests' own: it shuts itself in, hears on its wire what to be, and says how it stands.

exit    ends with status 3          serve   says its process id and whether calls are filtered, and ends when its wire is closed
deaf    says the same, and ends never
"""

import os
import select
import socket
import sys
from pathlib import Path

from totebox.process.surroundings import surroundings


def main() -> int:
    """Be what the wire says."""
    where = surroundings(sys.argv[1:])
    status = Path("/proc/self/status")
    if where.settle().is_caged:
        where.shut_in({})
    with socket.socket(fileno=where.descriptors[0]) as wire:
        job = wire.recv(64).decode()
        if job == "exit":
            return 3
        wire.sendall(f"{os.getpid()} {'Seccomp:	2' in status.read_text()} {where.profile.kind}".encode())
        waiting = select.poll()
        if job == "serve":
            waiting.register(wire, 0)
        waiting.poll()
    return 0


if __name__ == "__main__":
    sys.exit(main())
