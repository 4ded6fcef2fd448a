"""The text of `README.txt`: how a stranger with a text editor, `sha256sum` and `openssl` reads and verifies a vault.

The text is `guide.txt`, the commands in it are `recipe.sh` and `tools.sh`; what the code already states as data (places, columns, kinds,
roles, segments) is put in from there. `README.txt` is written once, when the vault is made; entry 1 owns it. A later version of
the program that knows more adds a further record of service fs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Protocol

from protocol.schema.numbers import AuditKind, Role
from totebox.vault import places
from totebox.vault.commit.plan import FoundingFile
from totebox.vault.log.identity import IDENTITY_FILE, VaultIdentity, identity_text
from totebox.vault.log.record import COLUMNS
from totebox.vault.places import PLACES

__all__ = [
    "AUDIT_KINDS",
    "COLUMNS_SAY",
    "RECORD_KINDS",
    "Contents",
    "SegmentDescription",
    "first_files",
    "guide_text",
]

FOLDER = Path(__file__).parent
WIDTH = 136
FIELD = re.compile("@([A-Z_]+)@")

COLUMNS_SAY = {
    "index": ("number", "the place of the row, from 0", "the same"),
    "time": ("RFC 3339 UTC", "when it was written, by the machine's clock, with microseconds", "the same"),
    "actor": ("text", "fingerprint of the device whose command it was; local for the vault itself", "the same"),
    "service": ("word", "the service that owns the record", "audit"),
    "kind": ("word", "what the record is; see below", "what the row is about; see below"),
    "subject": ("text", "the document's name, or what the record is about", "the command, the claim or the device"),
    "path": (
        "text",
        "the file of the record, from this folder on",
        "empty, except where the row owns torn bytes of its register",
    ),
    "offset": ("bytes", "where the record begins in that file", "the size of the record log when the row was written"),
    "length": ("bytes", "how long the record is", "how many entries of the record log the row authorises"),
    "sha256": ("hex", "SHA-256 of those bytes", "the root of the record log at that size"),
    "source": ("index", "the entry from which this one was derived", "empty"),
    "supersedes": ("index", "the entry that this one corrects or replaces", "empty"),
    "audit": ("index", "the audit row that authorised it", "empty"),
    "command": (
        "hex",
        "the identifier that the device gave to its command",
        "the same; behind a colon the digest of the command",
    ),
    "note": ("fields", "further fields and words", "what happened"),
}
"""Of each column: its unit, what it says in the record log, and what in the audit log."""

RECORD_KINDS = {
    "identity": "totebox.yaml; entry 0",
    "readme": "README.txt; entry 1, and later ones of a newer program",
    "timestamp": "an authority's answer (RFC 3161) over the SHA-256 of a checkpoint; the file's name says which",
    "torn": "owns the bytes that a crash left unfinished",
    "clock": "states that the clock stepped back",
    "key": "names the key that signs the log from here on",
    "restored": "names the key and origin under which the vault goes on after a restore",
}
"""Kinds of entries that the vault itself makes."""

AUDIT_KINDS = {
    AuditKind.CREATED: "the vault was made",
    AuditKind.SESSION_OPEN: "a paired device opened a session",
    AuditKind.SESSION_CLOSE: "a session ended",
    AuditKind.COMMAND: "a command was carried out; one that only reads included",
    AuditKind.REFUSED: "a command was not carried out, or a handshake was turned away",
    AuditKind.READ_SPAN: "a read is repeated: the row stands for several",
    AuditKind.READ_SPAN_END: "how many reads that row stood for",
    AuditKind.REFUSED_SPAN: "a refusal is repeated: the row stands for several",
    AuditKind.REFUSED_SPAN_END: "how many refusals that row stood for",
    AuditKind.SESSION_SPAN: "a device opens session after session: the row stands for several",
    AuditKind.SESSION_SPAN_END: "how many sessions that row stood for",
    AuditKind.RECORD_VERIFIED: "a person said yes to a claim",
    AuditKind.RECORD_REJECTED: "a person said no to a claim",
    AuditKind.RECORD_SKIPPED: "a person left a claim undecided",
    AuditKind.APPROVED: "a person confirmed a document: what the device's key signed, and its signature",
    AuditKind.ABANDONED: "a document was left before it became a record",
    AuditKind.INGESTED: "a service took in what arrived from outside",
    AuditKind.TICKET: "a ticket for a device was issued on the host",
    AuditKind.DEVICE: "a device's public key, its label, and its person as an ADMIN typed it",
    AuditKind.PAIRED: "a device was paired",
    AuditKind.PAIRING_UNDONE: "a pairing was cut off before it was granted",
    AuditKind.REVOKED: "a pairing was ended",
    AuditKind.REQUESTED: "a device without a ticket asked to be paired",
    AuditKind.DENIED: "such a request was turned down",
    AuditKind.EXPIRED: "nobody answered such a request in time",
    AuditKind.MARKED: "an ADMIN said whether a device's key is in hardware",
    AuditKind.NAMED: "an ADMIN said what a device is called",
    AuditKind.REQUIRED: "a role needs hardware keys, or no longer",
    AuditKind.CAP_GRANTED: "a capability was minted",
    AuditKind.CAP_REVOKED: "a capability was ended",
    AuditKind.COSIGNED: "a witness signed a checkpoint of this vault",
    AuditKind.KEY: "names the key that signs the audit log from here on",
    AuditKind.RESTORED: "the vault goes on under another key and origin",
    AuditKind.AUDIT_CLEAN: "a verification found nothing",
    AuditKind.AUDIT_FINDING: "a verification found something",
    AuditKind.HARDENED: "the kernel was told to refuse changes to records, even to root",
    AuditKind.SOFTENED: "that was undone",
    AuditKind.MODEL_CALL: "a language model was called",
    AuditKind.STARTED: "the daemon recovered the vault and serves it",
    AuditKind.STOPPED: "the daemon stopped in good order",
    AuditKind.CLOCK: "the clock stepped back",
    AuditKind.TORN: "the bytes that a crash left unfinished were given an owner",
}


class SegmentDescription(Protocol):
    """A CSV segment of a service, as its declaration describes it."""

    @property
    def service(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def says(self) -> str: ...

    @property
    def rows(self) -> Sequence[tuple[str, str, str]]:
        """(column, unit, what it means), in order."""
        ...


@dataclass(frozen=True, slots=True)
class Contents:
    """What the services of a vault write: `kinds` of records, each (service, kind, what it is), and CSV `segments`. `program` is the
    name and version of the program that makes the vault."""

    program: str
    kinds: tuple[tuple[str, str, str], ...] = ()
    segments: tuple[SegmentDescription, ...] = ()


def first_files(identity: VaultIdentity, contents: Contents | None = None) -> tuple[FoundingFile, ...]:
    """The files that the first entries of a vault own: `totebox.yaml`, and `README.txt`, which describes `contents`.

    Without `contents` nothing is known that a README could describe, and there is none: a log by itself, as tests make it.
    """
    first = FoundingFile("identity", IDENTITY_FILE, identity_text(identity).encode(), identity.entity)
    if contents is None:
        return (first,)
    return first, FoundingFile("readme", places.README, guide_text(identity, contents).encode(), places.README)


def guide_text(identity: VaultIdentity, contents: Contents) -> str:
    """The whole of `README.txt` of a vault that holds `contents`."""
    said = {
        "ENTITY": identity.entity,
        "KIND": identity.kind,
        "MADE": identity.created,
        "ORIGIN": identity.origin,
        "VKEY": identity.vkey,
        "AUDIT_VKEY": identity.audit_vkey,
        "PROGRAM": contents.program,
        "FORMAT": str(identity.format_version),
        "PLACES": _table((place.path, place.kind.value.upper(), place.says) for place in PLACES),
        "COLUMNS": _columns(),
        "RECORD_KINDS": _table([("fs", *row) for row in RECORD_KINDS.items()] + list(contents.kinds)),
        "AUDIT_KINDS": _table((kind.value, says) for kind, says in AUDIT_KINDS.items()),
        "ROLES": ", ".join(role.name for role in sorted(Role)),
        "SEGMENTS": "\n\n".join(map(_segment, contents.segments)) or "No service of this vault writes lines.",
        "WRITE_AHEAD": places.AHEAD,
        "RECIPE": _script("recipe.sh"),
        "TOOLS": _script("tools.sh"),
    }
    return FIELD.sub(lambda field: said[field[1]], _script("guide.txt")) + "\n"


def _script(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").rstrip("\n")


def _columns() -> str:
    rows = [("column", "unit", "in the record log"), *((name, *COLUMNS_SAY[name][:2]) for name in COLUMNS)]
    audit = [("column", "in the audit log"), *((name, COLUMNS_SAY[name][2]) for name in COLUMNS)]
    return f"{_table(rows)}\n\n{_table(audit)}"


def _segment(segment: SegmentDescription) -> str:
    head = f"assets/{segment.service}/{segment.name}/FIRST-ATTEMPT.csv: each line is {segment.says}."
    return f"{head}\n\n{_table(segment.rows)}"


def _table(rows: Iterable[Sequence[str]]) -> str:
    """Rows under one another; the last cell goes on in further lines where it is too long."""
    cells = [tuple(row) for row in rows]
    widths = [max(len(row[place]) for row in cells) + 2 for place in range(len(cells[0]) - 1)]
    return "\n".join(line for row in cells for line in _row(row, widths))


def _row(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    head = "    " + "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
    for number, piece in enumerate(wrap(row[-1], WIDTH - len(head)) or [""]):
        yield ((head if number == 0 else " " * len(head)) + piece).rstrip()
