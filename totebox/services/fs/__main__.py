"""The writer process: `python -m totebox.services.fs DIR FD [GRADE]`, started by `totebox.vault.client`."""

import sys
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.services.fs.writer import serve

if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), Grade(sys.argv[3]) if len(sys.argv) > 3 else Grade.KERNEL)
