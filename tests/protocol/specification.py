"""The tables of the specification, rendered from the code: `python -m tests.protocol.specification` writes them into protocol/README.md.

`make spec` runs it; `test_readme.py` holds text and code together.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from protocol.capture import RECORDS
from protocol.schema import ARGUMENTS, BODIES, MESSAGES, RESERVED, TOPICS, VERBS, Reach, VerbRow, numbers
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
    Verdict,
)
from protocol.schema.registry import Known, Size, Span
from protocol.schema.table import ColumnKind
from protocol.trust.roles import permits
from protocol.wire.preface import Purpose
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
    if isinstance(limit, Known):
        return f" ({limit.members.__name__})"
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
    return [each for each in found if each not in (Known, Size, Span)]


def _enum(cls: type[Enum]) -> str:
    values = ((each.value.decode() if isinstance(each.value, bytes) else each.value, each.name) for each in cls)
    return ", ".join(f"`{value}` {name}" for value, name in values)


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
    """What answers it, which audit row it leaves, whether a capability can carry it, who may send it."""
    head = "verb|name|arguments|answer|audit row|delegable|" + "|".join(role.name for role in Role)
    return _table(
        head,
        (
            (
                f"`{number:#04x}`", f"`{row.title}`", _call(row.arguments), _answer(row), _audit_row(row),
                _yes(row.delegable), *(_yes(permits(role, number)) for role in Role),
            )
            for number, row in sorted(VERBS.items())
        ),
    )  # fmt: skip


def _answer(row: VerbRow[Any]) -> str:
    return f"{row.answer.value}, a secret" if row.secret_answer else row.answer.value


def _audit_row(row: VerbRow[Any]) -> str:
    if row.reads:
        return "read"
    return "its own" if row.own_row else "COMMAND"


def _yes(holds: bool) -> str:
    return "yes" if holds else ""


def reserved() -> str:
    rows = (
        (f"`{number:#04x}`", f"`{kept.title}`", _yes(kept.secret), f"`{kept.replaced_by}`" if kept.replaced_by else "")
        for number, kept in sorted(RESERVED.items())
    )
    return _table("verb|name|secret|replaced by", rows)


def reaches() -> str:
    """What a capability's scope judges of each verb that one can carry."""
    delegable = (row for _, row in sorted(VERBS.items()) if row.delegable)
    return _table("verb|inside the scope is", ((f"`{row.title}`", _reach(row.reach)) for row in delegable))


def _reach(reach: Reach) -> str:
    said = []
    if reach.entry:
        also = f"; of the audit log by `{reach.log}`: service `audit` or every one, every row" if reach.log else ""
        said.append(f"the record `{reach.entry}`: its index and its service; none under terms{also}")
    if reach.ground:
        said.append(f"the record `{reach.ground}`: its index; none under terms")
    if reach.service:
        said.append(f"the service `{reach.service}`")
    if reach.owner:
        said.append(f"the service {reach.owner}")
    if reach.table:
        said.append(
            f"the service of `{reach.table}`; rows whose `index` column (of the record log) is outside are not sent, nor columns "
            "outside; a table without that column is outside any range; terms are added to the query's, and a table that has no key for "
            "one of them is outside; with a range or columns a query may only be empty, the scope's terms, `index:N`, `after:N`, `all:`"
        )
    if reach.formless:
        said.append("nothing under columns or terms")
    if reach.everything:
        said.append("a scope that names neither service, rows, columns nor terms")
    if reach.telemetry:
        said.append(
            "what the first holder's role hears; under a scope that names service, rows, columns or terms what INTERFACE hears"
        )
    return "; ".join(said) or "any scope"


def topics() -> str:
    rows = ((f"`{topic.value}`", topic.name, row.least.name, _call(row.body)) for topic, row in TOPICS.items())
    return _table("topic|name|least role|body", rows)


def refusals() -> str:
    return _table("code|refusal", ((f"`{code.value}`", code.name) for code in RefusalCode))


def closings() -> str:
    return _table("reason|closing", ((f"`{reason.value}`", reason.name) for reason in ClosingReason))


def enums() -> str:
    numbered = (
        Role,
        Log,
        Decision,
        Severity,
        Verdict,
        Scope,
        Algorithm,
        numbers.LabelKind,
        numbers.Op,
        numbers.ValueForm,
    )
    chosen = (Purpose, numbers.SignedBy, *numbered, numbers.NoteKey, ColumnKind, numbers.Grade, numbers.Tier)
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


def records() -> str:
    """Each kind of record in a recording, with its fields."""
    return _table("kind|record|fields", ((f"`{kind.value}`", kind.name, _fields(cls)) for kind, cls in RECORDS.items()))


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
    for each in (
        kinds,
        structs,
        verbs,
        reserved,
        reaches,
        topics,
        refusals,
        closings,
        enums,
        audit_kinds,
        records,
        limits,
        transitions,
        digest,
    )
}


def stated(text: str, name: str) -> str:
    """What stands in the specification between the marks of `name`."""
    match = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert match is not None, f"protocol/README.md has no table {name}"
    return match[1].strip("\n")


def written(text: str) -> str:
    """`text` with every marked table as the code gives it."""
    for name, render in TABLES.items():
        stated(text, name)
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(\n<!-- end -->)",
            lambda marks, table=render(): f"{marks[1]}{table}{marks[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
