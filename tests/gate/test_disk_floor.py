"""The last bytes of the disk are kept for ADMIN."""

import shutil
from pathlib import Path

import pytest

from protocol.schema.numbers import RefusalCode, Role
from totebox.gate.disk_floor import FLOOR_BYTES, DiskFloor, floor_of, kept_bytes, no_floor
from totebox.gate.refusal import Unrecorded
from totebox.gate.staging import RESERVE_BYTES

BELOW_ADMIN = (Role.INTERFACE, Role.USER, Role.INPUT)


@pytest.mark.parametrize("role", BELOW_ADMIN)
def test_below_the_floor_nobody_but_admin_adds(role: Role) -> None:
    """The refusal says how much is kept and that nothing is lost; it costs no row, since a row would need the room too."""
    floor = DiskFloor(lambda: FLOOR_BYTES - 1)
    with pytest.raises(Unrecorded, match="less than 64 MiB free") as refused:
        floor.check(role)
    assert refused.value.code is RefusalCode.DISK_FULL and "nothing is lost" in refused.value.remedy
    floor.check(Role.ADMIN)


@pytest.mark.parametrize("role", [*BELOW_ADMIN, Role.ADMIN])
def test_at_the_floor_everybody_adds(role: Role) -> None:
    """Exactly 64 MiB are enough, and a vault without a disk always has them."""
    DiskFloor(lambda: FLOOR_BYTES).check(role)
    no_floor().check(role)


def test_uploads_of_all_but_admin_leave_the_floor() -> None:
    """Together with the reserve of staging it is the whole floor."""
    assert {kept_bytes(role) + RESERVE_BYTES for role in BELOW_ADMIN} == {FLOOR_BYTES}
    assert kept_bytes(Role.ADMIN) == 0


def test_the_floor_is_of_the_disk_that_holds_the_folder(tmp_path: Path) -> None:
    """Its free bytes are what the file system says now, to within what others write meanwhile."""
    assert abs(floor_of(tmp_path).free_bytes() - shutil.disk_usage(tmp_path).free) < 1 << 30
