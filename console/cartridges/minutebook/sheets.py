"""Texts of F5 about one document: its facts, and its proof step by step. Pure."""

from textwrap import wrap

from console.chassis.facts import Fact, Line, line
from console.chassis.table import Row, TableColumn
from console.model.cells import moment, number
from console.model.minutebook.documents import Document
from console.model.proofs import Verdict
from console.model.safe_text import safe_line
from console.model.state import LogRow
from console.model.tables import Record
from protocol.schema import ColumnKind
from protocol.schema.note_fields import shown_note

LIST_COLUMNS = (
    TableColumn("index", "entry", 6, ColumnKind.INDEX),
    TableColumn("time", "sealed", 11, ColumnKind.TIME, priority=2),
    TableColumn("name", "document", share=3, least=26, keeps_end=True),
    TableColumn("account", "account", 7, priority=4),
    TableColumn("version", "ver", 6, priority=1),
    TableColumn("size", "size", 6, ColumnKind.BYTES, priority=3),
    TableColumn("pages", "pages", 5, ColumnKind.INT, priority=6),
    TableColumn("claims", "claims", 6, ColumnKind.INT, priority=5),
)
FOUND_COLUMNS = (
    LIST_COLUMNS[0],
    LIST_COLUMNS[1],
    TableColumn("name", "document", share=2, least=20, keeps_end=True),
    TableColumn("excerpt", "found", share=3, priority=1, least=26, keeps="‹"),
)
LABELS = TableColumn("labels", "labels", share=2, least=12)
"""The last column, shown only where a document of the list has a label, because an empty one would take room from the
names.
"""
HISTORY_COLUMNS = (
    TableColumn("index", "entry", 7, ColumnKind.INDEX),
    TableColumn("time", "time", 11, ColumnKind.TIME, priority=1),
    TableColumn("kind", "kind", 10),
    TableColumn("relation", "relation", 18),
    TableColumn("note", "note", share=2, priority=3),
    TableColumn("actor", "actor", 14, priority=4),
    TableColumn("audit", "audit", 6, ColumnKind.AUDIT_INDEX, priority=2),
)


def list_row(document: Document, *, found: bool, labelled: bool = False) -> Row:
    """A document in the list; `labelled` where the list has a column of labels."""
    tone = "" if document.is_current else "stale"
    if found:
        excerpt = document.excerpt.replace("⟦", "‹").replace("⟧", "›")
        short = (document.index, document.time, document.name, excerpt)
        return Row(document.index, (*short, document.labels) if labelled else short, tone)
    version = f"v{document.version}" if document.is_current else f"v{document.version} old"
    cells = (
        document.index,
        document.time,
        document.name,
        document.account,
        version,
        document.size,
        document.pages or None,
        document.claims,
    )
    return Row(document.index, (*cells, document.labels) if labelled else cells, tone)


def facts(document: Document, width: int) -> list[Fact]:
    """The facts about a document that need no further question; the hash is never cut."""
    version = f"version {document.version}"
    if document.superseded_by is not None:
        version += f", superseded by entry {number(document.superseded_by)}"
    elif document.supersedes is not None:
        version += f", supersedes entry {number(document.supersedes)}"
    pages = f", {document.pages} page{'s' if document.pages != 1 else ''}" if document.pages else ""
    text = f"text is entry {number(document.text)}" if document.text is not None else "no text could be read"
    digest = document.sha256.hex()
    hashes = [Fact("sha256", digest, "notice")]
    if width < len(digest) + 14:
        hashes = [Fact("sha256", digest[:32], "notice"), Fact("", digest[32:], "notice")]
    return [
        Fact("document", safe_line(document.name), "title"),
        Fact("entry", f"{number(document.index)} · {version}", "" if document.is_current else "warn"),
        Fact("sealed", f"{moment(document.time)}Z · account {safe_line(document.account) or 'none'}"),
        Fact("bytes", f"{number(document.size)} · {safe_line(document.media)}{pages}"),
        *hashes,
        Fact("claims", f"{number(document.claims)} verified · {text}"),
        *([Fact("labels", safe_line(document.labels), "warn")] if document.labels else []),
    ]


def history_row(row: Record, root: int) -> Row:
    """An entry of the document's history, and its relation to the others."""
    source, supersedes = row.number("source"), row.number("supersedes")
    relation = (
        f"corrects {number(supersedes)}"
        if supersedes is not None
        else f"from {number(source)}"
        if source is not None
        else "first version"
    )
    index = row.count("index")
    cells = (
        index,
        row.text("time"),
        row.text("kind"),
        relation,
        shown_note(row.text("note")),
        row.text("actor"),
        row.number("audit"),
    )
    return Row(index, cells, "title" if index == root else "")


def proof(verdict: Verdict, width: int) -> list[Line]:
    """The verdicts, the row, and the path from the leaf to the signed root; no hash is cut."""
    receipt, head = verdict.receipt, verdict.head
    tone, word = ("good", "✓ PROVEN") if verdict.holds else ("bad", "✗ NOT PROVEN")
    said = [line((tone, f"{word}  entry {number(receipt.index)}")), line("")]
    for check in verdict.checks:
        said += _labelled(check.what, f"{check.glyph} {check.detail}", width, TONES[check.holds], 18)
    said += [line(""), line(("title", "The row, byte for byte: the leaf"))]
    if verdict.row is not None:
        said += [each for label, value in _cells(verdict.row) if value for each in _labelled(label, value, width)]
    said += [
        line(""),
        line(("title", "From the leaf to the root")),
        *_labelled("leaf", verdict.leaf_hash.hex(), width, "notice"),
    ]
    for step in verdict.steps:
        said += _labelled("+ left" if step.is_left else "+ right", step.sibling.hex(), width, "muted")
        said += _labelled("=", step.gives.hex(), width)
    if head is not None:
        said += _labelled("root", head.root.hex(), width, tone)
    said += [line(""), line(("title", "The signed checkpoint"))]
    note = receipt.checkpoint.decode("utf-8", "replace")
    return said + [each for text in note.split("\n") if text for each in _labelled("", text, width, "label", 0)]


TONES = {None: "muted", True: "good", False: "bad"}


def _labelled(label: str, value: str, width: int, tone: str = "", column: int = 12) -> list[Line]:
    """A label and its value. What does not fit goes to the next line: hashes in halves, words as a whole."""
    room = max(16, width - column - 2)
    text = safe_line(value)
    if len(text) == 64 and room < 64 and " " not in text:
        room = min(room, 32)
    pieces = wrap(text, room) or [""]
    said = [line(("label", f"{label:<{column}}"), (tone, pieces[0]))]
    return said + [line(" " * column, (tone, piece)) for piece in pieces[1:]]


def _cells(row: LogRow) -> tuple[tuple[str, str], ...]:
    return (
        ("time", row.time),
        ("actor", row.actor),
        ("kind", f"{row.service} {row.kind}"),
        ("subject", row.subject),
        ("path", f"{row.path} from byte {number(row.offset)}, {number(row.length)} bytes"),
        ("sha256", row.sha256.hex()),
        ("source", "" if row.source is None else number(row.source)),
        ("supersedes", "" if row.supersedes is None else number(row.supersedes)),
        ("audit", "" if row.audit is None else number(row.audit)),
        ("command", row.command),
        ("note", row.note),
    )
