"""The tables of the specification, rendered from the code: `python -m tests.protocol.specification` writes them into protocol/README.md.

`make spec` runs it; `test_readme.py` holds text and code together.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from protocol.capture import RECORDS
from protocol.schema import (
    ARGUMENTS,
    BODIES,
    MESSAGES,
    RESERVED,
    TOPICS,
    VERBS,
    Column,
    Reach,
    VerbRow,
    numbers,
    table,
)
from protocol.schema.digest import describe
from protocol.schema.numbers import AuditKind, ClosingReason, Kind, RecordKind, RefusalCode, Role, Topic, Verb
from protocol.schema.registry import Known, Size, Span
from protocol.schema.table import ColumnKind
from protocol.schema.verbs import AnswerKind
from protocol.trust.roles import permits
from protocol.trust.words import WORDS
from protocol.wire.preface import Purpose
from protocol.wire.state import TRANSITIONS, Step, speaker
from totebox.gate import capability_views, views
from totebox.gate.build import OWN_TABLES
from totebox.gate.tables import TABLES as KEYS_OF_TABLES
from totebox.link.telemetry_stream import TOPICS_ASKED
from totebox.service.table import TableSpec
from totebox.services import ROSTER
from totebox.telemetry.topics import RULES
from totebox.vault.log.record import COLUMNS

README = Path(__file__).parents[2] / "protocol" / "README.md"
WORD_LIST = README.parent / "trust" / "words.txt"


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


def answers() -> str:
    """Of each verb: whether it carries a `once`, what answers it, what that is of, and the columns of Rows."""
    head = "verb|`once`|answer|which is|columns"
    return _table(
        head,
        (
            (f"`{row.title}`", "" if row.reads else "yes", row.answer.value, *_given(row))
            for _, row in sorted(VERBS.items())
        ),
    )


_ANSWERED: dict[str, tuple[Column, ...]] = {
    "vault.head": views.HEAD,
    "vault.findings": views.FINDINGS,
    "session.topics": TOPICS_ASKED,
    "input.intake": views.INTAKE.columns,
    "input.claims": views.CLAIMS.columns,
    "gate.ticket": views.TICKET,
    "gate.capability": capability_views.GRANTED,
}
"""The tables that answer a verb other than LIST."""


def _given(row: VerbRow[Any]) -> tuple[str, str]:
    if row.answer is not AnswerKind.ROWS:
        return row.gives, ""
    if row.verb is Verb.LIST:
        return row.gives, "those of that table, below"
    return f"`{row.gives}`", _columns(_ANSWERED[row.gives])


def _columns(columns: Iterable[Column]) -> str:
    return ", ".join(f"{column.name} {column.kind.name}" for column in columns)


def tables() -> str:
    """Every table that LIST gives."""
    services = ((each.SPEC.readable_by, each.SPEC.tables) for each in map(_service, ROSTER))
    listed = [(spec, least) for least, specs in services for spec in specs]
    listed += [*OWN_TABLES, (KEYS_OF_TABLES, Role.USER)]
    return _table(
        "table|least role|`as_of`|columns|keys|words search",
        (
            (
                f"`{spec.name}`", least.name, f"by {spec.dated}" if spec.dated else "", _columns(spec.columns), _keys(spec),
                ", ".join(spec.searched),
            )
            for spec, least in sorted(listed, key=lambda each: each[0].name)
        ),
    )  # fmt: skip


def _service(name: str) -> Any:
    return import_module(f"totebox.services.{name}")


def _keys(spec: TableSpec) -> str:
    return ", ".join(f"`{key.name}:`{' (needed)' if key.needed else ''}" for key in spec.keys)


def cells() -> str:
    return _table("column kind|a cell is", zip(_named(ColumnKind), _said(table, ColumnKind), strict=True))


def topics() -> str:
    """`kept`: how many of the newest items a reader that is behind finds; `snapshot`: how many a new one gets first."""
    rows = (
        (f"`{topic.value}`", topic.name, row.least.name, RULES[topic].shown, RULES[topic].kept, _call(row.body))
        for topic, row in TOPICS.items()
    )
    return _table("topic|name|least role|snapshot|kept|body", rows)


def refusals() -> str:
    return _numbered("code|refusal|when", RefusalCode)


def closings() -> str:
    return _numbered("reason|closing|when", ClosingReason)


def _numbered(head: str, members: type[Enum]) -> str:
    said = _said(numbers, members)
    return _table(head, ((f"`{each.value}`", each.name, words) for each, words in zip(members, said, strict=True)))


def _named(members: type[Enum]) -> list[str]:
    return [f"`{member.value}` {member.name}" for member in members]


TABLED = (Kind, Verb, Topic, RefusalCode, ClosingReason, AuditKind, RecordKind)
"""Enumerations that have a table of their own."""


def enums() -> str:
    """Every other one."""
    found = [each for each in vars(numbers).values() if isinstance(each, type) and issubclass(each, Enum)]
    of_numbers = [each for each in found if each.__module__ == numbers.__name__ and each not in TABLED]
    return _table("enumeration|values", ((cls.__name__, _enum(cls)) for cls in (Purpose, *of_numbers, ColumnKind)))


def audit_kinds() -> str:
    return _table("kind|says", zip(AuditKind, _said(numbers, AuditKind), strict=True))


def _said(module: ModuleType, members: type[Enum]) -> list[str]:
    """The words that stand below each member, on one line."""
    assert module.__file__ is not None
    (body,) = (
        node.body
        for node in ast.parse(Path(module.__file__).read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == members.__name__
    )
    said = [node.value.value for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return [" ".join(str(words).split()) for words in said[1:]]


def words() -> str:
    """The file of the words, and its hash."""
    return f"    {hashlib.sha256(word_list()).hexdigest()}  trust/{WORD_LIST.name}"


def word_list() -> bytes:
    """What `trust/words.txt` holds: a word a line, in order."""
    return "".join(f"{word}\n" for word in WORDS).encode()


REGISTER = {
    "index": ("its place in the log, from 0", "the same"),
    "time": ("when it was written, as a cell of kind TIME", "the same"),
    "actor": ("the fingerprint of the device that asked; `local` for the Totebox itself", "the same"),
    "service": ("the service that keeps it", "`audit`"),
    "kind": ("what the record is: `original`, `text`, `claim`, `label`, `key` ...", "one of the kinds of section 7"),
    "subject": ("its name; the next vkey in a row of kind `key`", "what the row is about; the next vkey in a row KEY"),
    "path": ("the file of the vault that holds its bytes; empty where it has none", "empty, but in a row about torn bytes"),
    "offset": ("where its bytes begin in that file", "the tree size of the record log when the row was written"),
    "length": ("how many bytes it has", "how many rows of the record log this row authorises"),
    "sha256": ("SHA-256 of its bytes, 64 hex digits", "the root of the record log at that size, 64 hex digits"),
    "source": ("the record that it was read from, or empty", "empty"),
    "supersedes": ("the record whose place it takes, or empty", "empty"),
    "audit": ("the row of the audit log that authorised it", "empty"),
    "command": ("the `once` of the command in hex, or empty", "the same; behind it `:` and the digest where it may be sent again"),
    "note": ("fields and words, section 6", "what happened; fields where they are of a kind that has them"),
}  # fmt: skip
"""What the columns of a register row hold in the record log, and in the audit log."""


def register() -> str:
    assert tuple(REGISTER) == COLUMNS, "a column has no meaning here"
    return _table("column|in the record log|in the audit log", ((name, *REGISTER[name]) for name in COLUMNS))


STEPS = ("route", "decide", "confirm", "sealed")
MACHINE = {
    "the same offer": ("stays", "stays", "stays", "stays"),
    "`input.route`": ("decide, or confirm where it has no claims", "stays", "stays", "ALREADY_SEALED"),
    "`input.decide`": ("WRONG_STEP", "stays; confirm with the last answer", "stays", "ALREADY_SEALED"),
    "`input.seal`": ("WRONG_STEP", "WRONG_STEP", "is a record", "ALREADY_SEALED"),
    "`input.abandon`": ("is gone", "is gone", "is gone", "is gone"),
}
"""What each verb does to a document of this device at each step. `tests/protocol/stranger/` does all of it."""


def machine() -> str:
    return _table(
        "|".join(("verb", *(f"at `{step}`" for step in STEPS))), ((verb, *does) for verb, does in MACHINE.items())
    )


def records() -> str:
    """Each kind of record in a recording, with its fields."""
    rows = ((f"`{kind.value}`", kind.name, _words_of(cls), _fields(cls)) for kind, cls in RECORDS.items())
    return _table("kind|record|holds|fields", rows)


def _words_of(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split())


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
        answers,
        tables,
        cells,
        register,
        machine,
        words,
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
    WORD_LIST.write_bytes(word_list())
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
