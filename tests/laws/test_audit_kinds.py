"""What an audit row is about is a word of one enumeration, on both sides."""

import re
from pathlib import Path

from protocol.schema.numbers import AuditKind

ROOMS = ("protocol", "totebox", "console")
HOME = Path("protocol/schema/numbers.py")
SHARED = frozenset({"DEVICE", "KEY", "TICKET"})
"""Words that command lines and screens show as well, as a name or a title."""
KINDS = "|".join(sorted({str(kind) for kind in AuditKind} - SHARED))
SPELLED = re.compile(rf'"(?:{KINDS})"|b",audit,')


def test_no_kind_of_an_audit_row_is_written_as_a_text(project: Path) -> None:
    """No module but the schema's spells a kind: a typing error in one would be a kind of its own."""
    files = [path.relative_to(project) for room in ROOMS for path in (project / room).rglob("*.py")]
    assert [path for path in files if SPELLED.search((project / path).read_text())] == [HOME]


def test_a_kind_is_the_word_that_registers_hold() -> None:
    """The name and the value are one: what stands in a register never changes with the code."""
    assert all(kind.name == kind.value for kind in AuditKind)
