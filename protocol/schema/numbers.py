"""Every number on the wire. A number is never reused and never changes its meaning."""

from enum import Enum, IntEnum, StrEnum

MAX_FRAME_BYTES = 65_535
"""A Noise message; the u16 length prefix cannot express more."""
MAX_BULK_BYTES = 16_384
"""Payload bytes of a Chunk, a Part or a page of Rows, so that Ping is never late."""
MAX_TEXT_BYTES = 8_192
MAX_ITEMS = 4_096
MAX_DEPTH = 6
MAX_UPLOAD_BYTES = 4 * 1024**3
"""The largest original that F12 takes: 4 GiB."""
HANDSHAKE_DEADLINE_S = 5.0
HANDSHAKE_MAX_BYTES = 256
MAX_UNOPENED_BYTES = 4_096
PREFACE_BYTES = 37
REKEY_FRAMES = 1 << 16
PING_INTERVAL_S = 1.0
STALE_AFTER_S = 3.0
TICKET_LIFETIME_S = 600
UPLOAD_WINDOW_BYTES = 262_144
DOWNLOAD_WINDOW_BYTES = 262_144
MAX_COMMANDS_IN_FLIGHT = 64
ONCE_BYTES = 16
"""Of the idempotency id that every command that writes carries, and no other."""
CLOCK_SKEW_S = 60
REQUEST_LIFETIME_S = 600
MAX_REQUESTS = 16
MAX_REQUESTS_A_SOURCE = 2
"""Devices that may wait for an operator's word at the same time."""
MAX_CAPABILITY_BLOCKS = 4
MAX_CAPABILITY_BODY_BYTES = 2_048
MAX_TERMS_BYTES = 256
"""Of the terms in one block of a capability, encoded."""
IDLE_TIMEOUT_S = 30.0
"""A session from which nothing was heard for this long is closed; an authority pings each second."""
SLOW_TIMEOUT_S = 30.0
"""A peer that takes nothing off its carrier for this long is let go."""


class Kind(IntEnum):
    """Message kinds. Bit 7 says the direction: 0 down, 1 up."""

    BIND = 0x01
    COMMAND = 0x02
    CHUNK = 0x03
    CANCEL = 0x04
    ACK = 0x05
    PING = 0x06
    BYE = 0x07
    REQUEST = 0x08
    REVEAL = 0x09
    BOUND = 0x81
    RECEIPT = 0x82
    ROWS = 0x83
    PART = 0x84
    WANT = 0x85
    REFUSAL = 0x86
    TELEMETRY = 0x87
    GAP = 0x88
    PONG = 0x89
    CLOSING = 0x8A
    REQUESTED = 0x8B


class Verb(IntEnum):
    """What a Command asks for. All else about a verb is its row of `protocol.schema.verbs`."""

    HEAD = 0x01
    PROVE = 0x02
    VERIFY = 0x03
    SUBSCRIBE = 0x04
    COSIGN = 0x05
    LIST = 0x10
    READ = 0x11
    INPUT_OFFER = 0x20
    INPUT_TAKE = 0x21
    INPUT_ROUTE = 0x22
    INPUT_DECIDE = 0x23
    INPUT_ABANDON = 0x25
    INPUT_SEAL = 0x2B
    PAIR_ISSUE = 0x40
    PAIR_REVOKE = 0x41
    PAIR_APPROVE = 0x42
    PAIR_DENY = 0x43
    PAIR_MARK = 0x44
    PAIR_REQUIRE = 0x45
    PAIR_NAME = 0x46
    CAP_GRANT = 0x50
    CAP_REVOKE = 0x51
    PEOPLE_CORRECT = 0x60
    MINUTEBOOK_LABEL = 0x70

    @property
    def title(self) -> str:
        """The verb as people and the audit log read it: `input.offer`."""
        return self.name.lower().replace("_", ".")


class Role(IntEnum):
    """What a pairing may do; each one includes those with a smaller number."""

    INTERFACE = 1
    USER = 2
    INPUT = 3
    ADMIN = 4


class Topic(IntEnum):
    """Telemetry topics."""

    STATUS = 1
    EVENT = 2
    HEAD = 3
    AUDIT = 4
    ENTRY = 5
    CHANGED = 6
    INTEGRITY = 7


class Log(IntEnum):
    """The two append-only logs of a vault."""

    RECORDS = 1
    AUDIT = 2


class Verdict(IntEnum):
    """The verdict in force. No member will be added: another verdict would need another body."""

    UNVERIFIED = 1
    CLEAN = 2
    FINDINGS = 3


class Scope(IntEnum):
    """How much a verification has read. No member will be added."""

    FULL = 1
    PARTIAL = 2


