"""Mutants are what they say, and a tool that tries them can fail."""

import ast

import pytest

from tests.mutants.mutation import count, mutant, mutants
from tests.mutants.reach import Reach

SOURCE = '''
def fits(size: int, most: int = 3) -> bool:
    """Whether it does."""
    if size < most and size != 0:
        note(size)
        return True
    return size + 1 == most
'''


@pytest.mark.parametrize(
    "words",
    [
        "size <= most",
        "size == 0",
        " or ",
        "not (",
        "size - 1",
        "most: int=4",
        "return False",
        "return None",
        "    None\n",
        "size != 1",
    ],
)
def test_each_kind_of_change_is_made(words: str) -> None:
    """A turned comparison, a negated condition, another number, a left-out call and result: there is a mutant of each."""
    assert any(words in one.source for one in mutants(SOURCE))


def test_a_mutant_differs_from_its_source_in_one_place() -> None:
    """Every mutant is Python, differs from the source, and no two are the same."""
    whole = ast.unparse(ast.parse(SOURCE))
    made = [mutant(SOURCE, number).source for number in range(count(SOURCE))]
    assert len(set(made)) == len(made) == count(SOURCE) and whole not in made
    assert all(ast.parse(source) for source in made)


@pytest.mark.parametrize(
    ("what", "lines", "at_import"),
    [
        ("3 -> 4", range(4, 9), False),
        ("the condition is negated", range(5, 6), False),
        ("the call is left out", range(6, 7), False),
        ("5 -> 6", range(1, 2), True),
    ],
)
def test_a_mutant_says_which_lines_run_it(what: str, lines: range, at_import: bool) -> None:
    """A statement its own, a condition its head, a default the body of its function; what is outside functions runs at import."""
    one = next(each for each in mutants("MOST = 5\n" + SOURCE) if each.what == what)
    assert (one.lines, one.at_import) == (lines, at_import)


def test_what_no_test_could_notice_is_left() -> None:
    """Neither a message to the log nor an argument of `@dataclass` is changed; the class within it is."""
    source = (
        "@dataclass(frozen=True)\nclass A:\n    size: int = 3\n    def end(self):\n        log.warning('%d left', 7)\n"
    )
    assert [one.what for one in mutants(source)] == ["3 -> 4"]


REACH = Reach(
    {"tests/a.py::one": 2.0, "tests/a.py::two": 1.0, "tests/b.py::three": 0.5},
    {"totebox/room/x.py": {7: frozenset({"tests/a.py::one", "tests/a.py::two"}), 9: frozenset({""})}},
    {"tests/b.py::three": frozenset({"totebox.worker"})},
    {"totebox/worker.py": frozenset({"totebox.room.y"}), "tests/a.py": frozenset({"totebox.room.z"})},
    (),
)


def test_a_line_is_tried_by_the_tests_that_run_it() -> None:
    """Those that are most about the file first, then the fastest; a line that none runs by none."""
    assert REACH.candidates("totebox/room/x.py", range(7, 8), at_import=False) == ["tests/a.py::two", "tests/a.py::one"]
    assert REACH.candidates("totebox/room/x.py", range(8, 9), at_import=False) == []


def test_what_runs_at_import_is_tried_by_every_test_of_the_file() -> None:
    """And by those that import it themselves."""
    every = ["tests/a.py::two", "tests/a.py::one"]
    assert REACH.candidates("totebox/room/x.py", range(9, 10), at_import=False) == every
    assert REACH.candidates("totebox/room/z.py", range(1, 2), at_import=True) == every


def test_what_a_started_process_imports_is_tried_by_who_started_it() -> None:
    """What runs in there is not counted, so any line counts."""
    assert REACH.candidates("totebox/room/y.py", range(1, 2), at_import=False) == ["tests/b.py::three"]
