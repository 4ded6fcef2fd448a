"""No sync is there for comfort: with any single one left out, some crash loses what was acknowledged, or stops the vault."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vault.bench import Bench, whole
from tests.vault.crash.recording import SITES, Recording, Synced, Told
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
    restarting,
    rolling,
)
from tests.vault.crash.states import Files, after
from totebox.vault.life.home import RETIRED, why_not_home
from totebox.vault.life.move import adopt

MOST = 48
Losses = Iterator[tuple[int, Files, list[Told]]]


def appended(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = appending(place / "vault", forgotten)
    return run, power_losses(run, MOST)


def appended_without_ahead(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = appending(place / "vault", forgotten, ahead_bytes=0)
    return run, power_losses(run, MOST)


def filled(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = filling(place / "vault", forgotten)
    # What starting over left out is missed when its records were overwritten: at the end of the run.
    return run, power_losses(run, MOST, every=len(run.recording.ops))


def without_nameless_files(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = appending(place / "vault", forgotten, unnamed=False)
    return run, power_losses(run, MOST)


def adopted(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = appending(place / "vault")
    return run, killed_then_power_lost(run, place, MOST, forgotten=forgotten)


def put_back(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = appending(place / "vault")
    return run, killed_then_power_lost(run, place, 6, forgotten=forgotten, every=3)


def rolled(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = rolling(place / "vault", forgotten)
    return run, power_losses(run, MOST)


def created(place: Path, forgotten: str) -> tuple[Run, Losses]:
    run = creating(place / "new" / "vault", forgotten)
    told = ((made, below(files, "vault"), told) for made, files, told in power_losses(run, MOST) if told)
    return run, told


SHOWN_BY: dict[str, Callable[[Path, str], tuple[Run, Losses]]] = {
    "the name of a folder": appended,
    "the bytes of a whole file": appended,
    "the bytes of a whole file that has its name already": without_nameless_files,
    "the name of a file that is sealed alone": created,
    "the name of a file that will grow": appended,
    "the names of a group's whole files": appended,
    "a record of the write-ahead log": appended,
    "the name of the write-ahead log": appended,
    "the lines of a segment": appended_without_ahead,
    "the rows of the record log": appended_without_ahead,
    "the rows of the audit log": appended_without_ahead,
    "the lines of a segment, put ahead before": filled,
    "the rows of the record log, put ahead before": filled,
    "the rows of the audit log, put ahead before": filled,
    "what was put back, when starting": put_back,
    "the rows of a full register file": rolled,
    "the register's end, when starting": adopted,
    "an unsettled payload, when starting": adopted,
    "the name of a vault": created,
}


@pytest.mark.parametrize("site", SHOWN_BY)
def test_without_this_sync_a_crash_does_harm(place: Path, site: str) -> None:
    """A run that leaves this one sync out has a crash state that is not recovered."""
    run, losses = SHOWN_BY[site](place, site)
    judge = Judge(place, run)
    assert any(_harm(judge, files, told) for _, files, told in losses), (
        f"{judge.judged} states, and none shows the need"
    )


def _harm(judge: Judge, files: Files, told: list[Told]) -> str:
    return judge.trouble(files, told) if files else "nothing is there"


def copied(bench: Bench, place: Path) -> tuple[Path, Path]:
    """A vault and a copy of it, side by side."""
    bench.append(whole(b"a"))
    bench.stop()
    shutil.copytree(bench.root, place / "old", symlinks=True)
    (place / "old/local/home").write_bytes(b"")
    shutil.copytree(place / "old", place / "copy", symlinks=True)
    return place / "old", place / "copy"


@pytest.mark.parametrize(
    "forgotten", ["", "the home of a vault", "where a retired copy went", "the name of a file that will grow"]
)
def test_a_power_loss_after_a_move_leaves_one_live_copy(place: Path, bench: Bench, forgotten: str) -> None:
    """The new home is durable when the move is told, and the old copy is retired before: without either sync there are none, or two."""
    old, copy = copied(bench, place)
    from totebox.vault.life.home import home_line

    for root in (old, copy):
        (root / "local/home").write_text(home_line(old))
    recording = Recording(place, forgotten)
    assert adopt(copy, recording).retired
    ends: list[tuple[bool, bool]] = []
    for made in range(len(recording.ops) + 1):
        for files in after(recording.start, recording.ops[:made]).crashes(MOST, made):
            retired = (files.get(f"old/{RETIRED}") or b"").endswith(b"\n")
            home = (files["copy/local/home"] or b"").count(b"\n") == 2
            ends.append((not retired, home))
            if made == len(recording.ops) and forgotten == "":
                assert (retired, home) == (True, True)
    two_live = any(old_lives and home for old_lives, home in ends)
    last = list(after(recording.start, recording.ops).crashes(MOST, 0))
    told_and_gone = any((files["copy/local/home"] or b"").count(b"\n") != 2 for files in last)
    assert (two_live or told_and_gone) is (forgotten != "")
    assert why_not_home(copy) == ""


def test_every_sync_in_the_code_is_among_them(place: Path, bench: Bench) -> None:
    """What the runs sync, taken together, is what is left out above, one after the other; nothing syncs that is not named."""
    runs = [
        appending(place / "a"),
        appending(place / "b", unnamed=False),
        appending(place / "f", ahead_bytes=0),
        filling(place / "g"),
        restarting(place / "h"),
        adopting(place / "c"),
        rolling(place / "d"),
        creating(place / "e" / "vault"),
        mailing(place / "i"),
    ]
    seen = {op.site for run in runs for op in run.recording.ops if isinstance(op, Synced)}
    assert seen == SHOWN_BY.keys()
    assert SHOWN_BY.keys() | {"the home of a vault", "where a retired copy went"} == SITES.keys()
