"""The specification's tables say what the code does: each is rendered from the code and held against the text."""

import ast
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest

from protocol.schema import ARGUMENTS, BODIES, MESSAGES, numbers
from protocol.schema.digest import describe
from protocol.schema.numbers import (
    Algorithm,
    ClosingReason,
    Decision,
    Log,
    RefusalCode,
    Role,
    Scope,
    Severity,
    Topic,
    Verdict,
)
from protocol.schema.registry import Size, Span
from protocol.schema.table import ColumnKind
from protocol.trust.roles import ALLOWED, TOPIC_ROLE, permits
from protocol.wire.state import TRANSITIONS, Step, speaker

README = Path(__file__).parents[2] / "protocol" / "README.md"


def _table(head: str, rows: Iterable[tuple[object, ...]]) -> str:
    columns = head.split("|")
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def _type(hint: object) -> str:
    if get_origin(hint) is Annotated:
        base, *limits = get_args(hint)
        return _type(base) + "".join(_limit(limit) for limit in limits)
    if get_origin(hint) is tuple:
        return f"({_type(get_args(hint)[0])})*"
    if get_origin(hint) is not None:
        arms = [_type(arm) for arm in get_args(hint)]
        return "cell" if len(arms) > 2 else f"{arms[0]}?"
    assert isinstance(hint, type)
    return hint.__name__


def _limit(limit: object) -> str:
    if isinstance(limit, Span):
        words = {0xFF: "u8", 0xFFFF_FFFF: "u32", 0xFFFF_FFFF_FFFF_FFFF: "u64"}
        return f" {words[limit.most]}" if limit.most in words else f" {limit.least}..{limit.most}"
    assert isinstance(limit, Size)
    return f" {limit.least}" if limit.least == limit.most else f" {limit.least}..{limit.most}"


def _fields(cls: type) -> str:
    hints = get_type_hints(cls, include_extras=True)
    return ", ".join(f"{field.name}: {_type(hints[field.name])}" for field in fields(cls)) or "(none)"


def _struct_types() -> list[type]:
    """Schema classes without a number, in the order in which the numbered ones name them."""
    found: list[type] = []

    def visit(hint: object) -> None:
        if get_args(hint):
            for arm in get_args(hint):
                visit(arm)
        elif isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
            if hint not in found and hint not in numbered:
                found.append(hint)
            for each in get_type_hints(hint, include_extras=True).values():
                visit(each)

    numbered = {*MESSAGES.values(), *ARGUMENTS.values(), *BODIES.values()}
    for cls in (*MESSAGES.values(), *ARGUMENTS.values(), *BODIES.values()):
        for each in get_type_hints(cls, include_extras=True).values():
            visit(each)
    return [each for each in found if each not in (Size, Span)]


def _enum(cls: type[Enum]) -> str:
    return ", ".join(f"`{member.value}` {member.name}" for member in cls)


def kinds() -> str:
    return _table(
        "kind|message|direction|fields",
        (
            (f"`{kind:#04x}`", cls.__name__, "up" if kind & 0x80 else "down", _fields(cls))
            for kind, cls in sorted(MESSAGES.items())
        ),
    )


def structs() -> str:
    return _table("struct|fields", ((cls.__name__, _fields(cls)) for cls in _struct_types()))


def _call(cls: type) -> str:
    return f"{cls.__name__}({_fields(cls)})"


def verbs() -> str:
    head = "verb|name|arguments|" + "|".join(role.name for role in Role)
    may = {verb: ["yes" if permits(role, verb) else "" for role in Role] for verb in ALLOWED}
    rows = ((f"`{verb:#04x}`", f"`{verb.title}`", _call(ARGUMENTS[verb]), *may[verb]) for verb in sorted(ALLOWED))
    return _table(head, rows)


def topics() -> str:
    rows = ((f"`{topic.value}`", topic.name, TOPIC_ROLE[topic].name, _call(BODIES[topic])) for topic in Topic)
    return _table("topic|name|least role|body", rows)


def refusals() -> str:
    return _table("code|refusal", ((f"`{code.value}`", code.name) for code in RefusalCode))


def closings() -> str:
    return _table("reason|closing", ((f"`{reason.value}`", reason.name) for reason in ClosingReason))


def enums() -> str:
    chosen = (Role, Log, Decision, Severity, Verdict, Scope, Algorithm, ColumnKind, numbers.Grade, numbers.Tier)
    return _table("enumeration|values", ((cls.__name__, _enum(cls)) for cls in chosen))


def audit_kinds() -> str:
    """Each member with the words that stand below it."""
    (body,) = (
        node.body
        for node in ast.parse(Path(numbers.__file__).read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == numbers.AuditKind.__name__
    )
    said = [node.value.value for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return _table("kind|says", zip(numbers.AuditKind, said[1:], strict=True))


def limits() -> str:
    named = [name for name in vars(numbers) if name.isupper()]
    return _table("limit|value", ((f"`{name}`", f"{getattr(numbers, name):,}") for name in named))


def transitions() -> str:
    return _table(
        "state|may be said|by|then",
        (
            (state.value, word.value if isinstance(word, Step) else word.name, speaker(word).value, following.value)
            for state, rows in TRANSITIONS.items()
            for word, following in rows.items()
        ),
    )


def digest() -> str:
    return f"    {hashlib.sha256(describe().encode()).hexdigest()}"


TABLES: dict[str, Callable[[], str]] = {
    each.__name__: each
    for each in (kinds, structs, verbs, topics, refusals, closings, enums, audit_kinds, limits, transitions, digest)
}


def stated(text: str, name: str) -> str:
    """What stands in the specification between the marks of `name`."""
    match = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert match is not None, f"protocol/README.md has no table {name}"
    return match[1].strip("\n")


@pytest.mark.parametrize("name", TABLES)
def test_table_is_what_the_code_does(name: str) -> None:
    """The table in the text is the one that the code gives (copy the difference below into it)."""
    assert stated(README.read_text(), name) == TABLES[name]()


def test_no_table_is_unchecked() -> None:
    """Every marked table has a rendering here."""
    assert set(re.findall(r"<!-- (\w+) -->\n", README.read_text())) - {"end"} == set(TABLES)


def test_layouts_name_their_sizes() -> None:
    """The drawn layouts have the sizes that the code uses."""
    text = README.read_text()
    assert f"{numbers.PREFACE_BYTES} bytes in the clear" in text
    assert f"at most {numbers.HANDSHAKE_MAX_BYTES} bytes" in text
    assert f"{numbers.MAX_FRAME_BYTES:,} bytes" in text
