"""Try every attack from inside one cage: `python -m tests.cage.attack CAGE UID ARENA`; a line of JSON each: name, outcome, detail.

CAGE is a kind of process, or `none`; UID the user that the process becomes before (0: it stays as it is); ARENA the fields of an
`Arena`, JSON.
"""
# ruff: noqa: T201

import contextlib
import errno
import importlib
import json
import os
import sys
from pathlib import Path

from protocol.schema.numbers import Grade
from tests.cage.attack import files, kernels, processes
from tests.cage.attack.arena import ATTACKS, Arena
from totebox.cage import kernel, writer
from totebox.config import Settings, places_of
from totebox.daemon import verification as verifying
from totebox.daemon.main import _shut_in
from totebox.daemon.programs import PROGRAMS
from totebox.process.grants import granted
from totebox.process.program import Program
from totebox.process.surroundings import Surroundings
from totebox.services.extraction import worker
from totebox.vault.places import Process

__all__ = ["files", "kernels", "processes"]


def main(cage: str, uid: int, words: str) -> int:
    """Become `uid`, enter `cage`, try everything."""
    fields = json.loads(words)
    arena = Arena(
        *(Path(fields[name]) for name in ("own", "sibling", "home", "runtime")), fields["victim"], fields["port"]
    )
    # Whoever it becomes may be unable to read this Python: what is imported late is imported now.
    for name in ("ascii", "idna", "latin_1"):
        importlib.import_module(f"encodings.{name}")
    kernel.numbers(kernel.machine())
    if uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _enter(cage, arena)
    for name, attack in ATTACKS.items():
        try:
            found = ["done", str(attack(arena))[:60]]
        except OSError as error:
            found = ["refused", errno.errorcode.get(error.errno or 0, str(error))]
        except KeyError:
            found = ["lacking", "this machine has no such call"]
        print(json.dumps([name, *found]), flush=True)
    return 0


def _where(arena: Arena, program: Program) -> Surroundings:
    return Surroundings(arena.own, Grade.KERNEL, program.profile, log=False, descriptors=())


def _enter(cage: str, arena: Arena) -> None:
    match cage:
        case "writer":
            writer.enter(arena.own, granted(arena.own, Process.WRITER))
        case "daemon":
            _shut_in(Settings(places_of(arena.own)))
        case "reader":
            worker.shut_in(arena.own / "cache/intake/document", _where(arena, PROGRAMS.reader))
        case "verifier":
            verifying.shut_in(arena.own, _where(arena, PROGRAMS.verifier))
        case _:
            # What succeeds here shall change nothing on the machine: mounts and names are this process's own.
            with contextlib.suppress(OSError):
                kernel.call("unshare", 0x0C020000)
                kernel.call("mount", None, kernels.text("/"), None, 0x44000, None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
