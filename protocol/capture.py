"""`.psp` recordings: what a console heard and was answered, with times, so that demos and tests run on what really happened.

    file     "PSPCAP01" 8 | record ...
    record   length 4 (big-endian, of what follows) | time 8 (microseconds since the start) | kind 1 | msgpack array

Messages lie in a recording as they travelled: `kind | array`. No key, psk or ticket is ever in one. Pure: bytes in and out.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from protocol.errors import CaptureError, RemoteProtocolError
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_TEXT_BYTES, RecordKind, Verb
from protocol.schema.registry import U8, U64, Known, Size, struct
from protocol.wire.codec import pack_struct, unpack_struct

MAGIC = b"PSPCAP01"
_HEAD_BYTES = 13

Message = Annotated[bytes, Size(0, 65_535)]
Text = Annotated[str, Size(0, MAX_TEXT_BYTES)]


@struct
class KnownRecord:
    """A pairing: the Totebox's id, name and address."""

    totebox: Text
    name: Text
    uri: Text


@struct
class UpRecord:
    """A session was opened; `bound` is the message."""

    totebox: Text
    bound: Message
    carrier: Text


@struct
class LostRecord:
    """It ended; `closing` is the message or empty; `retry_us` when the console would dial again, from then, or None."""

    totebox: Text
    reason: Text
    closing: Message
    retry_us: Annotated[int, U64] | None


@struct
class HeardRecord:
    """Telemetry or Gap."""

    totebox: Text
    message: Message


@struct
class EchoRecord:
    """Pong came back; the Ping had left `age_us` before."""

    totebox: Text
    age_us: Annotated[int, U64]


@struct
class AnsweredRecord:
    """A command's answer: Receipt, Rows or Refusal. Whoever reads one of a verb that it does not know has no use for it."""

    totebox: Text
    key: Text
    verb: Annotated[int, U8, Known(Verb)]
    args: Message
    answer: Message
    trouble: Text


@struct
class HeadRecord:
    """A checkpoint was held against what was seen before."""

    totebox: Text
    audit: bool
    tree_size: Annotated[int, U64]
    root: Message
    note: Message
    alarm: Text


@struct
class PieceRecord:
    """Bytes of record `index` from `offset` on, as a download brought them."""

    totebox: Text
    index: Annotated[int, U64]
    offset: Annotated[int, U64]
    data: Annotated[bytes, Size(0, MAX_BULK_BYTES)]


Record = KnownRecord | UpRecord | LostRecord | HeardRecord | EchoRecord | AnsweredRecord | HeadRecord | PieceRecord

RECORDS: Mapping[RecordKind, type[Record]] = {
    RecordKind.KNOWN: KnownRecord,
    RecordKind.UP: UpRecord,
    RecordKind.LOST: LostRecord,
    RecordKind.HEARD: HeardRecord,
    RecordKind.ECHO: EchoRecord,
    RecordKind.ANSWERED: AnsweredRecord,
    RecordKind.HEAD: HeadRecord,
    RecordKind.PIECE: PieceRecord,
}
_KINDS = {cls: kind for kind, cls in RECORDS.items()}


def write_record(at_us: int, record: Record) -> bytes:
    """The bytes of one record, to be appended behind MAGIC and those before it. Raises LocalProtocolError."""
    body = at_us.to_bytes(8, "big") + bytes((_KINDS[type(record)],)) + pack_struct(record)
    return len(body).to_bytes(4, "big") + body


def read_capture(data: bytes) -> Iterator[tuple[int, Record]]:
    """The records of a recording with their times, in order.

    Raises:
        CaptureError: it is no recording, or damaged; names the byte.
    """
    if not data.startswith(MAGIC):
        raise CaptureError("this is not a .psp recording")
    at = len(MAGIC)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        end = at + 4 + size
        if size < _HEAD_BYTES - 4 or end > len(data):
            raise CaptureError(f"the recording is cut off or damaged at byte {at}")
        yield int.from_bytes(data[at + 4 : at + 12], "big"), _record(data[at + 12], data[at + 13 : end], at)
        at = end


def _record(kind: int, packed: bytes, at: int) -> Record:
    if kind not in RECORDS:
        raise CaptureError(f"the recording has a record of unknown kind {kind} at byte {at}")
    try:
        return unpack_struct(RECORDS[RecordKind(kind)], packed)
    except RemoteProtocolError as fault:
        raise CaptureError(f"the recording is damaged at byte {at}: {fault}") from fault
