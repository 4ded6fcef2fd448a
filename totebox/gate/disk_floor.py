"""The last free bytes of the disk are kept for ADMIN: below the floor no other role adds a row or a document.

64 MiB free  rows and uploads of every other role stop; acts under an open span go on, because they write nothing
1 MiB free   the vault's own reserve (`totebox/vault/commit/group.py`): the vault answers DiskFull, and the ballast is released
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import RefusalCode, Role
from totebox.gate.refusal import Unrecorded
from totebox.gate.staging import RESERVE_BYTES

FLOOR_BYTES = 64 << 20
"""Free bytes below which every role but ADMIN is stopped. Uploads leave this much free as well (`gate/staging.py`)."""


def kept_bytes(role: Role) -> int:
    """Bytes that an upload by `role` must leave free beside the reserve of staging: the floor, and 0 for ADMIN."""
    return 0 if role is Role.ADMIN else FLOOR_BYTES - RESERVE_BYTES


@dataclass(frozen=True, slots=True)
class DiskFloor:
    """The check of the free space. `free_bytes` asks the file system of the vault; that costs microseconds."""

    free_bytes: Callable[[], int]
    floor_bytes: int = FLOOR_BYTES

    @property
    def is_reached(self) -> bool:
        """Whether less than the floor is free."""
        return self.free_bytes() < self.floor_bytes

    def check(self, role: Role) -> None:
        """Raises Unrecorded (DISK_FULL) where a pairing of `role` may not add to the disk."""
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
    """A floor that is never reached, for a vault without a disk."""
    return DiskFloor(lambda: FLOOR_BYTES)
