"""Events of the console as records of a `.psp` recording, and back. Pure."""

from console.model.events import (
    Activated,
    Answered,
    Asked,
    BackedOff,
    Contradicted,
    Dialing,
    Echo,
    Event,
    HeadChecked,
    Heard,
    LinkLost,
    LinkUp,
    PairingAdded,
)
from protocol.capture import (
    AnsweredRecord,
    EchoRecord,
    HeadRecord,
    HeardRecord,
    KnownRecord,
    LostRecord,
    Record,
    UpRecord,
)
from protocol.errors import CaptureError
from protocol.schema import VERBS, Bound, Closing, Gap, Telemetry
from protocol.wire.codec import decode, encode, encode_args


def record_of(event: Event) -> Record | None:
    """The record of `event`; None for an event that a replay makes by itself, and for one that holds a secret (a
    ticket).
    """
    match event:
        case PairingAdded():
            return KnownRecord(event.totebox, event.name, event.uri)
        case LinkUp():
            return UpRecord(event.totebox, encode(event.bound), event.carrier)
        case LinkLost():
            closing = encode(event.closing) if event.closing else b""
            retry_us = None if event.retry_at is None else max(0, _us(event.retry_at - event.at))
            return LostRecord(event.totebox, event.reason, closing, retry_us)
        case Echo():
            return EchoRecord(event.totebox, max(0, _us(event.at - event.sent_at)))
        case Heard():
            return HeardRecord(event.totebox, encode(event.message))
        case Answered():
            verb, args = encode_args(event.arguments)
            if VERBS[verb].secret or VERBS[verb].secret_answer:
                return None  # a recording may be given to others, and this is a secret
            return AnsweredRecord(event.totebox, event.key, verb, args, encode(event.answer), event.trouble)
        case HeadChecked():
            return HeadRecord(event.totebox, event.audit, event.tree_size, event.root, event.note, event.alarm)
        case Asked() | Dialing() | Activated() | Contradicted() | BackedOff():
            return None


def event_of(record: Record, at: float) -> Event:
    """The event of `record`, at `at`. Raises CaptureError where its messages do not fit its kind."""
    match record:
        case KnownRecord():
            return PairingAdded(record.totebox, record.name, record.uri, at)
        case UpRecord():
            bound = decode(record.bound)
            if isinstance(bound, Bound):
                return LinkUp(record.totebox, bound, record.carrier, at)
        case LostRecord():
            closing = decode(record.closing) if record.closing else None
            if closing is None or isinstance(closing, Closing):
                retry_at = None if record.retry_us is None else at + record.retry_us / 1_000_000
                return LinkLost(record.totebox, record.reason, closing, retry_at, at)
        case EchoRecord():
            return Echo(record.totebox, at - record.age_us / 1_000_000, at)
        case HeardRecord():
            message = decode(record.message)
            if isinstance(message, (Telemetry, Gap)):
                return Heard(record.totebox, message, at)
        case HeadRecord():
            return HeadChecked(
                record.totebox, record.audit, record.tree_size, record.root, record.note, record.alarm, at
            )
        case _:
            pass
    raise CaptureError(f"a {type(record).__name__} of the recording is no event")


def _us(seconds: float) -> int:
    return int(seconds * 1_000_000)
