"""The minute book's index: documents, their versions, what was derived from them, and full text. Pure SQL over one connection."""

import sqlite3
from collections.abc import Iterator

from protocol.schema import Cell
from protocol.schema.note_fields import read_note
from protocol.schema.numbers import Op
from totebox.service.clauses import clauses
from totebox.service.query import Query
from totebox.services.minutebook import labels
from totebox.services.minutebook.tables import DOCUMENTS, HISTORY
from totebox.vault.api import Entry

_SCHEMA = """
create table if not exists document (
    leaf integer primary key, root integer, version integer, service text, time text, name text, media text, size integer,
    sha256 blob, account text, pages integer, supersedes integer, superseded_by integer, superseded_at text,
    text integer, claims integer
);
create index if not exists document_sha256 on document (sha256);
create index if not exists document_root on document (root);
create table if not exists history (
    leaf integer primary key, root integer, time text, kind text, actor text, note text, path text, sha256 blob,
    source integer, supersedes integer, audit integer
);
create index if not exists history_root on history (root);
create virtual table if not exists words using fts5 (name, body, tokenize = "unicode61 remove_diacritics 2");
"""
SCHEMA = _SCHEMA + labels.SCHEMA
SERVICE = "minutebook"
OPEN, CLOSE = "⟦", "⟧"
_NAMES = {column.name: f"d.{column.name}" for column in DOCUMENTS.columns} | {"index": "d.leaf"}
_COLUMNS = (
    "d.leaf, d.time, d.name, d.media, d.size, d.sha256, d.account, d.pages, d.version, d.supersedes, d.superseded_by, "
    "d.text, d.claims"
)


def reads(entry: Entry) -> bool:
    """Whether the index needs the payload: texts are searched, labels are shown."""
    return entry.kind == "text" or labels.reads(entry)


def fold(database: sqlite3.Connection, entry: Entry, payload: bytes) -> bool:
    """Fold one entry. Returns whether a table of the minute book has changed."""
    if entry.kind == "original":
        _fold_original(database, entry)
        return entry.service == SERVICE
    if entry.source is None:
        return False
    root = database.execute("select root from document where leaf = ?", (entry.source,)).fetchone()
    if root is None:
        return False
    _add_history(
        database, entry, root[0], labels.fold(database, entry, payload, root[0]) if labels.reads(entry) else ""
    )
    if entry.kind == "text":
        pages = read_note(entry.note).get("pages")
        database.execute(
            "update document set text = ?, pages = ? where leaf = ?", (entry.index, _count(pages), entry.source)
        )
        body = payload.decode("utf-8", "replace")
        database.execute("update words set body = ? where rowid = ?", (body, entry.source))
    elif entry.kind == "claim" and entry.supersedes is None:
        database.execute("update document set claims = claims + 1 where leaf = ?", (entry.source,))
    return True


def _fold_original(database: sqlite3.Connection, entry: Entry) -> None:
    root, version, said = int(entry.index), 1, read_note(entry.note)
    if entry.supersedes is not None:
        before = database.execute(
            "select root, max(version) from document where root = (select root from document where leaf = ?)",
            (entry.supersedes,),
        ).fetchone()
        if before[0] is not None:
            root, version = before[0], before[1] + 1
        database.execute(
            "update document set superseded_by = ?, superseded_at = ? where leaf = ?",
            (entry.index, entry.time, entry.supersedes),
        )
    database.execute(
        "insert or replace into document values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, null, null, null, 0)",
        (
            entry.index, root, version, entry.service, entry.time, entry.subject, said.get("media"),
            entry.length, entry.sha256, said.get("account"), entry.supersedes,
        ),
    )  # fmt: skip
    _add_history(database, entry, root)
    database.execute("insert or replace into words (rowid, name, body) values (?, ?, '')", (entry.index, entry.subject))


def _add_history(database: sqlite3.Connection, entry: Entry, root: int, said: str = "") -> None:
    database.execute(
        "insert or replace into history values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.index, root, entry.time, entry.kind, entry.actor, said or entry.note, entry.path, entry.sha256,
            entry.source, entry.supersedes, entry.audit,
        ),
    )  # fmt: skip


def documents(database: sqlite3.Connection, query: Query) -> list[tuple[str, tuple[Cell, ...]]]:
    """Rows of `minutebook.documents` with the cursor after each; one more than the limit where there are more."""
    tests, values = clauses(DOCUMENTS, query, _NAMES, words=False, skip=frozenset({("labels", Op.IS)}))
    moment = query.as_of or labels.FAR
    tests, values = f"d.service = ? and {tests}", (moment, moment, SERVICE, *values)
    if not query.everything:
        tests += " and (d.superseded_by is null" + (" or d.superseded_at > ?)" if query.as_of else ")")
        values += (query.as_of,) if query.as_of else ()
    for word in query.values("labels"):
        tests, values = f"{tests} and {labels.NAMED}", (*values, word, word)
    words = [word for word in query.words if any(char.isalnum() for char in word)]
    if words:
        return list(_search(database, words, tests, values, query))
    if query.cursor is not None:
        tests, values = f"{tests} and d.leaf < ?", (*values, query.cursor)
    rows = database.execute(
        f"with {labels.STANDING} select {_COLUMNS}, '', {labels.SHOWN} from document d where {tests} "
        "order by d.leaf desc limit ?",
        (*values, query.limit + 1),
    )
    return [(str(row[0]), row) for row in rows]


def _search(
    database: sqlite3.Connection, words: list[str], tests: str, values: tuple[Cell, ...], query: Query
) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Search by relevance; the cursor counts rows."""
    match = " ".join('"' + word.replace('"', '""') + '"*' for word in words)
    done = query.cursor or 0
    rows = database.execute(
        f"with {labels.STANDING} select {_COLUMNS}, snippet(words, -1, '{OPEN}', '{CLOSE}', '…', 16), {labels.SHOWN} from words "
        f"join document d on d.leaf = words.rowid where words match ? and {tests} "
        "order by bm25(words, 4.0, 1.0), d.leaf desc limit ? offset ?",
        (*values[:2], match, *values[2:], query.limit + 1, done),
    )
    for number, row in enumerate(rows, done + 1):
        yield str(number), (*row[:-2], " ".join(str(row[-2]).split()), row[-1])


def history(database: sqlite3.Connection, query: Query) -> list[tuple[str, tuple[Cell, ...]]]:
    """Rows of `minutebook.history`; `document:N` narrows them to the document that entry N belongs to."""
    tests, values = clauses(HISTORY, query, {"index": "leaf"}, skip=frozenset({("document", Op.IS)}))
    for index in query.values("document"):
        tests, values = f"{tests} and root = (select root from history where leaf = ?)", (*values, index)
    rows = database.execute(
        "select leaf, time, kind, actor, note, path, sha256, source, supersedes, audit, root from history "
        f"where {tests} and leaf > ? order by leaf limit ?",
        (*values, -1 if query.cursor is None else query.cursor, query.limit + 1),
    )
    return [(str(row[0]), row) for row in rows]


def _count(text: str) -> int:
    """`text` as a number of pages that fits its column; 0 for any other text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
