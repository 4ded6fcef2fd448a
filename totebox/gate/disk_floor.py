"""The last bytes of the disk belong to ADMIN: below the floor nobody else adds a row or a document.

64 MiB free   rows and uploads of every other role stop; what an open span covers goes on, for it writes nothing
 1 MiB free   the vault's own reserve (`totebox/vault/commit/group.py`): it answers DiskFull, and the ballast is released
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import RefusalCode, Role
from totebox.gate.refusal import Unrecorded
from totebox.gate.staging import RESERVE_BYTES

FLOOR_BYTES = 64 << 20
"""Free bytes below which all but ADMIN stop; uploads leave this much free as well (`gate/staging.py`)."""


def kept_bytes(role: Role) -> int:
    """What an upload by `role` must leave free beyond the reserve of staging: all but ADMIN leave the whole floor."""
    return 0 if role is Role.ADMIN else FLOOR_BYTES - RESERVE_BYTES


@dataclass(frozen=True, slots=True)
class DiskFloor:
    """`free_bytes` asks the file system of the vault; it costs microseconds."""

    free_bytes: Callable[[], int]
    floor_bytes: int = FLOOR_BYTES

    @property
    def is_reached(self) -> bool:
        """Whether less than the floor is free."""
        return self.free_bytes() < self.floor_bytes

    def check(self, role: Role) -> None:
        """Raises Unrecorded: DISK_FULL for a pairing of `role`, which would add to the disk."""
        if role is not Role.ADMIN and self.is_reached:
            raise Unrecorded(
                RefusalCode.DISK_FULL,
                f"the Totebox's disk has less than {self.floor_bytes >> 20} MiB free, which are kept for ADMIN",
                "make room on the Totebox's disk; nothing was changed and nothing is lost",
            )


def floor_of(directory: Path) -> DiskFloor:
    """The floor of the file system that holds `directory`."""
    return DiskFloor(lambda: shutil.disk_usage(directory).free)


def no_floor() -> DiskFloor:
    """For a vault without a disk: it is never reached."""
    return DiskFloor(lambda: FLOOR_BYTES)
