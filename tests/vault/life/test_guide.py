"""README.txt: it says everything that a stranger needs, and its own commands verify the vault with nothing but common tools."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.schema.numbers import AuditKind, Role
from tests.openssl import needs_openssl
from tests.patience import PROGRAM_S
from tests.vault.bench import Bench, line, stamp, whole
from totebox.daemon.roster import contents_of, specs
from totebox.services import ROSTER
from totebox.vault import places
from totebox.vault.life.creation import create, load_identity
from totebox.vault.life.guide import AUDIT_KINDS, COLUMNS_SAY, guide_text
from totebox.vault.life.rotation import restore, rotate
from totebox.vault.log.record import COLUMNS
from totebox.vault.places import PLACES, README

pytestmark = needs_openssl
TOOLS = (
    "sh", "sed", "awk", "openssl", "cat", "cut", "wc", "head", "tail", "tr", "od", "sort", "tee", "mktemp", "rm", "sha256sum",
    "sha1sum", "base64", "basenc",
)  # fmt: skip
"""POSIX sh, sed and awk, openssl, and what coreutils has."""
SEGMENT = "assets/people/claims/00000002-1.csv"
REGISTER, AUDIT = f"{places.REGISTER}/000000000000-1.csv", f"{places.AUDIT_REGISTER}/000000000000-1.csv"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A vault with a README, and a few records of every make."""
    root = tmp_path / "vault"
    create(
        root, "Acme Holdings", "corporation", entropy=os.urandom, now=stamp(0), contents=contents_of(ROSTER)
    )  # fmt: skip
    made = Bench(root)
    made.append(line("ada", '=1+1, "quoted"'), line("bob", "-12.50"))
    made.append(whole(b"lease"), command="0a")
    made.append(*[line(f"anchor-{number}") for number in range(5)])
    made.stop()
    return made


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder that holds the allowed tools and nothing else."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"this machine has no {name}")
        (folder / name).symlink_to(found)
    return folder


