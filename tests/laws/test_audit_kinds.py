"""What an audit row is about is a word of one enumeration, on both sides."""

import ast
from pathlib import Path

from protocol.schema.numbers import AuditKind

ROOMS = ("protocol", "totebox", "console")
HOME = Path("protocol/schema/numbers.py")
SHARED = frozenset({"KEY", "TICKET"})
"""Words that command lines show as well, as the name of an argument."""


def _words(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_no_kind_of_an_audit_row_is_written_as_a_text(project: Path) -> None:
    """No module but the schema's spells a kind: a typing error in one would be a kind of its own."""
    kinds = {str(kind) for kind in AuditKind} - SHARED
    files = [path for room in ROOMS for path in (project / room).rglob("*.py")]
    assert not [
        (path.relative_to(project), kinds & _words(ast.parse(path.read_text())))
        for path in files
        if path != project / HOME and kinds & _words(ast.parse(path.read_text()))
    ]


def test_a_kind_is_the_word_that_registers_hold(project: Path) -> None:
    """The name and the value are one: what stands in a register never changes with the code."""
    assert all(kind.name == kind.value for kind in AuditKind)
