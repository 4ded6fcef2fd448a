"""The shelves of service email are Maildirs: what lies there, and what `verify` says of everything else."""

import os
from pathlib import Path

import pytest

from tests.vault.bench import Bench, line, message, whole
from totebox.vault.commit.layout import SHELF_FILES, Layout, is_message, is_shelved

SHELF = "assets/email/00000"


def used(bench: Bench) -> str:
    """A stopped vault with two messages and other records; the path of the first message."""
    done = bench.append(message(b"From: a\r\n\r\none\r\n"), message(b"From: b\r\n\r\ntwo\r\n", "no subject"))
    bench.append(whole(b"deed"), line("ada"))
    bench.stop()
    assert bench.verify().findings == ()
    return done.entries[0].path


def foreign(bench: Bench) -> list[tuple[str, str]]:
    """Severity and path of each finding."""
    return [(finding.severity, finding.path) for finding in bench.verify().findings]


def test_a_message_is_one_whole_file_in_cur(bench: Bench) -> None:
    """Named by index, subject and hash, with the suffix of a message; `new` and `tmp` lie beside it, empty; nothing else does."""
    path = used(bench)
    shelf = bench.root / SHELF
    assert {name.name for name in shelf.iterdir()} == {"cur", "new", "tmp"}
    assert list((shelf / "new").iterdir()) == list((shelf / "tmp").iterdir()) == []
    names = sorted(each.name for each in (shelf / "cur").iterdir())
    assert [name[8:-13] for name in names] == ["-re-lease", "-no-subject"]
    assert path == f"{SHELF}/cur/{names[0]}" and all(is_message(name) for name in names)
    assert (bench.root / path).read_bytes() == b"From: a\r\n\r\none\r\n"
    assert (bench.root / path).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize(
    "name",
    [
        "cur/00000009-stray-00000000.eml", "cur/notes.txt", "cur/.uidlist", "new/1.eml", "tmp/1", "dovecot-uidlist",
        "00000009-x-00000000.eml", ".sub/cur/00000009-x-00000000.eml",
    ],
)  # fmt: skip
def test_a_file_that_is_no_message_is_a_finding(bench: Bench, name: str) -> None:
    """Wherever on the shelf it lies, whatever it is called, and once."""
    used(bench)
    path = bench.root / SHELF / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    found = foreign(bench)
    assert ("foreign", f"{SHELF}/{name}") in found and len(found) == len(set(found))


@pytest.mark.parametrize("name", [".Archive", "cur/folder", "new/folder", "tmp/folder", "courier"])
def test_an_empty_folder_that_is_no_part_of_it_is_a_finding(bench: Bench, name: str) -> None:
    """Although it holds no byte: a mail program would take it for a mailbox."""
    used(bench)
    (bench.root / SHELF / name).mkdir()
    assert ("foreign", f"{SHELF}/{name}") in foreign(bench)


def test_a_changed_a_moved_and_a_missing_message_are_findings(bench: Bench) -> None:
    """As of every file; a mail program that sets a flag moves the message to another name."""
    path = bench.root / used(bench)
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-1] + b"!")
    assert ("damage", path.relative_to(bench.root).as_posix()) in foreign(bench)
    path.write_bytes(data)
    assert foreign(bench) == []
    path.rename(path.with_name(f"{path.name}:2,S"))
    assert {severity for severity, _ in foreign(bench)} == {"damage", "foreign"}


def test_a_missing_empty_folder_is_none(bench: Bench) -> None:
    """An archive that leaves out empty folders loses no record."""
    used(bench)
    for name in ("new", "tmp"):
        (bench.root / SHELF / name).rmdir()
    assert foreign(bench) == []


def test_messages_that_a_crash_left_get_an_owner(bench: Bench) -> None:
    """Sealed, and no row cites it: the next start adopts it where it lies, and the next message has another name."""
    used(bench)
    size = bench.open().head().records.tree_size
    bench.stop()
    left = bench.root / SHELF / f"cur/{size:08d}-left-0a0b0c0d.eml"
    left.write_bytes(b"From: ")
    os.utime(left)
    bench.open()
    bench.append(message(b"From: d\r\n\r\n"))
    bench.stop()
    assert foreign(bench) == [] and left.read_bytes() == b"From: "


def test_a_full_shelf_is_followed_by_another() -> None:
    """After 1,024 messages; the shelves of other services count for themselves."""
    layout = Layout()
    paths = [layout.place_whole("email", "message", index, "m.eml", bytes(32)) for index in range(SHELF_FILES + 1)]
    assert paths[0].startswith(f"{SHELF}/cur/") and paths[-1].startswith("assets/email/00001/cur/")
    assert (
        layout.place_whole("minutebook", "original", 9, "m.eml", bytes(32))
        == "assets/minutebook/00000/00000009-m-00000000.eml"
    )


@pytest.mark.parametrize(
    ("path", "shelved"),
    [
        ("assets/minutebook/00000/00000001-x-00000000.pdf", True), ("assets/minutebook/00000/cur/00000001-x-00000000.eml", False),
        ("assets/email/00000/cur/00000001-x-00000000.eml", True), ("assets/email/00000/00000001-x-00000000.eml", False),
        ("assets/email/00000/new/00000001-x-00000000.eml", False), ("assets/email/00000/cur/00000001-x-00000000.pdf", False),
        ("assets/email/messages/00000001-1.csv", False), ("assets/email/00000/cur/a/00000001-x-00000000.eml", False),
    ],
)  # fmt: skip
def test_which_paths_are_those_of_whole_files(path: str, shelved: bool) -> None:
    """One depth for every service, another for the Maildirs."""
    assert is_shelved(path) is shelved


def test_a_start_finds_the_newest_shelf(bench: Bench, tmp_path: Path) -> None:
    """It goes on there."""
    used(bench)
    done = bench.append(message(b"From: z\r\n\r\n"))
    bench.stop()
    assert done.entries[0].path.startswith(f"{SHELF}/cur/")
    copy = bench.copy(tmp_path / "copy")
    assert copy.append(message(b"From: y\r\n\r\n")).entries[0].path.startswith(f"{SHELF}/cur/")
    copy.stop()
    assert copy.verify().findings == ()
