"""Nothing in a small vault can change unseen: every bit, every length, every pair of files, every absence, every stranger.

Always a sample that is spread over all of them; every one with TORTURE=1. The counts are printed.
"""

import os
from collections.abc import Iterator
from itertools import combinations, islice
from pathlib import Path

import pytest

from tests.vault.bench import Bench, line, whole
from tests.vault.check.test_verification import owned_files
from totebox.errors import ConfigError
from totebox.vault.check.verification import verify
from totebox.vault.life.rotation import rotate

ALL = os.environ.get("TORTURE") == "1"
SAMPLE = 60
Change = tuple[Path, bytes | None]
"""A file and what it holds instead; None where it is gone."""


@pytest.fixture
def small(bench: Bench) -> Path:
    """Whole files, lines, a repeatable command, a torn tail that was adopted, a key that was rotated."""
    bench.append(whole(b"a"), line("ada"), line("bob", "=1+1"))
    bench.stop()
    with (bench.root / "ledger/register/000000000000-1.csv").open("ab") as stream:
        stream.write(b"torn")
    bench.append(whole(b"b" * 40, "minutes.docx"), command="0a")
    bench.stop()
    rotate(bench.root, entropy=lambda size: os.urandom(size), now=bench.clock)
    bench.append(line("eve"))
    bench.stop()
    assert bench.verify().findings == ()
    for path in owned_files(bench.root):
        path.chmod(0o644)
    return bench.root


def flips(root: Path) -> Iterator[list[Change]]:
    """Each bit of each byte."""
    for path in owned_files(root):
        data = path.read_bytes()
        for place in range(len(data) * 8):
            bent = bytearray(data)
            bent[place // 8] ^= 1 << place % 8
            yield [(path, bytes(bent))]


def truncations(root: Path) -> Iterator[list[Change]]:
    """Each shorter length."""
    for path in owned_files(root):
        data = path.read_bytes()
        for length in range(len(data)):
            yield [(path, data[:length])]


def extensions(root: Path) -> Iterator[list[Change]]:
    """One more byte, a line, and what was there once more."""
    for path in owned_files(root):
        data = path.read_bytes()
        for more in (b"\0", b"\n", b"x\n", data):
            if more:
                yield [(path, data + more)]


def swaps(root: Path) -> Iterator[list[Change]]:
    """Two files with each other's bytes."""
    for one, other in combinations(owned_files(root), 2):
        if one.read_bytes() != other.read_bytes():
            yield [(one, other.read_bytes()), (other, one.read_bytes())]


def absences(root: Path) -> Iterator[list[Change]]:
    """Each file gone. A stored checkpoint may be: a crash forgets one, and every newer head covers what it said."""
    for path in owned_files(root):
        if path.parent.name != "checkpoints":
            yield [(path, None)]


def strangers(root: Path) -> Iterator[list[Change]]:
    """One more file in each folder of the records and the logs, under a name of its own and under a likely one."""
    folders = [
        folder for top in ("assets", "ledger") for folder in (root / top, *(root / top).rglob("*")) if folder.is_dir()
    ]
    for folder in sorted(folders):
        for name in ("stray", "00000099-stray-00000000.pdf", ".hidden"):
            yield [(folder / name, b"x")]


@pytest.mark.parametrize("kind", [flips, truncations, extensions, swaps, absences, strangers])
def test_every_change_is_found(small: Path, kind: object) -> None:
    """Whatever it is, verify has a finding, or says that this is no vault; put back, it is clean again."""
    changes = list(kind(small))  # type: ignore[operator]
    tried = changes if ALL else changes[:: max(len(changes) // SAMPLE, 1)]
    missed = [change for change in tried if not _found(change)]
    print(f"{kind.__name__}: {len(tried)} of {len(changes)} tried, {len(tried) - len(missed)} found")  # type: ignore[attr-defined]  # noqa: T201
    assert [
        (path.relative_to(small).as_posix(), data and len(data)) for one in islice(missed, 5) for path, data in one
    ] == []
    assert verify(small).findings == ()


def _found(change: list[Change]) -> bool:
    before = {path: path.read_bytes() if path.exists() else None for path, _ in change}
    root = next(parent for parent in change[0][0].parents if (parent / "ledger").is_dir())
    _put(dict(change))
    try:
        return bool(verify(root).findings)
    except ConfigError:
        return True
    finally:
        _put(before)


def _put(files: dict[Path, bytes | None]) -> None:
    for path, data in files.items():
        if data is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(data)
