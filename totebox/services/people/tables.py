"""The declarations of `people.anchors` and `people.claims`, and of the lines that seal claims."""

from totebox.service.claim_line import COLUMNS
from totebox.service.pages import columns
from totebox.service.segment import SegmentSpec
from totebox.service.table import Key, TableSpec

ANCHOR = Key("anchor", "of the person, organisation or account with that Sovereign-ID", written=str.lower)
ANCHORS = TableSpec(
    "people.anchors",
    columns("anchor text", "name text", "type text", "claims int", "first time", "last time", "conflict bool"),
    own=(ANCHOR,),
    searched=("name", "type", "anchor"),
    dated="first",
)
CLAIMS = TableSpec(
    "people.claims",
    columns(
        "index index", "anchor text", "attribute text", "value text", "source index", "line int", "page int", "start int",
        "end int", "excerpt text", "status text", "actor text", "time time", "supersedes index", "superseded_by index",
    ),
    own=(
        ANCHOR,
        Key("source", "read in entry N"),
        Key("attribute", "of that attribute (person, email, amount ...)", written=str.lower),
    ),
    searched=("value", "excerpt"),
    dated="time",
)  # fmt: skip
SEGMENT = SegmentSpec("people", "claims", "a claim that a person verified, or stated as a correction", COLUMNS)
