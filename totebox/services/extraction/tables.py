"""The declarations of `extraction.claims`, and of the lines that seal rejected claims."""

from totebox.service.claim_line import COLUMNS
from totebox.service.pages import columns
from totebox.service.segment import SegmentSpec
from totebox.service.table import Key, TableSpec

CLAIMS = TableSpec(
    "extraction.claims",
    columns(
        "index index", "anchor text", "attribute text", "value text", "source index", "line int", "page int", "start int",
        "end int", "excerpt text", "status text", "actor text", "time time", "rule text",
    ),
    own=(
        Key("anchor", "of the person, organisation or account with that Sovereign-ID; as written where it was rejected"),
        Key("source", "read in entry N"),
        Key("status", "that are `verified` or `rejected`", written=str.lower),
        Key("attribute", "of that attribute (person, email, amount ...)", written=str.lower),
    ),
    searched=("value", "excerpt"),
    dated="time",
)  # fmt: skip
SEGMENT = SegmentSpec("extraction", "quarantine", "a claim that a person rejected", COLUMNS)
