"""Documents of the minutebook as a list that is asked for page by page, and one row of it. Pure."""

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from console.model.tables import Record, records
from protocol.schema import Rows
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One row of `minutebook.documents`. `text` is the entry of its extracted text; `excerpt` where a search found it."""

    index: int
    time: str
    name: str
    media: str
    size: int
    sha256: bytes
    account: str
    pages: int
    version: int
    supersedes: int | None
    superseded_by: int | None
    text: int | None
    claims: int
    excerpt: str

    @property
    def is_current(self) -> bool:
        return self.superseded_by is None


def read_document(row: Record) -> Document:
    """A row of `minutebook.documents`."""
    return Document(
        index=row.count("index"),
        time=row.text("time"),
        name=row.text("name"),
        media=row.text("media"),
        size=row.count("size"),
        sha256=row.data("sha256"),
        account=row.text("account"),
        pages=row.count("pages"),
        version=row.count("version"),
        supersedes=row.number("supersedes"),
        superseded_by=row.number("superseded_by"),
        text=row.number("text"),
        claims=row.count("claims"),
        excerpt=row.text("excerpt"),
    )


def _none() -> Mapping[int, Document]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shelf:
    """What was asked for so far under one query, in the Totebox's order; `more` waits behind `cursor`."""

    query: str = ""
    documents: Mapping[int, Document] = field(default_factory=_none)
    cursor: str = ""
    more: bool = False


def begun(query: str, rows: Rows) -> Shelf:
    """The first page of `query`."""
    return Shelf(query, _read(rows), rows.cursor, rows.more)


def extended(shelf: Shelf, rows: Rows) -> Shelf:
    """The next page behind what is there."""
    documents = MappingProxyType({**shelf.documents, **_read(rows)})
    return replace(shelf, documents=documents, cursor=rows.cursor, more=rows.more)


def renewed(shelf: Shelf, rows: Rows) -> Shelf:
    """The first page again, after something was sealed: new rows stand first, what they supersede goes, the rest stays."""
    fresh = _read(rows)
    gone = {document.supersedes for document in fresh.values()} if "all:" not in shelf.query else set()
    kept = {index: document for index, document in shelf.documents.items() if index not in gone}
    if not shelf.more or len(kept) <= len(fresh):
        return begun(shelf.query, rows)
    return replace(shelf, documents=MappingProxyType({**fresh, **{i: d for i, d in kept.items() if i not in fresh}}))


def _read(rows: Rows) -> Mapping[int, Document]:
    return MappingProxyType({document.index: document for document in map(read_document, records(rows.table))})
