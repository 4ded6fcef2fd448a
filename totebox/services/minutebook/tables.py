"""The declarations of `minutebook.documents` and `minutebook.history`."""

from totebox.service.pages import columns
from totebox.service.segment import SegmentSpec, segment_columns
from totebox.service.table import Key, TableSpec

DOCUMENTS = TableSpec(
    "minutebook.documents",
    columns(
        "index index", "time time", "name text", "media text", "size bytes", "sha256 hash", "account text", "pages int",
        "version int", "supersedes index", "superseded_by index", "text index", "claims int", "excerpt text",
        "labels text",
    ),
    own=(Key("label", "with such a label: `hold`, `until`, or part of what is shown of it", "labels", written=str.casefold),),
    searched=("name", "text"),
    dated="time",
)  # fmt: skip
HISTORY = TableSpec(
    "minutebook.history",
    columns(
        "index index", "time time", "kind text", "actor text", "note text", "path text", "sha256 hash", "source index",
        "supersedes index", "audit audit-index", "document index",
    ),
    own=(
        Key("document", "of the document that entry N belongs to: every version, and what was derived from it"),
    ),
    searched=("kind", "actor", "note", "path"),
    dated="time",
)  # fmt: skip
SEGMENT = SegmentSpec(
    "minutebook",
    "labels",
    "a label of a document that was set or lifted",
    segment_columns(
        ("entry", "index", "the entry of this line in ledger/register"),
        ("document", "text", "the name of the original"),
        ("document_entry", "index", "the entry of the original in ledger/register"),
        ("document_sha256", "hex", "SHA-256 of the original"),
        ("label", "word", "hold (legal hold), until (retention), or label (free words)"),
        ("value", "text", "the matter, the last day as YYYY-MM-DD, or the words"),
        ("change", "word", "set or lifted"),
        ("audit", "index", "the row of ledger/audit/register that authorised it"),
        ("time", "RFC 3339 UTC", "when it was set or lifted"),
    ),
)
