"""The wire schema, in one place: every message, and its direction."""

from typing import TYPE_CHECKING

from protocol.schema.capability import CapGrant, CapRevoke
from protocol.schema.envelope import (
    Ack,
    Block,
    Bye,
    Cancel,
    Chunk,
    Closing,
    Command,
    Cursor,
    Gap,
    Part,
    Ping,
    Pong,
    Proof,
    Receipt,
    Refusal,
    Rows,
    Telemetry,
    Want,
)
from protocol.schema.fleet import ChangedBody, EventBody, ServiceState, StatusBody
from protocol.schema.input import Abandon, Decide, Offer, Route, Seal, Take
from protocol.schema.integrity import Cosigned, Found, IntegrityBody
from protocol.schema.minutebook import LabelDocument
from protocol.schema.pairing import (
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Request,
    Requested,
    Reveal,
)
from protocol.schema.people import CorrectClaim
from protocol.schema.registry import MESSAGES, Arguments
from protocol.schema.session import Bind, Bound, DeviceKey, Since, Subscribe
from protocol.schema.table import Cell, Column, ColumnKind, List, Read, Table
from protocol.schema.topics import BODIES, FIRST_TOPICS, TOPICS, TopicRow
from protocol.schema.vault import AuditBody, Cosign, EntryBody, Head, HeadBody, Prove, Verify
from protocol.schema.verbs import ARGUMENTS, RESERVED, VERBS, AnswerKind, Reach, VerbRow, verb_title

if TYPE_CHECKING:
    from protocol.schema.digest import SCHEMA_DIGEST
else:

    def __getattr__(name: str) -> object:
        """Compute the digest at its first use, since it reads the type hints of every class."""
        if name != "SCHEMA_DIGEST":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from protocol.schema.digest import SCHEMA_DIGEST

        return SCHEMA_DIGEST


Down = Bind | Command | Chunk | Cancel | Ack | Ping | Bye | Request | Reveal
Up = Bound | Receipt | Rows | Part | Want | Refusal | Telemetry | Gap | Pong | Closing | Requested
Body = StatusBody | EventBody | HeadBody | AuditBody | EntryBody | ChangedBody | IntegrityBody

__all__ = [
    "ARGUMENTS",
    "BODIES",
    "FIRST_TOPICS",
    "MESSAGES",
    "RESERVED",
    "SCHEMA_DIGEST",
    "TOPICS",
    "VERBS",
    "Abandon",
    "Ack",
    "AnswerKind",
    "Arguments",
    "AuditBody",
    "Bind",
    "Block",
    "Body",
    "Bound",
    "Bye",
    "Cancel",
    "CapGrant",
    "CapRevoke",
    "Cell",
    "ChangedBody",
    "Chunk",
    "Closing",
    "Column",
    "ColumnKind",
    "Command",
    "CorrectClaim",
    "Cosign",
    "Cosigned",
    "Cursor",
    "Decide",
    "DeviceKey",
    "Down",
    "EntryBody",
    "EventBody",
    "Found",
    "Gap",
    "Head",
    "HeadBody",
    "IntegrityBody",
    "LabelDocument",
    "List",
    "Offer",
    "PairApprove",
    "PairDeny",
    "PairIssue",
    "PairMark",
    "PairName",
    "PairRequire",
    "PairRevoke",
    "Part",
    "Ping",
    "Pong",
    "Proof",
    "Prove",
    "Reach",
    "Read",
    "Receipt",
    "Refusal",
    "Request",
    "Requested",
    "Reveal",
    "Route",
    "Rows",
    "Seal",
    "ServiceState",
    "Since",
    "StatusBody",
    "Subscribe",
    "Table",
    "Take",
    "Telemetry",
    "TopicRow",
    "Up",
    "VerbRow",
    "Verify",
    "Want",
    "verb_title",
]
