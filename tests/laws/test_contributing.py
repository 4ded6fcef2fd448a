"""The worked examples of CONTRIBUTING.md work: their blocks are performed in a copy of the tree, which is then judged like the tree."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laws.test_import_law import ROOMS
from tests.patience import PROGRAM_S

BLOCK = re.compile(r"^(?P<said>[^\n]+):\n\n```(?P<kind>python|sh|css|markdown)\n(?P<text>.*?)^```$", re.M | re.S)
NEW = re.compile(r"New file \*\*(?P<path>[\w./]+)\*\*")
EDIT = re.compile(
    r"(?:Its vectors: in|In) (?:\*\*|`)(?P<path>[\w./]+)(?:\*\*|`), `(?P<old>.+)` becomes(?: \([^()]+\))?"
)
PYTHON = ".venv/bin/python "
GATE = '''\
"""What the notes of CONTRIBUTING.md do at a gate."""

from pathlib import Path

import pytest

from protocol.schema import AddNote, List, Receipt
from protocol.schema.numbers import RefusalCode
from tests.gate.conftest import Room
from tests.services.rings import rings_over
from totebox.daemon.roster import hire
from totebox.services import ROSTER

pytestmark = pytest.mark.anyio


async def test_a_note_is_added_and_listed(room: Room, tmp_path: Path) -> None:
    """The verb writes a record behind its audit row, the table lists it; two lines, and a role that is too low, are refused."""
    roster = hire(ROSTER, rings_over(room.vault, tmp_path))
    assert "notes" in [one.spec.name for one in roster.running]
    room.rebuilt(verbs=roster.verbs(), tables=roster.tables(), readable_by=roster.readable_by())
    room.enrolled()
    asked = List("notes.notes", "", "", "", 10)
    assert await room.rows(room.reader, asked) == []
    receipt = await room.ask(room.desk, AddNote("ask the bank"))
    assert isinstance(receipt, Receipt), receipt
    [row] = await room.rows(room.reader, asked)
    assert (row["index"], row["text"]) == (receipt.index, "ask the bank")
    assert ("COMMAND", "notes.add") in await room.audit_rows()
    assert (await room.refused(room.desk, AddNote("two\\nlines"))).code is RefusalCode.BAD_ARGUMENTS
    assert (await room.refused(room.reader, AddNote("not mine"))).code is RefusalCode.NOT_PERMITTED
    await roster.close()
'''
PROGRAM = '''\
"""What the program of CONTRIBUTING.md does when a launcher starts it."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.patience import WAIT_S
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.daemon.programs import PROGRAMS
from totebox.process.frames import HEAD, fields, frame
from totebox.services.notes.counter import COUNTED
from totebox.vault.life.creation import create

pytestmark = pytest.mark.anyio


async def test_the_counter_counts(tmp_path: Path) -> None:
    """Started by the launcher from its row, it answers one frame and ends."""
    create(tmp_path / "vault", "Acme", "company", entropy=os.urandom, now=now_text())
    async with open_vault(tmp_path / "vault") as client, asyncio.timeout(WAIT_S):
        async with client.launcher.start(PROGRAMS.counter) as worker:
            await worker.tell(b"three short words")
            answer = b""
            while data := await worker.read(64):
                answer += data
            assert answer == frame(COUNTED, fields(3))
            assert await worker.ended() == 0
'''
KEY = '''\
"""What the key of CONTRIBUTING.md shows."""

from importlib import import_module

import pytest

from console.cartridges import KEYBOARD, load
from console.chassis.table import LedgerTable
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio


async def test_help_finds_the_key_and_the_key_opens_its_pane() -> None:
    """F4 is on the keyboard with its SPEC."""
    assert KEYBOARD["f4"].title == "NOTES" and load("f4") is import_module("console.cartridges.notes").SPEC
    async with stage(start="f1") as it:
        it.app.query_one("#help-search").value = "remarks"
        await it.settle()
        table = it.app.query_one("#help-list", LedgerTable)
        assert "notes" in [table._rows[row_id].cells[4] for row_id in table.shown_ids]
    async with stage(start="f4") as it:
        await it.settle()
        assert it.app.query("NotesPane")
