"""Which file gets which attribute, and that a hardened vault goes on as any other."""

import subprocess
from pathlib import Path

from tests.vault.bench import Bench, line, whole
from totebox.cage.attributes import Attribute, attributes, change
from totebox.hardening.walls import SEGMENT_BYTES, Walls, is_hardened, standing
from totebox.vault.check.verification import verify
from totebox.vault.commit.layout import SHELF_FILES


def bound(root: Path) -> dict[str, Attribute]:
    """What every file and folder of the records has."""
    rooms = (root / "assets", root / "ledger")
    paths = [*rooms, *(path for room in rooms for path in room.rglob("*")), root / "totebox.yaml"]
    return {path.relative_to(root).as_posix(): attributes(path) for path in paths}


def unbound(root: Path) -> set[str]:
    """What has no attribute, though it should."""
    return {path for path, attribute in bound(root).items() if not attribute}


def of_kind(root: Path, attribute: Attribute, folder: str) -> set[str]:
    return {path for path, found in bound(root).items() if found is attribute and path.startswith(folder)}


def test_nothing_is_hardened_unasked(root: Path) -> None:
    """A vault made by root has no attribute and can be removed."""
    assert not is_hardened(root)
    assert not any(bound(root).values())


def test_what_is_new_gets_its_attribute(hardened: Path, bench: Bench) -> None:
    """A new shelf, whole file, segment and checkpoint, by the next sweep; what is no record never."""
    done = bench.append(whole(b"deed"), line("a1"))
    bench.stop()
    assert {"assets/minutebook", done.entries[0].path, done.entries[1].path} <= unbound(hardened)
    Walls(hardened).sweep()
    assert unbound(hardened) == set()
    assert attributes(hardened / done.entries[0].path) is Attribute.IMMUTABLE
    assert attributes(hardened / done.entries[1].path) is Attribute.APPEND
    for free in (
        "secret",
        "local",
        "cache",
        "local/lock",
        "app-console-input",
    ):
        assert not attributes(hardened / free)


def test_a_sweep_that_finds_nothing_new_changes_nothing(hardened: Path) -> None:
    """Twice in a row: the second gives 0."""
    walls = Walls(hardened)
    assert walls.sweep() + walls.sweep(still=True) + walls.sweep() == 0


def test_a_sweep_sees_what_came_since_the_one_before(hardened: Path, bench: Bench) -> None:
    """One keeper, many sweeps: whatever was appended between two of them is bound after the second."""
    walls = Walls(hardened)
    for number in range(4):
        bench.append(whole(b"%d" % number), line(str(number), segment=f"s{number}"))
        walls.sweep()
        assert unbound(hardened) == set()


def test_appending_goes_on_behind_the_wall(hardened: Path, bench: Bench) -> None:
    """Records, lines into a bound segment, rows into bound registers, checkpoints, a restart: and the vault verifies."""
    walls = Walls(hardened)
    for number in range(5):
        bench.append(whole(b"deed %d" % number), line(str(number)))
        walls.sweep(still=number % 2 == 0)
        bench.stop()
        walls.sweep(still=True)
    assert unbound(hardened) == set()
    assert verify(hardened).findings == ()


def test_a_full_register_file_becomes_immutable(hardened: Path, bench: Bench) -> None:
    """When another one began and no writer runs; while one runs it stays append-only. The newest grows on."""
    for journal in bench.open().logs.values():
        journal.register.file_rows = 4
    for number in range(6):
        bench.append(line(str(number)))
    Walls(hardened).sweep()
    assert of_kind(hardened, Attribute.IMMUTABLE, "ledger/register/") == set()
    bench.stop()
    Walls(hardened).sweep(still=True)
    files = sorted(path.name for path in (hardened / "ledger/register").iterdir())
    assert len(files) > 1
    assert of_kind(hardened, Attribute.IMMUTABLE, "ledger/register/") == {
        f"ledger/register/{name}" for name in files[:-1]
    }
    bench.append(line("on"))
    bench.stop()
    assert verify(hardened).findings == ()


