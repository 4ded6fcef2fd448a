"""Texts of F8: the columns of the audit log, and each of its lines. Pure."""

from collections.abc import Mapping

from console.chassis.columns import Row, TableColumn
from console.model.devices import device
from console.model.ledger import Day, Fold, Item, LedgerRow, Missed, detail_of, subject_of
from protocol.schema import ColumnKind

COLUMNS = (
    TableColumn("index", "Index", 7, ColumnKind.AUDIT_INDEX),
    TableColumn("time", "Time", 8, ColumnKind.TIME),
    TableColumn("kind", "Kind", 17),
    TableColumn("actor", "Device", 12, priority=3),
    TableColumn("subject", "Subject", 0, priority=1, share=1, least=18, keeps_end=True),
    TableColumn("detail", "Detail", 0, priority=2, share=4, least=20),
    TableColumn("command", "Command", 8, priority=5),
)


def drawn(item: Item, known: Mapping[str, str], names: Mapping[str, str]) -> Row:
    """A line of the list; `known` are labels by fingerprint, `names` documents by intake id."""
    match item:
        case LedgerRow():
            return _row(item, known, names)
        case Fold():
            return _fold(item, known)
        case Day(date=date, turn=turn):
            return Row(("day", date, turn), (None,) * len(COLUMNS), "label", span=date, is_rule=True)
        case Missed(first=first, last=last, count=count):
            said = f"┄ {count:,} rows were missed: {first:,} to {last:,}. Enter asks for them"
            return Row(("missed", last), (None,) * len(COLUMNS), "warn", span=said)


def _fold(fold: Fold, known: Mapping[str, str]) -> Row:
    first, last = fold.oldest.index, fold.newest.index
    said = f"Enter opens {first:,} to {last:,}"
    cells = (last, fold.newest.time, f"▸ {fold.count:,} reads", fold.actor(known), fold.verbs, said, "")
    return Row(("reads", first), cells, "muted")


def _row(row: LedgerRow, known: Mapping[str, str], names: Mapping[str, str]) -> Row:
    cells = (
        row.index,
        row.time,
        f"{row.glyph} {row.kind}",
        device(row.actor, known),
        subject_of(row, names, known),
        detail_of(row, names, known),
        row.command[:8],
    )
    return Row(row.index, cells, "", ("muted", "label", row.tone or "plain", "label", "plain", "plain", "muted"))
