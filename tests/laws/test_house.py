"""The house stays a house: nouns of the field, no loose ends."""

import ast
import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOMS = ("protocol", "totebox", "console")
EMPTY_WORDS = {"utils", "util", "helpers", "common", "manager", "base", "misc"}
LOOSE_ENDS = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
MACHINE_PATHS = re.compile(r"(?<![A-Za-z.\w])/(work|root|farm)/")


def sources(project: Path) -> list[Path]:
    return [path for room in ROOMS for path in (project / room).rglob("*.py")]


def written(project: Path) -> list[Path]:
    kinds = ("*.py", "*.md", "*.toml", "*.tcss", "*.csv")
    rooms = [project / name for name in (*ROOMS, "tests", "benchmarks", "screenshots")]
    found = [path for room in rooms for kind in kinds for path in room.rglob(kind)]
    return [*found, *project.glob("*.md"), project / "Makefile", project / ".ci" / "run"]


def test_every_module_is_named_by_a_noun_of_the_field(project: Path) -> None:
    """No module is called utils, helpers, common, manager or base."""
    assert not [path for path in sources(project) if path.stem in EMPTY_WORDS]


def test_nothing_is_left_unfinished(project: Path) -> None:
    """No source says that it is not done."""
    assert not [str(path) for path in sources(project) if LOOSE_ENDS.search(path.read_text())]


def test_nothing_names_the_machine_it_was_written_on(project: Path) -> None:
    """No file holds a path of somebody's machine."""
    here = Path(__file__)
    assert not [str(path) for path in written(project) if path != here and MACHINE_PATHS.search(path.read_text())]


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_says_what_it_is(project: Path, room: str) -> None:
    """Each module begins with a docstring."""
    silent = [
        p
        for p in (project / room).rglob("*.py")
        if p.read_text().strip() and not p.read_text().lstrip().startswith(('"""', 'r"""'))
    ]
    assert not silent


NAMED_FILE = re.compile(r"`([\w./]+/[\w.]+\.(?:py|csv|md|tcss|toml|json))`")
"""A file that a document names with its folder."""


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", "protocol/README.md", "totebox/README.md", "console/README.md"]
)
def test_documents_name_files_that_exist(project: Path, document: str) -> None:
    """A file that a document names with its folder is there: below the document, or below the root."""
    text = (project / document).read_text(encoding="utf-8")
    named = {
        name
        for name in NAMED_FILE.findall(text)
        if not name.startswith(("secret/", "local/", "cache/", "ledger/", "assets/", "seen/"))
    }
    places = (project, (project / document).parent)
    assert not {name for name in named if not any((place / name).exists() for place in places)}


def test_no_class_name_stands_in_another_room_as_well(project: Path) -> None:
    """Two public classes of one name are on the list beside this file, with their modules and the reason why; it only gets shorter."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sources(project):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].add(".".join(path.relative_to(project).with_suffix("").parts))
    with (project / "tests/laws/class_names.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    listed = {row["class"]: set(row["modules"].split()) for row in rows}
    assert not [row["class"] for row in rows if not (row["why"] or "").strip()]
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == listed
