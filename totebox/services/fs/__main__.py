"""The writer process: `python -m totebox.services.fs DIR FD`, started by `totebox.vault.client`."""

import sys
from pathlib import Path

from totebox.services.fs.writer import serve

if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
