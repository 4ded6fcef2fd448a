"""verify: clean is clean, and nothing that changes goes unseen."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from protocol.trust.note import Signer
from tests.vault.bench import Bench, line, whole
from totebox.errors import ConfigError
from totebox.vault.check.verification import MUCH_BYTES, verify
from totebox.vault.life.creation import load_identity

ORIGINAL = "assets/minutebook/00000/00000001-lease-ca978112.pdf"
KEPT = ("secret", "local", "cache/NOTE.txt", "cache/intake")


def furnish(bench: Bench) -> None:
    bench.append(whole(b"a"), line("ada"), line("bob", "=1+1"))
    bench.append(whole(b"b" * 40, "minutes.docx"), command="0a")
    bench.stop()


def owned_files(root: Path) -> list[Path]:
    """Every file that a verification answers for."""
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.relative_to(root).as_posix().startswith(KEPT)
    ]


def paths(bench: Bench) -> set[str]:
    return {finding.path for finding in bench.verify().findings}


def test_a_vault_that_was_used_is_clean(bench: Bench) -> None:
    """Entries, payload bytes and both heads are stated; without a key from outside it says so."""
    furnish(bench)
    report = bench.verify()
    heads = bench.open().head()
    assert (report.findings, report.exit_status, report.self_consistent_only) == ((), 0, True)
    assert (report.heads[0].root, report.heads[1].root) == (heads.records.root, heads.audit.root)
    assert report.entries == 5


def test_a_key_from_outside_is_what_counts(bench: Bench) -> None:
    """With the vkey that was noted elsewhere the verdict is more than self-consistent; with another it is a finding."""
    furnish(bench)
    own = load_identity(bench.root).vkey
    assert not verify(bench.root, vkey=own).self_consistent_only
    other = Signer(load_identity(bench.root).origin, b"\3" * 32).verifier.text()
    assert verify(bench.root, vkey=other).findings


def test_a_checkpoint_from_outside_must_be_reached(bench: Bench, tmp_path: Path) -> None:
    """An old copy verifies by itself, and fails against a newer checkpoint that somebody kept."""
    bench.append(whole(b"a"))
    old = bench.copy(tmp_path / "old")
    newer = bench.append(whole(b"b")).proven.checkpoint.note
    bench.stop()
    assert verify(bench.root, checkpoint=newer).findings == ()
    old.open()
    old.stop()
    assert old.verify().findings == ()
    assert "handed in" in verify(old.root, checkpoint=newer).findings[0].path
    with pytest.raises(ConfigError):
        verify(bench.root, checkpoint=newer.replace(b"\n3\n", b"\n4\n"))


@pytest.mark.parametrize("part", range(4))
def test_every_flipped_bit_is_found(bench: Bench, part: int) -> None:
    """One bit of any byte that the vault answers for, and there is a finding (a quarter of the bytes in each run)."""
    furnish(bench)
    missed: list[tuple[str, int]] = []
    for path in owned_files(bench.root):
        data, name = path.read_bytes(), path.relative_to(bench.root).as_posix()
        path.chmod(0o644)
        for place in range(part * 3, len(data), 12):
            bent = bytearray(data)
            bent[place] ^= 1 << place % 8
            path.write_bytes(bytes(bent))
            if not _unsound(bench.root):
                missed.append((name, place))
        path.write_bytes(data)
    assert missed == [] and bench.verify().findings == ()


def test_every_truncation_is_found(bench: Bench) -> None:
    """Any file cut short at any third of it, or gone."""
    furnish(bench)
    for path in owned_files(bench.root):
        data = path.read_bytes()
        path.chmod(0o644)
        for cut in {0, len(data) // 3, len(data) - 1}:
            path.write_bytes(data[:cut])
            assert _unsound(bench.root), (path, cut)
        path.write_bytes(data)


@pytest.mark.parametrize("register", ["ledger/register", "ledger/audit/register"])
@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**20 - 1, 10**400])
def test_a_number_that_nothing_can_have_is_found(bench: Bench, register: str, number: int) -> None:
    """In any column of numbers, of either log: an offset, a length or an index beyond all bounds is a finding and stops nothing."""
    furnish(bench)
    (path,) = (bench.root / register).iterdir()
    data = path.read_bytes()
    path.chmod(0o644)
    for column in (0, 7, 8, 10, 11, 12):
        rows = data.split(b"\n")
        cells = rows[2].split(b",")
        cells[column] = b"%d" % number
        rows[2] = b",".join(cells)
        path.write_bytes(b"\n".join(rows))
        assert bench.verify().findings, column


def _unsound(root: Path) -> bool:
    try:
        return bool(verify(root).findings)
    except ConfigError:
        return True


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("assets/minutebook/00000/note.txt", "foreign"),
        ("assets/stray", "foreign"),
        ("assets/people/claims/00000001-9.csv", "foreign"),
        ("ledger/register/note.txt", "foreign"),
        ("ledger/checkpoints/note", "foreign"),
        ("ledger/audit/register/000000000000-x.csv", "foreign"),
    ],
)
def test_a_file_of_nobody_is_found(bench: Bench, path: str, severity: str) -> None:
    """Whatever lies under assets/ or ledger/ has an owner, or is a finding with a remedy."""
    furnish(bench)
    (bench.root / path).write_bytes(b"x")
    (finding,) = bench.verify().findings
    assert (finding.path, finding.severity) == (path, severity) and finding.remedy


def test_a_link_is_not_a_record(bench: Bench, tmp_path: Path) -> None:
    """The same bytes behind a symbolic link are a finding."""
    furnish(bench)
    (bench.root / ORIGINAL).rename(tmp_path / "elsewhere")
    (bench.root / ORIGINAL).symlink_to(tmp_path / "elsewhere")
    assert ORIGINAL in paths(bench)


def test_a_missing_original_is_damage_with_its_entry(bench: Bench) -> None:
    """The finding names path, entry, what was expected, what was found, and what to do."""
    furnish(bench)
    (bench.root / ORIGINAL).unlink()
    (finding,) = bench.verify().findings
    assert (finding.severity, finding.path, finding.entry) == ("damage", ORIGINAL, 1)
    assert finding.expected and finding.found and "copy" in finding.remedy


def test_appended_bytes_are_found(bench: Bench) -> None:
    """Bytes behind the last owner of a segment, of an original, or of the register."""
    furnish(bench)
    for path in (ORIGINAL, "assets/people/claims/00000002-1.csv", "ledger/register/000000000000-1.csv"):
        file = bench.root / path
        size = file.stat().st_size
        file.chmod(0o644)
        with file.open("ab") as stream:
            stream.write(b"more")
        assert paths(bench) == {path}
        os.truncate(file, size)


def test_a_stored_tile_that_disagrees_is_a_doubt(bench: Bench) -> None:
    """Tiles can be rebuilt: a wrong one is no damage, and the remedy says how."""
    bench.append(*(line(str(number)) for number in range(300)))
    bench.stop()
    tile = bench.root / "cache/tiles/records/0/000000/0000"
    tile.write_bytes(b"\0" * 8192)
    (finding,) = bench.verify().findings
    assert finding.severity == "doubt" and "cache/tiles" in finding.remedy


def test_progress_reaches_the_end(bench: Bench) -> None:
    """Bytes done never fall and end at the total."""
    furnish(bench)
    seen: list[tuple[int, int]] = []
    verify(bench.root, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and seen[-1][0] <= seen[-1][1]


def test_a_live_vault_is_judged_up_to_its_head(bench: Bench, held: Callable[[], None]) -> None:
    """While somebody serves it, what is being written behind the acknowledged head is no finding; stopped, it is."""
    furnish(bench)
    store = bench.open()
    (bench.root / "assets/minutebook/00000/00000005-new-00000000.pdf").write_bytes(b"half")
    (bench.root / "ledger/register/000000000000-1.csv").open("ab").close()
    assert verify(bench.root).findings == ()
    held()
    assert verify(bench.root).findings and store.logs[Log.RECORDS]


def test_a_large_vault_is_hashed_by_several_processes(bench: Bench) -> None:
    """Above 64 MiB the ranges are shared out, with the same verdict."""
    bench.append(*(whole(bytes([number]) * (9 << 20)) for number in range(8)))
    bench.stop()
    assert bench.verify().findings == ()
    victim = sorted((bench.root / "assets/minutebook/00000").iterdir())[3]
    victim.chmod(0o644)
    with victim.open("r+b") as stream:
        stream.write(b"!")
    assert paths(bench) == {victim.relative_to(bench.root).as_posix()}


@pytest.mark.parametrize("change", [None, "an original", "a row", "a checkpoint"])
def test_many_processes_find_what_one_does(bench: Bench, change: str | None) -> None:
    """Where there is much to do it is shared; the findings are the same, in the same words."""
    for part in range(5):
        bench.append(*(whole(bytes([part]) * (MUCH_BYTES // 10), f"{part}-{each}") for each in range(3)))
        bench.append(*(line(f"{part}-{number}") for number in range(100)))
    bench.stop()
    changed = {
        "an original": next((bench.root / "assets/minutebook/00000").iterdir()),
        "a row": bench.root / "ledger/register/000000000000-1.csv",
        "a checkpoint": next((bench.root / "ledger/checkpoints").iterdir()),
    }
    if change:
        path = changed[change]
        data = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(
            data[:70] + bytes([data[70] ^ 1]) + data[71:] if change != "a row" else data.replace(b"2-99", b"2-98")
        )
    one, two = verify(bench.root, workers=1), verify(bench.root, workers=3)
    assert one == two and bool(one.findings) == bool(change)
