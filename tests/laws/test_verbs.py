"""What is said of a verb is said in its row of VERBS: no module keeps a list of verbs beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("protocol", "totebox", "console")
TABLE = Path("protocol/schema/verbs.py")


def _is_verb(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Verb"


def lists_of_verbs(source: str) -> Iterator[int]:
    """Lines that write out two verbs or more in one set, tuple, list or dict; but for handlers, which a method `verbs` gives."""
    tree = ast.parse(source)
    handlers = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "verbs"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        held = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        if node not in handlers and sum(map(_is_verb, held)) > 1:
            yield node.lineno  # type: ignore[attr-defined]  # what holds elements is an expression


def test_no_module_lists_verbs(project: Path) -> None:
    """Which verbs read, which need a row, how each is answered: a list beside the table would be forgotten at the next verb."""
    files = [path for room in ROOMS for path in (project / room).rglob("*.py") if path != project / TABLE]
    found = {str(path.relative_to(project)): list(lists_of_verbs(path.read_text())) for path in files}
    assert not {name: lines for name, lines in found.items() if lines}


def test_the_law_finds_one() -> None:
    """Each kind of list, and not the handlers."""
    for text in ("{Verb.A, Verb.B}", "(Verb.A, Verb.B)", "[Verb.A, Verb.B]", "{Verb.A: 1, Verb.B: 2}"):
        assert list(lists_of_verbs(f"x = {text}")) == [1]
    assert not list(lists_of_verbs("def verbs(self):\n    return {Verb.A: self.a, Verb.B: self.b}"))