def run(shell: Path, script: str, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": str(shell), "TMPDIR": str(shell.parent), "LANG": "C.UTF-8"}
    return subprocess.run(
        ["sh", "-c", script], cwd=cwd, env=environ, capture_output=True, text=True, timeout=PROGRAM_S, check=False
    )  # fmt: skip


def section(root: Path, name: str) -> str:
    """The command by which README.txt has a part of it taken out, as it stands there, with another place for the file."""
    text = (root / README).read_text(encoding="utf-8")
    (command,) = (row.strip() for row in text.split("\n") if row.startswith(f"    sed -n '/^#BEGIN {name}"))
    return command


def recipe(shell: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """What README.txt says to do, done."""
    place = shell.parent / "recipe.sh"
    command = section(root, "RECIPE").replace("/tmp/recipe.sh", str(place))
    done = run(shell, f"{command}; sh {place} .", cwd=root)
    assert done.stderr == "", done.stderr
    return done


def test_the_recipe_agrees_with_a_fresh_vault(bench: Bench, shell: Path) -> None:
    """Records of every make, cells with quotes and guards: AGREES, with the sizes, roots and keys that the program prints."""
    done = recipe(shell, bench.root)
    head = bench.open().head()
    assert done.returncode == 0 and "AGREES" in done.stdout, done.stdout
    assert f"records: {head.records.tree_size} rows, root {head.records.root.hex()}" in done.stdout
    assert head.vkey in done.stdout and head.audit_vkey in done.stdout


def test_the_recipe_reads_a_hundred_entries(bench: Bench, shell: Path) -> None:
    """In one go, of a vault whose checkpoints cover several sizes."""
    for number in range(9):
        bench.append(*[line(f"more-{number}-{one}") for one in range(10)])
        bench.stop()
    done = recipe(shell, bench.root)
    assert done.returncode == 0 and "records: 100 rows" in done.stdout, done.stdout


@pytest.mark.parametrize("turn", [rotate, restore])
def test_the_recipe_follows_a_key(bench: Bench, shell: Path, turn: Callable[..., object]) -> None:
    """After a rotation, which the old key signed, and after a restore, which names another origin."""
    turn(bench.root, entropy=os.urandom, now=bench.clock)
    bench.append(line("later"))
    bench.stop()
    done = recipe(shell, bench.root)
    assert done.returncode == 0 and "AGREES" in done.stdout, done.stdout


def test_the_recipe_passes_over_what_a_crash_tore(bench: Bench, shell: Path) -> None:
    """Torn bytes of a register and of a segment have their owners; the rows go on in the next file."""
    for path in (REGISTER, SEGMENT):
        with (bench.root / path).open("ab") as file:
            file.write(b"11,torn")
    bench.append(line("later"))
    bench.stop()
    done = recipe(shell, bench.root)
    assert done.returncode == 0 and "AGREES" in done.stdout, done.stdout


HOSTILE = "a[$(echo x > pwned)]"
"""A cell that bash would run, were it counted with."""


@pytest.mark.parametrize("program", ["sh", "bash"])
@pytest.mark.parametrize("column", ["index", "offset", "length", "audit", "path", "subject"])
def test_the_recipe_runs_and_shows_nothing_that_a_row_says(
    bench: Bench, shell: Path, program: str, column: str
) -> None:
    """A cell is no number, or moves the cursor: WRONG is printed as plain text, and no command of the vault's is run."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"this machine has no {program}")
    place = shell.parent / "recipe.sh"
    run(shell, section(bench.root, "RECIPE").replace("/tmp/recipe.sh", str(place)), cwd=bench.root)
    rows = (bench.root / REGISTER).read_bytes().split(b"\n")
    cells = rows[3].split(b",")
    cells[COLUMNS.index(column)] = HOSTILE.encode() + "\x1b[2J\x9b2J".encode()
    # A row of a key is counted with before anything is proved.
    cells[COLUMNS.index("kind")] = b"key" if column in ("index", "subject") else cells[COLUMNS.index("kind")]
    cells[COLUMNS.index("service")] = b"fs" if column in ("index", "subject") else cells[COLUMNS.index("service")]
    replaced(bench.root / REGISTER, b"\n".join([*rows[:3], b",".join(cells), *rows[4:]]))
    done = run(shell, f"{found} {place} .", cwd=bench.root)
    assert done.returncode == 1 and "WRONG" in done.stdout and not (bench.root / "pwned").exists()
    assert all(letter == "\n" or " " <= letter <= "~" for letter in done.stdout), done.stdout


def test_the_recipe_says_where_copies_wait(bench: Bench, shell: Path) -> None:
    """After a proper end nothing is said of the write-ahead log; where it holds copies, the recipe says what that means."""
    assert "write-ahead" not in recipe(shell, bench.root).stdout
    (bench.root / places.AHEAD).write_bytes(b"ahead 0123")
    assert "local/write-ahead holds copies" in recipe(shell, bench.root).stdout


def flipped(path: str, place: int) -> Callable[[Path], None]:
    def bend(root: Path) -> None:
        data = bytearray((root / path).read_bytes())
        data[place] ^= 1
        replaced(root / path, bytes(data))

    return bend


def replaced(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def checkpoint(root: Path) -> Path:
    return max((root / places.CHECKPOINTS).iterdir(), key=lambda path: int(path.name))


BENT: dict[str, Callable[[Path], None]] = {
    "a bit of a payload": flipped(SEGMENT, -3),
    "a bit of a segment's header": flipped(SEGMENT, 2),
    "a bit of totebox.yaml": flipped("totebox.yaml", 20),
    "a bit of README.txt": flipped("README.txt", 60),
    "a bit of a row": flipped(REGISTER, 250),
    "a bit of an audit row": flipped(AUDIT, 200),
    "a byte more of a segment": lambda root: replaced(root / SEGMENT, (root / SEGMENT).read_bytes() + b"x"),
    "a row less": lambda root: replaced(
        root / REGISTER, b"\n".join([*(root / REGISTER).read_bytes().split(b"\n")[:-2], b""])
    ),
    "two rows that changed places": lambda root: replaced(
        root / REGISTER,
        b"\n".join([*(rows := (root / REGISTER).read_bytes().split(b"\n"))[:4], rows[5], rows[4], *rows[6:]]),
    ),
    "a stranger in assets": lambda root: replaced_new(root / "assets/people/claims/note.txt"),
    "a hidden stranger in assets": lambda root: replaced_new(root / "assets/.hidden"),
    "a root that was changed": lambda root: replaced(
        checkpoint(root), checkpoint(root).read_bytes().replace(b"A", b"B", 1).replace(b"a", b"b", 1)
    ),
    "a signature that was taken away": lambda root: replaced(
        checkpoint(root), checkpoint(root).read_bytes().partition(b"\n\n")[0] + b"\n\n"
    ),
    "a document that is a link": lambda root: linked(next((root / "assets/minutebook/00000").iterdir())),
    "a document that is gone": lambda root: moved(next((root / "assets/minutebook/00000").iterdir())),
}


def replaced_new(path: Path) -> None:
    path.write_bytes(b"mine")


def linked(path: Path) -> None:
    moved(path).chmod(0o444)
    path.symlink_to(path.parent.parent.parent.parent.parent / "elsewhere")


def moved(path: Path) -> Path:
    return path.rename(path.parent.parent.parent.parent.parent / "elsewhere")


@pytest.mark.parametrize("bend", BENT.values(), ids=BENT.keys())
def test_the_recipe_finds_what_was_bent(bench: Bench, shell: Path, bend: Callable[[Path], None]) -> None:
    """Each change is a line that begins with WRONG, and the exit code is 1."""
    place = shell.parent / "recipe.sh"
    run(shell, section(bench.root, "RECIPE").replace("/tmp/recipe.sh", str(place)), cwd=bench.root)
    bend(bench.root)
    done = run(shell, f"sh {place} .", cwd=bench.root)
    assert done.returncode == 1 and "WRONG" in done.stdout, done.stdout


def test_what_cannot_be_seen_from_inside(bench: Bench, shell: Path, tmp_path: Path) -> None:
    """A rollback and fresh keys agree with themselves, as README.txt says: only a note from outside tells."""
    older = tmp_path / "older"
    shutil.copytree(bench.root, older)
    bench.append(line("later"))
    bench.stop()
    assert recipe(shell, older).returncode == 0
    fresh = tmp_path / "fresh"
    create(fresh, "Acme Holdings", "corporation", entropy=os.urandom, now=stamp(0), contents=contents_of(ROSTER))
    assert recipe(shell, fresh).returncode == 0
    text = (bench.root / README).read_text(encoding="utf-8")
    assert all(f"    {word} " in text for word in ("rollback", "re-signing", "fresh keys", "time", "person"))


def test_the_tools_compute_what_the_program_does(bench: Bench, shell: Path) -> None:
    """Fingerprint of a device, digest of a command, anchor of a claim."""
    place = shell.parent / "tools.sh"
    command = section(bench.root, "TOOLS").replace("/tmp/tools.sh", str(place))
    key, arguments = bytes(range(32)), bytes.fromhex("93c3a1")
    asked = (
        f"{command}; . {place}; fingerprint 1 {key.hex()}; command_digest 33 {arguments.hex()} 'under x'; "
        "anchor mailto:ada@example.org"
    )
    said = run(shell, asked, cwd=bench.root).stdout.split("\n")
    digest = hashlib.sha256(b"\x01" + key).digest()
    assert said[0] == "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    assert said[1] == hashlib.sha256(b"\x21" + arguments + b"under x").hexdigest()
    assert said[2] == str(uuid.uuid5(uuid.NAMESPACE_URL, "mailto:ada@example.org"))


def test_readme_is_entry_1(bench: Bench) -> None:
    """The bytes of README.txt belong to a record of service fs, in the batch that made the vault."""
    first, second = (bench.root / REGISTER).read_text(encoding="utf-8").split("\n")[1:3]
    data = (bench.root / README).read_bytes()
    assert ",fs,identity," in first and f",fs,readme,README.txt,README.txt,0,{len(data)}," in second
    assert hashlib.sha256(data).hexdigest() in second


def test_readme_says_whose_vault_it_is(bench: Bench) -> None:
    """Entity, keys, program and format."""
    text, identity = (bench.root / README).read_text(encoding="utf-8"), load_identity(bench.root)
    said = (identity.entity, identity.kind, identity.origin, identity.vkey, identity.audit_vkey, identity.created)
    assert all(word in text for word in said) and "os-totebox 0." in text and "vault format 2" in text


def test_readme_describes_every_word_that_the_registers_use(bench: Bench) -> None:
    """Places, columns with their units, kinds, roles, and the columns of every segment that a service writes."""
    text = (bench.root / README).read_text(encoding="utf-8")
    assert set(AUDIT_KINDS) == set(AuditKind) and set(COLUMNS_SAY) == set(COLUMNS)
    assert all(f"    {place.path} " in text for place in PLACES)
    assert all(kind.value in text for kind in AuditKind) and all(role.name in text for role in Role)
    for spec in specs(ROSTER):
        assert all(f"{spec.name} " in text and f" {kind} " in text for kind, _ in spec.kinds)
        for segment in spec.segments:
            assert f"assets/{segment.service}/{segment.name}/" in text
            assert all(f"    {name} " in text and unit in text for name, unit, _ in segment.rows)
    assert places.AHEAD in text and not re.search("@[A-Z_]+@", text)


def test_a_value_that_looks_like_a_field_is_put_in_as_it_is(bench: Bench) -> None:
    """An entity that is called like a field of the text is not expanded."""
    identity = load_identity(bench.root)
    named = type(identity)("@RECIPE@", *[getattr(identity, name) for name in identity.__slots__[1:]])
    assert "entity      @RECIPE@ (corporation)" in guide_text(named, contents_of(ROSTER))