class Decision(IntEnum):
    """One answer of a person to one claim. NO rejects it without a reason; the four below it reject it for theirs."""

    YES = 1
    NO = 2
    SKIP = 3
    MISREAD = 4
    WRONG_KIND = 5
    DUPLICATE = 6
    IRRELEVANT = 7

    @property
    def is_rejection(self) -> bool:
        """Whether the claim is rejected, for whatever reason."""
        return self not in (Decision.YES, Decision.SKIP)

    @property
    def reason(self) -> str:
        """Why it is rejected: `misread`, `wrong-kind`, `duplicate`, `irrelevant`; '' where no reason was given."""
        return self.name.lower().replace("_", "-") if self >= Decision.MISREAD else ""


class Severity(IntEnum):
    """How urgent an event is."""

    INFO = 1
    NOTICE = 2
    WARNING = 3
    ALARM = 4


class LabelKind(IntEnum):
    """What a label on a document says. One retention counts, the newest; holds and free labels stand beside each other."""

    HOLD = 1
    RETAIN = 2
    FREE = 3


class RefusalCode(IntEnum):
    """Why a command was not carried out. A refusal is data, not a fault."""

    UNKNOWN_VERB = 1
    """The subject does not carry out this verb."""
    BAD_ARGUMENTS = 2
    """The arguments, the query, the cursor or the `once` are not what the verb takes. The same bytes are refused again."""
    NOT_PERMITTED = 3
    """The role, the capability or its scope does not allow it."""
    NOT_FOUND = 4
    """There is no such entry, table, document, file, device or request; of `head`: the log is shorter than what was seen."""
    CONFLICT = 5
    """It contradicts what stands: another command under the same `once`, a signature over other claims, the last ADMIN."""
    HELD = 6
    """Another device, or another command of this one, is at work on it. It is free when that ends."""
    TOO_LARGE = 7
    """A file is larger than `MAX_UPLOAD_BYTES`."""
    HASH_MISMATCH = 8
    """The bytes that arrived have another SHA-256 than was announced."""
    ALREADY_SEALED = 9
    """A record has the same bytes already; the reason names its index."""
    WRONG_STEP = 10
    """The document is at another step of the Input Machine."""
    READ_ONLY = 11
    """The vault takes no writes: it is a retired copy, or damaged."""
    DISK_FULL = 12
    """The subject's disk has no room for it."""
    UNREADABLE = 13
    """The file cannot be read, or changed while it was read."""
    TOO_MANY = 14
    """A limit of number or rate. Where time alone cures it, the remedy says how long (section 7)."""
    CANCELLED = 15
    """Cancel came first, or the upload ended before its last byte."""
    EXPIRED = 16
    """Now is outside the capability's window."""
    REVOKED = 17
    """The capability or one of its holders was revoked."""
    UNAVAILABLE = 18
    """The subject cannot do it now. Send it again later, a write under the same `once`."""
    FAULT = 19
    """The subject failed; its own log says how."""


class ClosingReason(IntEnum):
    """Why the subject ends a session."""

    GOODBYE = 1
    """The answer to Bye."""
    SHUTDOWN = 2
    """The subject stops."""
    REVOKED = 3
    """The pairing was revoked."""
    UNKNOWN_PEER = 4
    """Nobody paired this device, or there is no such ticket."""
    PROTOCOL = 5
    """The peer broke a rule of this text."""
    IDLE = 6
    """The handshake took too long, or nothing was heard for `IDLE_TIMEOUT_S`."""
    TOO_SLOW = 7
    """What was sent was not taken for `SLOW_TIMEOUT_S`."""
    DORMANT = 8
    """The subject's vault is suspended. No subject sends it yet."""
    TICKET_USED = 9
    """Another device used the ticket."""
    TICKET_EXPIRED = 10
    """The ticket is older than `TICKET_LIFETIME_S`."""
    BINDER_MISMATCH = 11
    """The device key is not the paired one, or did not sign this handshake."""
    REFUSED = 12
    """The subject takes no session of this device now; the text says why."""
    PENDING = 13
    """The request waits for an operator."""
    DENIED = 14
    """An operator turned the request down."""
    REQUEST_EXPIRED = 15
    """Nobody decided about the request in time."""
    ARCHIVED = 16
    """The vault is archived. Kept for the node that hosts vaults: no subject sends it yet."""
    FAILED = 17
    """The vault does not start. Kept for the node that hosts vaults: no subject sends it yet."""


class Algorithm(IntEnum):
    """Signature algorithm of a device key."""

    SSH_ED25519 = 1
    ECDSA_P256 = 2
    SK_SSH_ED25519 = 3


class SignedBy(Enum):
    """Whose device key signs the handshake hash."""

    AUTHORITY = b"A"
    SUBJECT = b"S"


class NoteKey(IntEnum):
    """The type of a key of signed notes (C2SP)."""

    ED25519 = 1
    COSIGNATURE_V1 = 4


