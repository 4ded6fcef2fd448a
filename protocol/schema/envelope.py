"""Messages of an open session: commands down; receipts, rows, parts, refusals and telemetry up."""

from typing import Annotated

from protocol.schema.numbers import (
    MAX_BULK_BYTES,
    MAX_TEXT_BYTES,
    ClosingReason,
    Kind,
    RefusalCode,
    Topic,
    Verb,
)
from protocol.schema.registry import U8, U32, U64, Known, Size, message, struct
from protocol.schema.table import Table

CommandId = Annotated[int, U32]


@struct
class Block:
    """One link of a capability chain: the signed bytes and their signature."""

    body: Annotated[bytes, Size(1, 2_048)]
    signature: Annotated[bytes, Size(1, 256)]


@struct
class Cursor:
    """A place in a topic's stream: `epoch` is drawn anew at each process start, `seq` counts from 1."""

    epoch: Annotated[bytes, Size(8, 8)]
    seq: Annotated[int, U64]


@struct
class Proof:
    """RFC 6962 inclusion proof of one leaf: the leaf's exact bytes (a register row), and the audit path, leaf to root."""

    leaf_index: Annotated[int, U64]
    tree_size: Annotated[int, U64]
    leaf: Annotated[bytes, Size(0, 65_535)]
    path: Annotated[tuple[Annotated[bytes, Size(32, 32)], ...], Size(0, 64)]


@message(Kind.COMMAND, since=1)
class Command:
    """Do `verb`; a number that is no member of Verb is refused as UNKNOWN_VERB.

    `once` (16 bytes, empty for a read) makes a write idempotent; `args` is the msgpack array of the verb's argument class; an empty
    `capability` means the pairing's role.
    """

    id: CommandId
    once: Annotated[bytes, Size(0, 16)]
    verb: Annotated[int, U8, Known(Verb)]
    args: Annotated[bytes, Size(0, 16_384)]
    capability: Annotated[tuple[Block, ...], Size(0, 4)]


@message(Kind.CHUNK, since=1)
class Chunk:
    """Bytes of the upload that command `id` announced, starting at `offset`."""

    id: CommandId
    offset: Annotated[int, U64]
    data: Annotated[bytes, Size(0, MAX_BULK_BYTES)]
    last: bool


@message(Kind.CANCEL, since=1)
class Cancel:
    """Stop command `id`. It is answered: with its result if it was done, else with Refusal CANCELLED."""

    id: CommandId


@message(Kind.ACK, since=1)
class Ack:
    """Download credit: the authority has consumed command `id`'s Parts up to byte `offset`."""

    id: CommandId
    offset: Annotated[int, U64]


@message(Kind.PING, since=1)
class Ping:
    """Asks whether the subject is alive and has read everything before this message. Answered by Pong with the same `n`."""

    n: Annotated[int, U32]


@message(Kind.BYE, since=1)
class Bye:
    """The authority ends the session."""


@message(Kind.RECEIPT, since=1)
class Receipt:
    """The command is done and durable. `index` names the entry; `proof` and `checkpoint` (a signed note) prove it.

    The checkpoint's origin tells the log: an origin that ends in `/audit` is that of the audit log.
    """

    id: CommandId
    index: Annotated[int, U64]
    proof: Proof
    checkpoint: Annotated[bytes, Size(0, 4_096)]


@message(Kind.ROWS, since=1)
class Rows:
    """A page of a table. `cursor` continues it; `more` says whether there is anything left."""

    id: CommandId
    table: Table
    cursor: Annotated[str, Size(0, 256)]
    more: bool


@message(Kind.PART, since=1)
class Part:
    """Bytes of a download, starting at `offset`."""

    id: CommandId
    offset: Annotated[int, U64]
    data: Annotated[bytes, Size(0, MAX_BULK_BYTES)]
    last: bool


@message(Kind.WANT, since=1)
class Want:
    """Upload credit: send command `id`'s bytes from `offset` on, up to byte `offset + credit`."""

    id: CommandId
    offset: Annotated[int, U64]
    credit: Annotated[int, U64]


@message(Kind.REFUSAL, since=1)
class Refusal:
    """Command `id` was not carried out: why, and what to do. Nothing was changed."""

    id: CommandId
    code: RefusalCode
    reason: Annotated[str, Size(0, MAX_TEXT_BYTES)]
    remedy: Annotated[str, Size(0, MAX_TEXT_BYTES)]


@message(Kind.TELEMETRY, since=1)
class Telemetry:
    """News on a subscribed topic: `body` is the msgpack array of the topic's body class; `time_us` (Unix) is for display only."""

    topic: Topic
    cursor: Cursor
    time_us: Annotated[int, U64]
    body: Annotated[bytes, Size(0, MAX_BULK_BYTES)]


@message(Kind.GAP, since=1)
class Gap:
    """Telemetry that was dropped for a slow reader: sequence numbers `first` to `last` of `topic`. Never hidden."""

    topic: Topic
    first: Annotated[int, U64]
    last: Annotated[int, U64]


@message(Kind.PONG, since=1)
class Pong:
    """The echo of Ping `n`."""

    n: Annotated[int, U32]


@message(Kind.CLOSING, since=1)
class Closing:
    """The subject ends the session, and why."""

    reason: ClosingReason
    text: Annotated[str, Size(0, MAX_TEXT_BYTES)]
