"""The writer process: `python -m totebox.writer DIR FD [GRADE [log]]`, started by `totebox.process.launcher_process`."""

import sys
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.writer.server import serve

if __name__ == "__main__":
    asked = Grade(sys.argv[3]) if len(sys.argv) > 3 else Grade.KERNEL
    serve(Path(sys.argv[1]), int(sys.argv[2]), asked, log=sys.argv[4:] == ["log"])
