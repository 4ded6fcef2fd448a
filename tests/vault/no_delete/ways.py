"""Every known way to change or lose a byte of a record, and the program that tries one: `ways CAGE VAULT NAME`."""
# ruff: noqa: T201

import errno
import subprocess
import sys
from pathlib import Path

from tests.vault.no_delete import descriptors, names, opens, others
from tests.vault.no_delete.way import WAYS, Lacking
from totebox.cage import writer
from totebox.cage.entry import enter
from totebox.cage.profiles import DAEMON, Access
from totebox.process.grants import granted
from totebox.vault.commit.recovery import prepare
from totebox.vault.places import Process

__all__ = ["WAYS", "descriptors", "names", "opens", "others"]


def main(cage: str, vault: Path, name: str) -> int:
    """Enter `cage` ('' for none), try one way, print what came of it: `done`, `refused ERRNO`, `lacking`, `failed`."""
    match cage:
        case "writer":
            # With the one descriptor that may overwrite, as the writer has it.
            opened = prepare(vault).ahead
            writer.enter(vault, granted(vault, Process.WRITER), None if opened is None else opened.descriptor)
        case "service":
            # It reads no records; here it may, so that each way gets as far as it can.
            records = dict.fromkeys((vault / "assets", vault / "ledger"), Access.READ)
            enter(DAEMON, granted(vault, Process.DAEMON) | records, secrets=(vault,))
    try:
        print("done", WAYS[name].act(vault))
    except Lacking as error:
        print("lacking", error)
    except OSError as error:
        print("refused", errno.errorcode.get(error.errno or 0, error.errno))
    except subprocess.CalledProcessError as error:
        print("refused", f"status {error.returncode}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
