"""A verification that was interrupted goes on where it stood, and forgets nothing that it had found."""

import os
from pathlib import Path

import pytest

from tests.vault.bench import Bench, line, stamp, whole
from totebox.cli.reports import report_lines, verify_vault
from totebox.daemon.marks import LONG_BYTES, ProgressFile
from totebox.errors import ConfigError
from totebox.vault.api import Finding
from totebox.vault.check.verification import Mark, verify
from totebox.vault.life.creation import create

LARGE = 300_000
FINDING = Finding("damage", "assets/x", 1, 0, "a", "b", "c")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    create(tmp_path / "vault", "Acme", "company", entropy=os.urandom, now=stamp(0))
    made = Bench(tmp_path / "vault")
    for number in range(6):
        made.append(whole(bytes([number]) * LARGE), line(str(number)))
    made.stop()
    return made


class Interrupted(Exception):
    """Somebody pulled the plug of the verifier."""


def interrupted(bench: Bench, file: Path) -> Mark:
    """A verification with a mark in the middle: after the first three originals."""
    marks: list[Mark] = []
    verify(bench.root, keep=marks.append)
    last = marks[-1]
    mark = Mark(7, last.size, last.root, last.findings)
    ProgressFile(file, _vkey(bench)).keep(mark)
    return mark


def _vkey(bench: Bench) -> str:
    from totebox.vault.life.creation import load_identity

    return load_identity(bench.root).vkey


def test_a_run_says_where_it_stands(bench: Bench) -> None:
    """Every mark names a size and root that the rows have; `done` never falls."""
    marks: list[Mark] = []
    report = verify(bench.root, keep=marks.append)
    assert marks and [mark.done for mark in marks] == sorted(mark.done for mark in marks)
    assert marks[-1].root == report.heads[0].root and marks[-1].done <= marks[-1].size == report.entries


def test_it_goes_on_from_there(bench: Bench, tmp_path: Path) -> None:
    """Large payloads before the mark are not hashed again, those after it are; the report says so, and the file says it ended."""
    interrupted(bench, tmp_path / "marks")
    early, late = sorted((bench.root / "assets/minutebook/00000").iterdir())[::5]
    for path in (early, late):
        path.chmod(0o644)
        path.write_bytes(b"\xff" * LARGE)
    report = verify_vault(bench.root, None, None, None, tmp_path / "marks")
    assert {finding.path for finding in report.findings} == {late.relative_to(bench.root).as_posix()}
    assert any("below 7" in text for text in report_lines(report))
    assert len(verify_vault(bench.root, None, None, None, tmp_path / "marks").findings) == 2, "it begins anew"


def test_what_was_found_is_found_again(bench: Bench, tmp_path: Path) -> None:
    """Findings of the interrupted run are in the report of the one that goes on."""
    mark = interrupted(bench, tmp_path / "marks")
    ProgressFile(tmp_path / "marks", _vkey(bench)).keep(Mark(mark.done, mark.size, mark.root, (FINDING,)))
    assert FINDING in verify_vault(bench.root, None, None, None, tmp_path / "marks").findings


def test_other_rows_than_then_are_a_finding(bench: Bench, tmp_path: Path) -> None:
    """The log must lead to the root that was noted: nobody changes it between two runs."""
    mark = interrupted(bench, tmp_path / "marks")
    ProgressFile(tmp_path / "marks", _vkey(bench)).keep(Mark(mark.done, mark.size, b"\0" * 32))
    report = verify_vault(bench.root, None, None, None, tmp_path / "marks")
    assert any("interrupted" in finding.path for finding in report.findings)


def test_a_line_that_was_cut_off_is_passed_over(bench: Bench, tmp_path: Path) -> None:
    """The one before it counts."""
    mark = interrupted(bench, tmp_path / "marks")
    with (tmp_path / "marks").open("ab") as stream:
        stream.write(b'\n{"vkey": "x", "do')
    assert ProgressFile(tmp_path / "marks", _vkey(bench)).last() == mark


@pytest.mark.parametrize("text", [b"hello\n", b'{"vkey": "other+00000000+AAAA", "done": 1}\n'])
def test_another_file_is_refused(bench: Bench, tmp_path: Path, text: bytes) -> None:
    """Neither a file of something else nor the marks of another vault are gone on from."""
    (tmp_path / "marks").write_bytes(text)
    with pytest.raises(ConfigError, match="another"):
        verify_vault(bench.root, None, None, None, tmp_path / "marks")


def test_a_device_a_folder_and_a_flood_hold_no_state(tmp_path: Path) -> None:
    """None of them is read through: a device never ends."""
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 1 << 40)
    for path in (Path("/dev/zero"), tmp_path, tmp_path / "sparse"):
        with pytest.raises(ConfigError, match="another file"):
            ProgressFile(path, "key").last()


def test_marks_do_not_grow_without_end(tmp_path: Path) -> None:
    """A vault in which much is wrong is noted often; the file stays bounded and its last line counts."""
    marks = ProgressFile(tmp_path / "marks", "key")
    wide = tuple(Finding("damage", "assets/" + "x" * 4_000, entry, 0, "a", "b", "c") for entry in range(1_000))
    for done in range(1, 13):
        marks.keep(Mark(done, 100, b"\1" * 32, wide))
    assert (tmp_path / "marks").stat().st_size <= LONG_BYTES and [path.name for path in tmp_path.iterdir()] == ["marks"]
    last = marks.last()
    assert last is not None and last.done == 12 and last.findings == wide


def test_a_mark_lies_outside_of_the_vault(bench: Bench, tmp_path: Path) -> None:
    """A file of nobody's in the vault would be the next finding; a link that leads there is one, too."""
    (tmp_path / "link").symlink_to(bench.root / "assets")
    for place in (bench.root / "assets/marks", bench.root / "marks", tmp_path / "link/marks"):
        with pytest.raises(ConfigError, match="outside"):
            verify_vault(bench.root, None, None, None, place)
        assert not place.exists()
    with pytest.raises(ConfigError, match="its folder is not there"):
        verify_vault(bench.root, None, None, None, tmp_path / "nowhere/marks")
