"""Every state of the disk that a crash may leave is recovered: nothing acknowledged is lost, nothing unacknowledged is invented.

A sample of the subsets at every call runs always; with TORTURE=1 many more of them.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vault.crash.scenarios import (
    Judge,
    Run,
    adopting,
    appending,
    below,
    creating,
    filling,
    killed_then_power_lost,
    mailing,
    power_losses,
    rolling,
)
from tests.vault.crash.states import variants

ALL = os.environ.get("TORTURE") == "1"
MOST = 4_096 if ALL else 16
RUNS = {"appending": appending, "filling": filling, "adopting": adopting, "rolling": rolling, "mailing": mailing}


def shown(judge: Judge, name: str, least: int) -> None:
    """The count is part of what is claimed."""
    print(f"{name}: {judge.judged} states of the disk")  # noqa: T201
    assert judge.judged >= least


@pytest.mark.parametrize("name", RUNS)
def test_power_loss_at_any_call(place: Path, name: str) -> None:
    """After each call, with any subset of what was not synced: everything told is there, and the vault goes on and verifies."""
    run: Run = RUNS[name](place / "vault")
    judge = Judge(place, run)
    for made, files, told in power_losses(run, MOST, every=1 if ALL or name != "filling" else 4):
        trouble = judge.trouble(files, told)
        assert not trouble, (made, run.recording.ops[made - 1], trouble)
    shown(judge, name, 12)


@pytest.mark.parametrize("scenario", [appending, mailing])
def test_power_loss_where_files_need_a_name_at_once(place: Path, scenario: Callable[..., Run]) -> None:
    """The same without O_TMPFILE: unfinished files lie under their final names, and get an owner."""
    run = scenario(place / "vault", unnamed=False)
    judge = Judge(place, run)
    for made, files, told in power_losses(run, MOST):
        trouble = judge.trouble(files, told)
        assert not trouble, (made, run.recording.ops[made - 1], trouble)
    shown(judge, "without O_TMPFILE", 40)


def test_power_loss_without_a_write_ahead_log(place: Path) -> None:
    """The same where there is none, for want of space: every group is synced where it lies."""
    run = appending(place / "vault", ahead_bytes=0)
    judge = Judge(place, run)
    for made, files, told in power_losses(run, MOST):
        trouble = judge.trouble(files, told)
        assert not trouble, (made, run.recording.ops[made - 1], trouble)
    shown(judge, "without a write-ahead log", 40)


@pytest.mark.parametrize("name", ["appending", "filling", "adopting"])
def test_power_loss_after_a_killed_writer_was_started_again(place: Path, name: str) -> None:
    """What a start took from the page cache of a killed writer, and signed, is still there when power is lost then."""
    run: Run = RUNS[name](place / "vault")
    judge = Judge(place, run)
    every = 1 if ALL else 3 if name != "filling" else 9
    for made, files, told in killed_then_power_lost(run, place, 512 if ALL else 3, every=every):
        trouble = judge.trouble(files, told)
        assert not trouble, (made, run.recording.ops[max(made - 1, 0)], trouble)
    shown(judge, f"{name}, killed first", 10)


def test_power_loss_while_a_vault_is_provisioned(place: Path) -> None:
    """There is a whole vault under its name or none; when its maker was told, there is one."""
    run = creating(place / "new" / "vault")
    judge = Judge(place, run)
    for made, files, told in power_losses(run, MOST // 2, every=1 if ALL else 4):
        there = below(files, "vault")
        trouble = judge.trouble(there, told) if there or told else ""
        assert not trouble, (made, trouble)
    assert judge.judged >= 2


def test_a_file_may_be_left_in_any_subset_of_its_blocks() -> None:
    """Torn at 512 and at 4,096 bytes, with zeros where a block is missing before the end."""
    found = variants(b"x" * 500, b"y" * 600)
    assert found[0] == b"x" * 500 and found[-1] == b"x" * 500 + b"y" * 600
    assert b"x" * 500 + b"y" * 12 in found
    assert b"x" * 500 + bytes(12) + b"y" * 512 + bytes(76) in found
    assert b"x" * 500 + bytes(12) + b"y" * 512 in found
    assert b"x" * 500 + bytes(600) in found