'''
LAWS = (
    "tests/laws/test_house.py",
    "tests/laws/test_programs.py",
    "tests/laws/test_no_delete_verb.py",
    "tests/laws/test_roots.py",
    "tests/protocol/test_readme.py",
    "tests/protocol/test_vectors.py",
    "tests/totebox/test_roster.py",
)


def steps(document: str) -> Iterator[tuple[str, str, str]]:
    """(what is said of it, kind, text) of every block below `### Worked examples`, in order."""
    part = document.partition("### Worked examples\n")[2].partition("\n## ")[0]
    found = [(match["said"], match["kind"], match["text"]) for match in BLOCK.finditer(part)]
    assert len(found) == part.count("\n```") // 2, "a block has no line before it that says what to do with it"
    yield from found


def perform(tree: Path, said: str, kind: str, text: str) -> None:
    """One step, as CONTRIBUTING.md says it."""
    if kind == "sh":
        for line in text.splitlines():
            assert line.startswith(PYTHON), line
            done = run(tree, *line.removeprefix(PYTHON).split())
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    elif new := NEW.fullmatch(said):
        path = tree / new["path"]
        assert not path.exists(), said
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    else:
        edit = EDIT.fullmatch(said)
        assert edit, f"no step of a known kind: {said}"
        path = tree / edit["path"]
        before = path.read_text()
        assert before.count(edit["old"]) == 1, f"{said}: found {before.count(edit['old'])} times"
        path.write_text(before.replace(edit["old"], text.removesuffix("\n")))


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python WORDS` in the copy, which imports the copy's rooms."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=4 * PROGRAM_S,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the examples in it."""
    project = Path(__file__).parent.parent.parent
    tree = tmp_path_factory.mktemp("examples")
    for name in (*ROOMS, "tests", "benchmarks", "screenshots", ".ci"):
        shutil.copytree(project / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.psp", "*.svg"))
    for path in (*project.glob("*.md"), project / "pyproject.toml", project / "Makefile"):
        shutil.copy(path, tree)
    for step in steps((project / "CONTRIBUTING.md").read_text()):
        perform(tree, *step)
    return tree


def test_the_import_law_holds(built: Path) -> None:
    """Every contract, with the example's service, program and key under it."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=built,
        env={"PYTHONPATH": str(built), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=4 * PROGRAM_S,
    )
    assert done.returncode == 0 and "0 broken" in done.stdout, done.stdout + done.stderr
    assert (built / "tests/vectors/psp-1/arguments-notes.add.json").exists()


def test_the_examples_are_written_as_the_tree_is(built: Path) -> None:
    """The linter and the formatter have nothing to say of the rooms."""
    for words in (("check", "--no-cache"), ("format", "--no-cache", "--check")):
        done = run(built, "-m", "ruff", *words, *ROOMS, "tests/protocol")
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_agree(built: Path) -> None:
    """The strict type checker, on the example's own modules and the registries that they joined."""
    packages = (
        "totebox.services.notes",
        "console.cartridges.notes",
        "protocol.schema.verbs",
        "totebox.daemon.programs",
    )
    named = [word for package in packages for word in ("-p", package)]
    done = run(built, "-m", "mypy", "--no-error-summary", "--follow-imports=silent", "--cache-dir", ".types", *named)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_laws_hold(built: Path) -> None:
    """Names, verbs, programs and the documents' tables are those of the tree with the example."""
    done = run(built, "-m", "pytest", "-q", *LAWS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("place", "text"),
    [("tests/gate", GATE), ("tests/process", PROGRAM), ("tests/cartridges", KEY)],
    ids=["service and verb", "program", "key"],
)
def test_the_example_works(built: Path, place: str, text: str) -> None:
    """The verb adds a note behind an audit row and the table lists it; the launcher starts the program; the key opens its pane."""
    path = built / place / "test_example.py"
    path.write_text(text)
    done = run(built, "-m", "pytest", "-q", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
