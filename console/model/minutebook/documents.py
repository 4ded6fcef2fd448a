"""One document of the minutebook, as its table lists it. Pure."""

from console.model.tables import Record
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
    labels: str = ""
    """The labels as the Totebox shows them; '' where there are none, or the Totebox knows no labels."""

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
        labels=row.text("labels"),
    )
