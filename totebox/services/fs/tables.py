"""The declaration of `fs.entries`."""

from totebox.service.pages import columns
from totebox.service.table import Key, TableSpec

ENTRIES = TableSpec(
    "fs.entries",
    columns(
        "index index", "time time", "actor text", "service text", "kind text", "subject text", "path text", "offset int",
        "length bytes", "sha256 hash", "source index", "supersedes index", "audit audit-index", "command text", "note text",
    ),
    own=(
        Key("source", "derived from entry N"),
        Key("kind", "of that kind (original, text, claim ...)", written=str.lower),
        Key("service", "of that service", written=str.lower),
    ),
    searched=("subject", "kind", "service", "path", "note", "actor"),
    dated="time",
)  # fmt: skip
