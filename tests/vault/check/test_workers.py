"""The same question about many pieces: every answer, in order, whoever works on it."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

import pytest

from totebox.vault.check.workers import AHEAD, MOST_BYTES, WorkerPool
from totebox.vault.disk.payloads import hash_range

PIECES = [f"piece-{number}" for number in range(200)]


def who(root: Path, piece: str) -> tuple[str, int]:
    """The text of the file `piece`, and the process that read it."""
    return (root / piece).read_text(), os.getpid()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in PIECES:
        (tmp_path / name).write_text(name.upper())
    return tmp_path


@pytest.mark.parametrize(("much", "workers"), [(False, 2), (True, 1)])
def test_alone(folder: Path, much: bool, workers: int) -> None:
    """Where there is little to do, or one core, this process does it and starts none."""
    with WorkerPool(folder, much=much, workers=workers) as pool:
        found = list(pool.each(who, PIECES))
    assert found == [(name, (name.upper(), os.getpid())) for name in PIECES]


def test_each_alone_is_lazy(folder: Path) -> None:
    """A piece is looked at when its answer is wanted."""
    with WorkerPool(folder, much=False) as pool:
        answers = pool.each(who, ["piece-0", "no such piece"])
        assert next(answers)[0] == "piece-0"
        with pytest.raises(FileNotFoundError):
            next(answers)


def test_together_in_order(folder: Path) -> None:
    """With others every piece is answered once, in order, and this process did some of them."""
    shares = [[name] for name in PIECES]
    with WorkerPool(folder, much=True, workers=2) as pool:
        found = [share for share, _ in pool.each(_first_bytes, shares)]
    assert found == shares


def test_pieces_are_taken_as_they_are_needed(folder: Path) -> None:
    """No more wait than a bounded number for each process: memory does not grow with the work."""
    taken = 0

    def pieces() -> Iterator[list[str]]:
        nonlocal taken
        for name in PIECES:
            taken += 1
            yield [name]

    with WorkerPool(folder, much=True, workers=2) as pool:
        answers = pool.each(_first_bytes, pieces())
        next(answers)
        assert taken <= 2 * AHEAD
        assert len(list(answers)) == len(PIECES) - 1


def test_what_goes_wrong_is_told(folder: Path) -> None:
    """An error of a piece reaches whoever asked, wherever it was met."""
    with WorkerPool(folder, much=True, workers=2) as pool, pytest.raises(FileNotFoundError):
        list(pool.each(who, [*PIECES[:9], "missing"]))


def _first_bytes(root: Path, share: list[str]) -> list[bytes]:
    return [hash_range(root, name, 0, 1)[0] for name in share]


def test_who_is_killed_is_missed(folder: Path) -> None:
    """Nobody waits for an answer that will not come."""
    os.mkfifo(folder / "death")
    with WorkerPool(folder, much=True, workers=2) as pool, pytest.raises(ChildProcessError):
        list(pool.each(_die_elsewhere, [os.getpid()] * 9))


def _die_elsewhere(root: Path, home: int) -> None:
    """Home waits until the other one, which began a piece, is dead."""
    if os.getpid() != home:
        with (root / "death").open("wb"):
            os.kill(os.getpid(), SIGKILL)
    with suppress(FileNotFoundError):
        (root / "death").read_bytes()
        (root / "death").unlink()


def test_a_piece_larger_than_a_message(folder: Path) -> None:
    """It is looked at here; no answer is cut off."""
    pieces = [name.ljust(2 * MOST_BYTES) for name in PIECES]
    with WorkerPool(folder, much=True, workers=2) as pool:
        assert [found for _, found in pool.each(_longer, pieces)] == [(piece * 9, os.getpid()) for piece in pieces]


def _longer(root: Path, piece: str) -> tuple[str, int]:
    return piece * 9, os.getpid()


def test_answers_larger_than_a_pipe(folder: Path) -> None:
    """They arrive whole."""
    pieces = [name.ljust(1_000) for name in PIECES]
    with WorkerPool(folder, much=True, workers=3) as pool:
        assert [found for _, (found, _) in pool.each(_longer, pieces)] == [piece * 9 for piece in pieces]


def test_questions_within_questions(folder: Path) -> None:
    """While some answers are awaited others may be asked for."""
    with WorkerPool(folder, much=True, workers=2) as pool:
        found = [(one[0], [two[0] for _, two in pool.each(who, PIECES[:5])]) for _, one in pool.each(who, PIECES[:30])]
    assert found == [(name.upper(), [inner.upper() for inner in PIECES[:5]]) for name in PIECES[:30]]


def test_whoever_asks_no_further(folder: Path) -> None:
    """Is told nothing of it later."""
    with WorkerPool(folder, much=True, workers=2) as pool:
        for _ in range(5):
            assert next(pool.each(who, PIECES))[1][0] == "PIECE-0"
        assert [found for _, (found, _) in pool.each(who, PIECES)] == [name.upper() for name in PIECES]


def test_nobody_waits_for_what_nobody_wants(folder: Path) -> None:
    """When the work is left, so is a piece that would take for ever; no process remains."""
    for name in ("begun", "never"):
        os.mkfifo(folder / name)
    with pytest.raises(InterruptedError) as left, WorkerPool(folder, much=True, workers=2) as pool:
        next(pool.each(_hang_elsewhere, [os.getpid()] * 3))
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(left.value)), 0)


def _hang_elsewhere(root: Path, home: int) -> None:
    """Home fails as soon as the other one, which waits for ever, has begun."""
    if os.getpid() == home:
        raise InterruptedError((root / "begun").read_text())
    (root / "begun").write_text(str(os.getpid()))
    (root / "never").read_bytes()


def test_nothing_to_do(folder: Path) -> None:
    """No pieces, no answers."""
    with WorkerPool(folder, much=True, workers=2) as pool:
        assert list(pool.each(who, [])) == []
