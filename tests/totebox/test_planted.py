"""What a process in its cage can plant where it writes is never followed by a program outside of it."""

import os
import stat
from pathlib import Path

import pytest

from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm, Role
from protocol.trust.keys import fingerprint
from totebox.gate.journal import Journal
from totebox.vault import places

KEY = DeviceKey(Algorithm.SSH_ED25519, b"\x09" * 32)
REGISTER = "ledger/register/000000000000-1.csv"
TARGETS = (REGISTER, "secret/keys/log.key")


@pytest.fixture
def paired(daemon) -> Path:
    """A vault with one paired device that may be revoked."""
    daemon.init()
    journal = Journal(daemon.directory / places.PAIRINGS, daemon.directory)
    line = {
        "what": "granted",
        "ticket": "",
        "fingerprint": fingerprint(KEY),
        "static": (b"s" * 32).hex(),
        "label": "desk",
    }
    line |= {
        "algorithm": int(KEY.algorithm),
        "public": KEY.public.hex(),
        "psk": (b"p" * 32).hex(),
        "role": int(Role.USER),
    }
    with journal.locked():
        journal.append(line | {"provider": "file", "time": "2027-01-15T08:00:00.000000Z"})
    return daemon.directory


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the records and the keys."""
    rooms = (root / name for name in ("assets", "ledger", "secret/keys"))
    return {str(path): path.read_bytes() for room in rooms for path in room.rglob("*") if path.is_file()}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["pairings.next", f".pairings.{'0' * 16}.draft"])
def test_revoking_truncates_nothing_through_a_planted_link(program, paired: Path, target: str, name: str) -> None:
    """A link where a new generation of the pairing book might be begun leads nowhere: the target keeps its bytes, the revocation stands."""
    (paired / places.DEVICES / name).symlink_to(paired / target)
    before = contents(paired)
    done = program.run("pairings", paired, "--revoke", fingerprint(KEY))
    assert (done.returncode, done.stderr) == (0, "") and "revoked" in done.stdout
    assert contents(paired) == before


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["pairings", "pairings.lock"])
def test_a_link_in_place_of_the_pairing_book_is_refused_by_name(program, paired: Path, target: str, name: str) -> None:
    """Neither issuing nor revoking follows it; one line says what it is and what to do, and the target keeps its bytes."""
    path = paired / places.DEVICES / name
    path.unlink(missing_ok=True)
    path.symlink_to(paired / target)
    before = contents(paired)
    for words in (("pair", paired, "--role", "user"), ("pairings", paired, "--revoke", fingerprint(KEY))):
        done = program.run(*words)
        assert done.returncode == 2 and done.stderr.splitlines()[-1].count("is a symbolic link") == 1, done.stderr
        assert f"secret/devices/{name}" in done.stderr and "find out who put it there" in done.stderr
    assert contents(paired) == before


def test_a_daemon_writes_where_it_listens_through_no_link(daemon) -> None:
    """A link at `local/serving/listening` is replaced by the file, and what it led to keeps its bytes."""
    daemon.init()
    target = daemon.directory / REGISTER
    before = target.read_bytes()
    (daemon.directory / places.LISTENING).symlink_to(target)
    daemon.start()
    try:
        found = os.lstat(daemon.directory / places.LISTENING)
        assert stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
        assert target.read_bytes().startswith(before)
    finally:
        assert daemon.stop() == 0


def test_a_start_sweeps_what_a_crash_left_of_a_replaced_file(daemon) -> None:
    """Drafts of the pairing book and of `listening` are gone once a daemon is ready."""
    daemon.init()
    left = [
        f"{places.DEVICES}/.pairings.{'a' * 16}.draft",
        f"{places.DEVICES}/pairings.next",
        f"{places.DEVICES}/.capabilities.{'b' * 16}.draft",
        f"{places.SERVING}/.listening.{'c' * 16}.draft",
    ]
    for name in left:
        (daemon.directory / name).write_text("psk")
    daemon.start()
    try:
        assert not [name for name in left if (daemon.directory / name).exists()]
    finally:
        daemon.stop()


def test_a_drop_folder_that_is_a_link_is_refused(program, daemon, short_dir: Path) -> None:
    """A daemon does not take files from where it leads, nor let go of them there."""
    daemon.init()
    (daemon.directory / places.DROPS).rmdir()
    (short_dir / "elsewhere").mkdir()
    (daemon.directory / places.DROPS).symlink_to(short_dir / "elsewhere")
    done = program.run("serve", daemon.directory)
    assert done.returncode == 2 and "is a symbolic link, not a folder; put a folder in its place" in done.stderr
    assert done.stderr.count("\n") <= 2


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_an_index_that_is_a_link_is_made_anew(tmp_path: Path, suffix: str) -> None:
    """SQLite never opens what it leads to; the index is a private plain file."""
    from totebox.service.index import Index

    (tmp_path / "target").write_bytes(b"mine")
    (tmp_path / f"index.sqlite{suffix}").symlink_to(tmp_path / "target")
    index = Index(tmp_path / "index.sqlite", "create table if not exists one (a integer);")
    assert index.next("an origin") == 0
    index.close()
    assert (tmp_path / "target").read_bytes() == b"mine"
    found = (tmp_path / "index.sqlite").lstat()
    assert stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600


def test_new_files_beside_the_records_are_private(daemon) -> None:
    """Whatever a daemon makes there is 0600."""
    daemon.init()
    daemon.start()
    daemon.stop()
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for folder in (places.SECRET, places.LOCAL, places.CACHE)
        for path in (daemon.directory / folder).rglob("*")
        if path.is_file()
    }
    assert len(modes) > 3 and {name: mode for name, mode in modes.items() if mode != 0o600} == {}


def test_a_staged_document_with_3000_folders_is_swept(daemon) -> None:
    """What was planted in `cache/intake` is gone after a start, however deep; a link there leads nowhere."""
    from tests.totebox.hostile import nested

    daemon.init()
    nested(daemon.directory / places.INTAKE / "deep")
    (daemon.directory / places.INTAKE / "link").symlink_to(daemon.directory / REGISTER)
    daemon.start()
    assert daemon.stop() == 0
    assert list((daemon.directory / places.INTAKE).iterdir()) == []
    assert (daemon.directory / REGISTER).exists()