class RecordKind(IntEnum):
    """What a record of a recording holds."""

    KNOWN = 1
    UP = 2
    LOST = 3
    HEARD = 4
    ECHO = 5
    ANSWERED = 6
    HEAD = 7
    PIECE = 8


class Op(IntEnum):
    """How a term compares the value of a row with its own."""

    IS = 1
    STARTS = 2
    ABOVE = 3


class ValueForm(IntEnum):
    """How a term's value is written."""

    NUMBER = 1
    TEXT = 2


class Grade(StrEnum):
    """What enforces on this host that records are not overwritten."""

    KERNEL = "kernel"
    PROCESS = "process"
    NONE = "none"


class Tier(StrEnum):
    """How much computing this Totebox does itself."""

    ZERO = "zero-compute"
    RELAY = "relay"
    IRON = "sovereign-iron"


class AuditKind(StrEnum):
    """The kinds of rows of the audit log, in its column `kind`. No role, not even ADMIN, can switch one off.

    A program that reads a log keeps rows of unknown kinds, since a newer Totebox may have written them.
    """

    CREATED = "CREATED"
    """The vault was made."""
    SESSION_OPEN = "SESSION_OPEN"
    """A paired device opened a session."""
    SESSION_CLOSE = "SESSION_CLOSE"
    """A session ended."""
    COMMAND = "COMMAND"
    """A command is carried out."""
    REFUSED = "REFUSED"
    """A command was not carried out, or a handshake was turned away."""
    READ_SPAN = "READ_SPAN"
    """A read is repeated: this row stands before so many at the most."""
    READ_SPAN_END = "READ_SPAN_END"
    """How many reads that row stood for."""
    REFUSED_SPAN = "REFUSED_SPAN"
    """A refusal is repeated: this row stands before so many at the most."""
    REFUSED_SPAN_END = "REFUSED_SPAN_END"
    """How many refusals that row stood for."""
    SESSION_SPAN = "SESSION_SPAN"
    """A device opens session after session: this row stands before so many at the most."""
    SESSION_SPAN_END = "SESSION_SPAN_END"
    """How many sessions that row stood for."""
    RECORD_VERIFIED = "RECORD_VERIFIED"
    """A person said yes to a claim."""
    RECORD_REJECTED = "RECORD_REJECTED"
    """A person said no to a claim."""
    RECORD_SKIPPED = "RECORD_SKIPPED"
    """A person left a claim undecided."""
    APPROVED = "APPROVED"
    """A person confirmed a document: what the device key signed, and its signature."""
    ABANDONED = "ABANDONED"
    """A document left F12 without becoming a record."""
    INGESTED = "INGESTED"
    """A service took in what arrived from outside."""
    TICKET = "TICKET"
    """A ticket was issued with `os-totebox` on the host."""
    PAIRED = "PAIRED"
    """A device was paired."""
    DEVICE = "DEVICE"
    """A device is about to be paired: its public key, its label, and the person, as the ADMIN typed it."""
    PAIRING_UNDONE = "PAIRING_UNDONE"
    """A pairing that had begun was cut off before it was granted."""
    REVOKED = "REVOKED"
    """A pairing was ended."""
    REQUESTED = "REQUESTED"
    """A device without a ticket asked to be paired."""
    DENIED = "DENIED"
    """A request was turned down."""
    EXPIRED = "EXPIRED"
    """Nobody answered a request in time."""
    MARKED = "MARKED"
    """An ADMIN said whether a device key is in hardware."""
    NAMED = "NAMED"
    """An ADMIN said what a device is called."""
    REQUIRED = "REQUIRED"
    """A role needs hardware keys, or no longer."""
    CAP_GRANTED = "CAP_GRANTED"
    """A capability was minted."""
    CAP_REVOKED = "CAP_REVOKED"
    """A capability was ended."""
    COSIGNED = "COSIGNED"
    """A witness cosigned a head of this vault."""
    KEY = "KEY"
    """A log's key handed over to the next."""
    RESTORED = "RESTORED"
    """The vault goes on under another key and origin."""
    AUDIT_CLEAN = "AUDIT_CLEAN"
    """A verification found nothing."""
    AUDIT_FINDING = "AUDIT_FINDING"
    """A verification found something."""
    CLOCK = "CLOCK"
    """The clock stepped back."""
    TORN = "TORN"
    """Recovery took ownership of what a crash tore."""
    HARDENED = "HARDENED"
    """The second wall was raised: the kernel refuses changes to records."""
    SOFTENED = "SOFTENED"
    """The second wall was taken down."""
    MODEL_CALL = "MODEL_CALL"
    """A language model was called. Nothing writes it yet."""
    STARTED = "STARTED"
    """The daemon recovered and serves."""
    STOPPED = "STOPPED"
    """The daemon stops in good order."""
