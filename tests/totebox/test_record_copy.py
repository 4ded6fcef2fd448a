"""`os-totebox copy`: the record alone, verified, with a manifest that `sha256sum -c` reads. No secret can be in it."""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from tests.totebox.test_daemon import seal
from tests.totebox.vaults import picture
from tests.vault.bench import Bench, line, whole
from totebox.vault import places
from totebox.vault.disk.write_ahead import held
from totebox.vault.life.creation import create

pytestmark = pytest.mark.anyio
MANIFEST = "manifest-sha256.txt"


def files(root: Path) -> dict[str, bytes]:
    """Every file below `root`."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def used(short_dir: Path) -> Path:
    """A stopped vault with records of both kinds."""
    root = short_dir / "v"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    bench = Bench(root)
    bench.append(whole(b"a" * 100), line("ada"), line("bob"))
    bench.stop()
    return root


async def test_no_secret_is_in_a_copy(desk, daemon, program, short_dir: Path) -> None:
    """Of a Totebox with pairings, tickets and keys, neither a secret file nor a key in one is in any file of the copy."""
    await seal(desk)
    await desk.close()
    assert daemon.stop() == 0
    daemon.ticket("user")
    secrets = {name: data for name, data in files(daemon.directory / places.SECRET).items() if data}
    assert {"keys/log.key", "keys/audit.key", "keys/static.key", "keys/device.key", "devices/pairings"} <= set(secrets)
    done = program.run("copy", daemon.directory, short_dir / "out")
    assert done.returncode == 0, done.stderr
    copied = files(short_dir / "out")
    lines = [line for data in secrets.values() for line in data.splitlines() if line.startswith(b"{")]
    psks = [bytes.fromhex(json.loads(line)["psk"]) for line in lines if b'"psk"' in line]
    assert len(psks) > 1
    words = [*secrets.values(), *lines, *psks]
    words += [form(word) for word in words if len(word) == 32 for form in (_hex, base64.b64encode)]
    assert [name for name, data in copied.items() for word in words if word in data] == []
    tops = {name.partition("/")[0] for name in copied}
    assert tops <= {"totebox.yaml", "README.txt", "assets", "ledger", MANIFEST}


def _hex(word: bytes) -> bytes:
    return word.hex().encode()


def test_a_copy_is_the_record_and_sha256sum_reads_its_manifest(program, used: Path, short_dir: Path) -> None:
    """Every file of the record with its bytes and mode, and a line for each; a bent byte fails; `verify` can tell no more."""
    before, out = picture(used), short_dir / "out"
    done = program.run("copy", used, out)
    assert done.returncode == 0 and "self-consistent only" in done.stdout, done.stderr
    assert picture(used) == before
    record = {
        name: data
        for name, data in files(used).items()
        if name.startswith(("assets/", "ledger/", "totebox.", "README"))
    }
    assert {name: data for name, data in files(out).items() if name != MANIFEST} == record
    assert {(out / name).stat().st_mode for name in record} == {(used / name).stat().st_mode for name in record}
    assert len((out / MANIFEST).read_text().splitlines()) == len(record)
    checked = ["sha256sum", "--check", "--strict", "--quiet", MANIFEST]
    assert subprocess.run(checked, cwd=out, timeout=PROGRAM_S, check=False).returncode == 0
    again = program.run("verify", out)
    assert again.returncode == 0 and "self-consistent only" in again.stdout and picture(used) == before
    bent = next(path for path in (out / "assets").rglob("*") if path.is_file())
    bent.chmod(0o644)
    bent.write_bytes(bent.read_bytes()[:-1] + b"!")
    assert subprocess.run(checked, cwd=out, timeout=PROGRAM_S, check=False, capture_output=True).returncode == 1


@pytest.mark.parametrize("where", ["assets/minutebook/00000/k", "assets/log.key", "ledger/register/log.key"])
def test_a_key_that_lies_between_the_records_is_not_handed_over(
    program, used: Path, short_dir: Path, where: str
) -> None:
    """No entry owns it: the copy has a finding, gets no name, and says where it lies."""
    (used / where).write_bytes((used / "secret/keys/log.key").read_bytes())
    done = program.run("copy", used, short_dir / "out")
    assert done.returncode == 1 and "nothing was handed over" in done.stderr, done
    assert not (short_dir / "out").exists()


def test_a_file_that_grew_is_not_copied(program, used: Path, short_dir: Path) -> None:
    """200 GiB of nothing behind a record: a finding, before a byte of it is copied."""
    record = next(path for path in (used / "assets/minutebook").rglob("*") if path.is_file())
    record.chmod(0o644)
    os.truncate(record, 200 << 30)
    done = program.run("copy", used, short_dir / "out")
    assert done.returncode == 1 and record.name in done.stdout and "nothing was handed over" in done.stderr
    assert [path.name for path in short_dir.iterdir() if path.name not in ("v", "run")] == []


def test_a_link_between_the_records_is_not_followed(program, used: Path, short_dir: Path) -> None:
    """A symbolic link to a key is a finding, and nothing is copied."""
    (used / "assets/minutebook/mine").symlink_to(used / "secret/keys/log.key")
    done = program.run("copy", used, short_dir / "out")
    assert done.returncode == 1 and "assets/minutebook/mine" in done.stdout
    assert not (short_dir / "out").exists()


def test_a_place_that_exists_or_lies_in_the_vault_is_refused(program, used: Path, short_dir: Path) -> None:
    """An empty folder too; nothing is written."""
    (short_dir / "out").mkdir()
    for out, why in (
        (short_dir / "out", "exists"),
        (used / "out", "lies in the vault"),
        (used / "totebox.yaml", "exists"),
    ):
        done = program.run("copy", used, out)
        assert done.returncode == 2 and why in done.stderr
    assert list((short_dir / "out").iterdir()) == [] and not (used / "out").exists()


def test_a_vault_that_is_served_is_not_copied(program, daemon, short_dir: Path) -> None:
    """One line says to stop it."""
    daemon.init()
    daemon.start()
    done = program.run("copy", daemon.directory, short_dir / "out")
    assert done.returncode == 2 and "is served" in done.stderr and "stop the daemon, copy" in done.stderr
    assert not (short_dir / "out").exists()


def test_what_a_killed_writer_left_in_the_write_ahead_log_is_in_the_copy(program, used: Path, short_dir: Path) -> None:
    """It is written into the files first, as a start does, and the log is empty then."""
    bench = Bench(used)
    done = bench.append(line("carol"), line("dave"))
    bench.close()
    register = used / places.REGISTER / "000000000000-1.csv"
    rows = register.read_bytes()
    os.truncate(register, len(rows) - 40)  # as a power loss may leave it
    assert list(held(used))
    copied = program.run("copy", used, short_dir / "out")
    assert copied.returncode == 0 and "the write-ahead log held" in copied.stderr, copied
    found = (short_dir / "out" / places.REGISTER / "000000000000-1.csv").read_bytes()
    assert found.startswith(rows) and f"\n{done.entries[-1].index},".encode() in found
    assert list(held(used)) == []


@pytest.mark.parametrize("more", [b"5,torn", bytes(1 << 20)])
async def test_a_log_that_ends_with_torn_bytes_is_not_copied(used: Path, program, short_dir: Path, more: bytes) -> None:
    """They have no owner yet: a finding that names the register, and nothing is copied."""
    register = used / places.REGISTER / "000000000000-1.csv"
    register.write_bytes(register.read_bytes() + more)
    done = program.run("copy", used, short_dir / "out")
    assert done.returncode == 1 and places.REGISTER in done.stdout and "nothing was handed over" in done.stderr, done
    assert not (short_dir / "out").exists()
