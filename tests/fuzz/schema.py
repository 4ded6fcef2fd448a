"""Values of the wire schema, drawn from its dataclasses: whatever a peer can say, with the ends of every range."""

import csv
import io
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from console.model.rows import COLUMNS
from protocol.schema import AuditBody, Column, ColumnKind, EntryBody, Receipt, Refusal, Rows, Table
from protocol.schema.registry import Size, Span
from protocol.schema.topics import BODIES

U64 = 0xFFFF_FFFF_FFFF_FFFF
LONG = 40
VILE = (
    "",
    "\x1b[2J\x9b",
    "\u202e",
    "[/x][red]",
    "\r\n\0",
    "⟧⟦",
    "é" * 9_000,
    "9" * 400,
    "-1",
    "2026-99-99T99",
    "\ud7ff\U000e0041",
)
NAMES = (
    "index", "time", "actor", "kind", "subject", "detail", "command", "label", "state", "role", "sessions", "agent",
    "provider", "granted", "fingerprint", "words", "ended", "hardware", "id", "holder", "verbs", "service", "rows",
    "columns", "not_after", "used", "name", "queued", "reason", "severity", "path", "entry", "offset", "expected",
    "found", "remedy", "text", "expires", "intake", "media", "size", "sha256", "sealed", "trouble", "suggestion",
    "step", "number", "attribute", "value", "anchor", "line", "page", "start", "end", "excerpt", "rule", "decision",
    "shown", "modified", "profile", "domain", "subdomain", "keywords", "archetype", "account", "pages", "version",
    "supersedes", "superseded_by", "claims", "checkpoint", "chain", "key", "not_before", "type", "entity",
    "statements", "valid_from", "valid_to", "source", "note", "topic", "granted", "needs", "algorithm", "public",
)  # fmt: skip
"""Columns that the console reads, and some that it does not."""


def of(hint: Any, limit: Size | Span | None = None) -> st.SearchStrategy[Any]:
    """Values of one field's type."""
    origin = get_origin(hint)
    if origin is Annotated:
        base, *limits = get_args(hint)
        return of(base, next((each for each in limits if isinstance(each, Size | Span)), None))
    if origin is tuple:
        size = limit if isinstance(limit, Size) else Size(0, 4)
        return st.lists(of(get_args(hint)[0]), min_size=size.least, max_size=max(size.least, min(size.most, 4))).map(
            tuple
        )
    if origin is not None:
        return st.one_of([of(arm) for arm in get_args(hint)])
    return _plain(hint, limit)


def _plain(hint: Any, limit: Size | Span | None) -> st.SearchStrategy[Any]:
    if hint is NoneType:
        return st.none()
    if hint is bool:
        return st.booleans()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if is_dataclass(hint):
        return st.just(hint).flatmap(value) if hint is not Table else TABLE
    if hint is int:
        span = limit if isinstance(limit, Span) else Span(-(2**63), U64)
        return st.sampled_from((span.least, span.most)) | st.integers(span.least, span.most)
    least, most = (limit.least, limit.most) if isinstance(limit, Size) else (0, LONG)
    if hint is bytes:
        return st.binary(min_size=least, max_size=max(least, min(most, LONG)))
    fitting = [each for each in VILE if least <= len(each.encode()) <= max(most, LONG if limit is None else most)]
    return st.sampled_from([*fitting, "x" * max(1, least)]) | st.text(
        min_size=least, max_size=max(least, min(most, LONG) // 4)
    )


def value(cls: type) -> st.SearchStrategy[Any]:
    """Instances of a schema class."""
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{each.name: of(hints[each.name]) for each in fields(cls)})


def _row(cells: dict[str, str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([cells[name] for name in COLUMNS])
    return out.getvalue().encode("utf-8", "replace")


CELL = of(None | bool | int | str | bytes)
COLUMN = st.builds(Column, st.sampled_from(NAMES), st.sampled_from(list(ColumnKind)), st.just(""))


@st.composite
def _table(draw: st.DrawFn) -> Table:
    columns = tuple(draw(st.lists(COLUMN, max_size=14)))
    width = len(columns)
    rows = st.lists(CELL, min_size=width, max_size=width).map(tuple)
    return Table(draw(st.sampled_from(NAMES)), columns, tuple(draw(st.lists(rows, max_size=6))))


TABLE = _table()
NUMBER = st.sampled_from(("", "0", "7", str(U64), "-1", "9" * 400, "1_0", "٣", "x"))
LEAF = st.fixed_dictionaries(
    {
        name: NUMBER if name in ("index", "offset", "length", "source", "audit") else st.sampled_from(VILE)
        for name in COLUMNS
    }
).map(_row) | st.binary(max_size=LONG)
ANSWER = st.one_of(value(Receipt), value(Rows), value(Refusal))


def body() -> st.SearchStrategy[Any]:
    """Any telemetry; rows of logs as often as everything else."""
    rows = [st.builds(kind, st.integers(0, 50) | st.just(U64), LEAF) for kind in (AuditBody, EntryBody)]
    return st.one_of([*(value(cls) for cls in BODIES.values()), *rows])
