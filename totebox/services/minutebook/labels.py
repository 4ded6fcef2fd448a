"""Labels of documents: legal hold, retention until a day, free words. Each change is an appended line; no label deletes
anything.

A label belongs to the document, so to every version of it. A document can have holds of several matters and several
free labels; of retentions the newest counts. The index keeps each label with the time from which it holds and the time
at which it was lifted.
"""

import re
import sqlite3
from dataclasses import dataclass
from datetime import date

from protocol.schema import LabelDocument
from protocol.schema.numbers import LabelKind, RefusalCode
from totebox.service.contract import Declined, Drafted
from totebox.service.lines import last_line
from totebox.services.minutebook.tables import SEGMENT
from totebox.vault.api import Draft, Entry, LeafIndex, Line, Own

SCHEMA = """
create table if not exists label (
    leaf integer primary key, root integer, kind text, value text, shown text, folded text, since text, lifted_at text
);
create index if not exists label_root on label (root);
"""
WORDS = {LabelKind.HOLD: "hold", LabelKind.RETAIN: "until", LabelKind.FREE: "label"}
SET, LIFTED = "set", "lifted"
FAR = "9999"
"""A time later than every row: it stands for the present, where a query names no time."""

STANDING = "standing as (select * from label where since <= ? and (lifted_at is null or lifted_at > ?))"
"""A common table expression: the labels that hold at a time. The time is given twice."""
SHOWN = (
    "(select coalesce(group_concat(shown, ' · '), '') from (select shown from standing s where s.root = d.root "
    "order by s.kind = 'label', s.kind = 'until', shown))"
)
"""All labels of document `d`, as people read them: `hold Matter 7 · until 2031-12-31 · board`."""
NAMED = "exists (select 1 from standing s where s.root = d.root and (s.kind = ? or instr(s.folded, ?)))"
"""Tests whether document `d` has a label that a case-folded word names: by its kind, or as part of what is shown. The
word is given twice.
"""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """The document that is to be labelled: its first version, the bytes of this version, its name, and the labels that
    hold now.
    """

    root: int
    sha256: bytes
    name: str
    standing: tuple[tuple[str, str], ...]


def reads(entry: Entry) -> bool:
    """Whether `entry` is a label."""
    return entry.service == "minutebook" and entry.kind == "label"


def fold(database: sqlite3.Connection, entry: Entry, payload: bytes, root: int) -> str:
    """Fold one label of the document `root`. Returns the text for the document's history."""
    cells = dict(zip(SEGMENT.header, last_line(payload), strict=False))
    kind, value, change = cells.get("label", ""), cells.get("value", ""), cells.get("change", "")
    values = (root, kind, kind, value)
    same = "root = ? and kind = ? and (? = 'until' or value = ?) and lifted_at is null"
    if change == SET:
        if kind == "until":
            database.execute(f"update label set lifted_at = ? where {same}", (entry.time, *values))
        elif database.execute(f"select 1 from label where {same}", values).fetchone():
            return said(kind, value, change)
        database.execute(
            "insert or replace into label values (?, ?, ?, ?, ?, ?, ?, null)",
            (entry.index, root, kind, value, shown(kind, value), shown(kind, value).casefold(), entry.time),
        )
    else:
        database.execute(f"update label set lifted_at = ? where {same}", (entry.time, *values))
    return said(kind, value, change)


def shown(kind: str, value: str) -> str:
    """A label as people read it."""
    return value if kind == "label" else f"{kind} {value}".rstrip()


def said(kind: str, value: str, change: str) -> str:
    """A change as the document's history says it."""
    return f"{shown(kind, value)}: {change}"


def find(database: sqlite3.Connection, index: int) -> Labelled | None:
    """The document of the minute book whose entry is `index`; None where there is none."""
    row = database.execute(
        "select root, sha256, name from document where leaf = ? and service = 'minutebook'", (index,)
    ).fetchone()
    if row is None:
        return None
    found = database.execute("select kind, value from label where root = ? and lifted_at is null", (row[0],))
    return Labelled(row[0], row[1], row[2], tuple((kind, value) for kind, value in found))


def labelled(asked: LabelDocument, document: Labelled | None, now: str) -> Drafted | Declined:
    """Draft the line that sets or lifts the label.

    Args:
        document: the document of entry `asked.index`; None where that entry is no document of the minute book.
        now: RFC 3339 UTC.
    """
    if document is None:
        return Declined(
            RefusalCode.NOT_FOUND, f"entry {asked.index} is no document of the minutebook",
            "name the entry of a document; `os-console run list minutebook.documents` shows them",
        )  # fmt: skip
    kind, value = WORDS[asked.kind], " ".join(asked.value.split())
    if any(not char.isprintable() for char in value):
        return Declined(RefusalCode.BAD_ARGUMENTS, "the label holds a character that does not show", "take it out")
    declined = _misfit(asked.kind, value, asked.is_set) or _needless(asked, kind, value, document)
    if declined is not None:
        return declined
    change = SET if asked.is_set else LIFTED
    if not value and asked.kind is LabelKind.RETAIN:
        value = next(day for name, day in document.standing if name == kind)
    cells = ("", document.name, str(asked.index), document.sha256.hex(), kind, value, change, "", now)
    line = Line(SEGMENT.name, SEGMENT.header, cells, ((0, Own.ENTRY), (7, Own.AUDIT)))
    subject = f"{said(kind, value, change)}, {document.name}"[:400]
    return Drafted((Draft("minutebook", "label", subject, line, source=LeafIndex(asked.index)),))


def _misfit(kind: LabelKind, value: str, is_set: bool) -> Declined | None:
    """A refusal where `value` does not fit its kind, else None."""
    if kind is LabelKind.RETAIN and (is_set or value) and not _is_day(value):
        return Declined(
            RefusalCode.BAD_ARGUMENTS, f"a retention needs its last day, and {value!r} is none",
            "write a day that is in the calendar, as 2031-12-31",
        )  # fmt: skip
    if kind is LabelKind.FREE and (not value or value.split()[0].lower() in ("hold", "until")):
        what = f"a free label cannot begin with {value.split()[0]!r}" if value else "a free label has no words"
        return Declined(
            RefusalCode.BAD_ARGUMENTS,
            what,
            "write words of its own; a legal hold and a retention are kinds of their own",
        )
    return None


def _needless(asked: LabelDocument, kind: str, value: str, document: Labelled) -> Declined | None:
    """A refusal where nothing would change, else None."""
    stands = any(
        name == kind and (each == value or (not value and kind == "until")) for name, each in document.standing
    )
    if asked.is_set is not stands:
        return None
    names = ", ".join(shown(name, each) for name, each in document.standing) or "none"
    if asked.is_set:
        return Declined(
            RefusalCode.CONFLICT, f"document {asked.index} has the label {shown(kind, value)!r} already",
            f"nothing is to be done; its labels: {names}",
        )  # fmt: skip
    return Declined(
        RefusalCode.NOT_FOUND, f"document {asked.index} has no label {shown(kind, value)!r}", f"its labels: {names}"
    )


def _is_day(text: str) -> bool:
    if _DAY.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