def test_a_full_segment_becomes_immutable(hardened: Path, bench: Bench) -> None:
    """One of 16 MiB gets no further line; the next line begins another."""
    big = "v" * 60_000
    path = bench.append(line("a", big)).entries[0].path
    while (hardened / path).stat().st_size < SEGMENT_BYTES:
        bench.append(*(line(str(number), big) for number in range(64)))
    bench.stop()
    Walls(hardened).sweep(still=True)
    assert attributes(hardened / path) is Attribute.IMMUTABLE
    assert bench.append(line("next")).entries[0].path != path


def test_a_full_shelf_becomes_immutable(hardened: Path, bench: Bench) -> None:
    """With everything in it, once there is a newer one; records go on the newer one."""
    for _ in range(SHELF_FILES // 128 + 1):
        bench.append(*(whole(b"x") for _ in range(128)))
    bench.stop()
    Walls(hardened).sweep(still=True)
    assert attributes(hardened / "assets/minutebook/00000") is Attribute.IMMUTABLE
    assert attributes(hardened / "assets/minutebook/00001") is Attribute.APPEND
    assert unbound(hardened) == set()
    assert bench.append(whole(b"more")).entries[0].path.startswith("assets/minutebook/00001/")
    bench.stop()
    assert verify(hardened).findings == ()


def test_a_torn_tail_is_adopted_behind_the_wall(hardened: Path, bench: Bench) -> None:
    """Bytes that a crash left behind the end of a register and of a segment get an owner; new files begin."""
    segment = bench.append(line("a")).entries[0].path
    bench.close()
    Walls(hardened).sweep(still=True)
    register = max((hardened / "ledger/register").iterdir())
    for path in (register, hardened / segment):
        with path.open("ab") as stream:
            stream.write(b"torn")
    bench.append(line("b"))
    bench.stop()
    Walls(hardened).sweep(still=True)
    assert len(list((hardened / "ledger/register").iterdir())) == 2
    assert unbound(hardened) == set()
    assert verify(hardened).findings == ()


def test_what_lies_in_the_write_ahead_log_is_let_be_mended(hardened: Path, bench: Bench) -> None:
    """The files it names lose append-only, for recovery may overwrite what a power loss took; the next sweep binds them again."""
    bench.append(line("a"))
    bench.stop()
    register = max((hardened / "ledger/register").iterdir())
    other = max((hardened / "ledger/audit/register").iterdir())
    name = register.relative_to(hardened).as_posix().encode()
    record = b"ahead %s 0 9 %s\n%s 0 5\nindex\n" % (b"0" * 32, b"0" * 64, name)
    with (hardened / "local/write-ahead").open("r+b" if (hardened / "local/write-ahead").exists() else "wb") as slate:
        slate.write(record)
    walls = Walls(hardened)
    assert walls.sweep(still=True) >= 0
    walls.loosen()
    assert (attributes(register), attributes(other)) == (Attribute(0), Attribute.APPEND)
    walls.sweep()
    assert attributes(register) is Attribute.APPEND


def test_other_attributes_stay(hardened: Path) -> None:
    """What the file system keeps in the same word, and what somebody else set, is not touched."""
    path = hardened / "ledger/register"
    subprocess.run(["chattr", "+d", path], check=True)
    Walls(hardened).lift()
    Walls(hardened).sweep()
    Walls(hardened).lift()
    assert "d" in subprocess.run(["lsattr", "-d", path], check=True, capture_output=True, text=True).stdout.split()[0]


def test_a_sweep_that_was_cut_short_is_ended_by_the_next(root: Path) -> None:
    """The mark is set first and lifted last: a vault that is bound in part is known as hardened."""
    change(root / "assets", Attribute.APPEND)
    assert is_hardened(root) and list(standing(root))
    Walls(root).sweep()
    assert unbound(root) == set() and not list(standing(root))
    for path in ("ledger/register", "totebox.yaml"):
        change(root / path, Attribute(0))
    Walls(root).sweep()
    assert unbound(root) == set()


def test_a_foreign_file_is_left_alone(hardened: Path) -> None:
    """What the vault did not make can still be taken away by who finds it: by its owner after softening, and it is no record."""
    foreign = hardened / "assets/notes.txt"
    foreign.write_text("x")
    (hardened / "assets/link").symlink_to("/etc/passwd")
    Walls(hardened).sweep(still=True)
    assert not attributes(foreign)
