"""What was acknowledged and is missing is damage, whatever else is torn; and what is no file of the vault's is named."""

import os
import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.vault.bench import Bench, line, whole
from totebox.vault.check.ownership import Owned
from totebox.vault.check.ranges import check_share
from totebox.vault.check.verification import Mark, verify
from totebox.vault.places import RECORD_FOLDERS as FOLDERS

NOBODY = 65_534


def kinds(bench: Bench) -> list[tuple[str, str]]:
    return [(one.severity, one.path) for one in bench.verify().findings]


def test_a_batch_cut_off_below_a_stored_checkpoint_is_damage(bench: Bench) -> None:
    """It looks like one that a crash tore, and is not: a signed checkpoint covers it. Nobody is told to start the Totebox."""
    bench.append(whole(b"a"), line("ada"))
    bench.append(whole(b"b"), line("bob"))
    bench.stop()
    register = bench.root / "ledger/register/000000000000-1.csv"
    os.truncate(register, register.stat().st_size - 1)
    assert ("damage", "ledger/checkpoints/5") in kinds(bench)


def test_a_batch_cut_off_below_what_the_audit_log_says_is_damage(bench: Bench) -> None:
    """Without the checkpoint, a later audit row that names the size is enough."""
    bench.append(whole(b"a"), line("ada"))
    bench.append(whole(b"b"), line("bob"))
    bench.append(whole(b"c"))
    bench.stop()
    for path in (bench.root / "ledger/checkpoints").iterdir():
        path.unlink()
    register = bench.root / "ledger/register/000000000000-1.csv"
    rows = register.read_bytes().splitlines(keepends=True)
    register.write_bytes(b"".join(rows[:5]))
    assert any(severity == "damage" and path.startswith("ledger/audit/register") for severity, path in kinds(bench))


@pytest.mark.parametrize("log", ["ledger/register", "ledger/audit/register"])
def test_a_register_without_files_is_damage(bench: Bench, log: str) -> None:
    """A report, no fault of the program."""
    bench.append(whole(b"a"))
    bench.stop()
    for path in (bench.root / log).iterdir():
        path.unlink()
    assert any(severity == "damage" for severity, _ in kinds(bench))


def test_a_copy_of_the_record_alone_is_verified(bench: Bench) -> None:
    """An auditor is given records and logs, nothing else."""
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    for folder in ("secret", "local", "cache"):
        shutil.rmtree(bench.root / folder)
    assert bench.verify().findings == ()


@pytest.mark.parametrize("name", ["ledger/stray", "ledger/audit/stray"])
def test_a_stranger_beside_the_logs_is_found(bench: Bench, name: str) -> None:
    """Not only in their folders."""
    (bench.root / name).write_bytes(b"x")
    assert kinds(bench) == [("foreign", name)]


def test_a_resumed_bar_ends_where_the_first_one_would(bench: Bench) -> None:
    """What an earlier run hashed counts as done."""
    for number in range(4):
        bench.append(whole(bytes([number]) * 300_000))
    bench.stop()
    told: list[tuple[int, int]] = []
    report = bench.verify()
    verify(bench.root, progress=lambda done, total: told.append((done, total)))
    full = told[-1]
    told.clear()
    mark = Mark(3, report.entries, report.heads[0].root)
    verify(bench.root, progress=lambda done, total: told.append((done, total)), resume=mark)
    assert told[-1] == full


def test_a_payload_that_cannot_be_read_is_a_finding() -> None:
    """The others are verified all the same."""
    share = [
        Owned(index, name, 0, 1, sha256(b"a").digest(), alone=True) for index, name in enumerate(("closed", "open"))
    ]
    user = os.geteuid()
    with TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        for owned in share:
            (root / owned.path).write_bytes(b"a")
        (root / "closed").chmod(0)
        os.seteuid(NOBODY if user == 0 else user)
        try:
            (found,) = check_share(root, share)
        finally:
            os.seteuid(user)
    assert (found.path, found.found) == ("closed", "Permission denied") and "as the owner" in found.remedy


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_that_is_missing_is_damage(bench: Bench, folder: str) -> None:
    """Named, with what to do; no fault of the program."""
    bench.append(whole(b"a"))
    bench.stop()
    shutil.rmtree(bench.root / folder)
    assert kinds(bench) == [("damage", folder)]
