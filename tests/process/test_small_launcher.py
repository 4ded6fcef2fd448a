"""The launcher is a small process, and knows no more of a vault than it needs."""

import subprocess
import sys

from totebox.daemon.programs import PROGRAMS
from totebox.hardening.wall_guard import ROOM
from totebox.vault.places import WALLED_ROOMS


def test_the_launcher_stays_small() -> None:
    """Neither it nor a guard that has nothing to keep imports what the daemon needs: no event loop, no dataclasses, no vault."""
    guards = ", ".join(program.guard for program in PROGRAMS.rows if program.guard)
    code = (
        f"import sys, totebox.process.launcher_process, {guards}\n"
        "print(*(name for name in ('asyncio', 'dataclasses', 'ssl', 'cryptography', 'totebox.vault', 'totebox.cage.profiles')"
        " if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_room_that_tells_of_a_second_wall_is_walled() -> None:
    """The guard of the writer looks at one that `harden` gives attributes."""
    assert ROOM in WALLED_ROOMS
