"""Places: one table of every file and folder of a vault, who reads and writes each, and whether a copy of the vault needs it.

Paths are relative to the vault, with `/`. A path that ends in `/` is a folder, with everything below it that has no row of its own; `*`
stands for any part of one name. A file that is in no row is not opened and not copied, and is a finding in the folders of the record.

The cages get their grants from these rows; walls, move, restore, verify, doctor and the creation of a vault read them, and a test compares
the table in `totebox/README.md` with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a place holds, which decides how it is treated."""

    RECORD = "record"
    """Append-only, never changed, proved by the logs."""
    SECRET = "secret"
    """Mode 0600. A person who has it can act as the Totebox, or as a device that is paired with it."""
    DISPOSABLE = "disposable"
    """Rebuilt from the records, or cleared at a start."""
    LOCAL = "local"
    """Valid for this copy on this machine alone."""
    OPERATOR = "operator's"
    """Written by a person and read by the Totebox, which removes files from the drop folder alone."""


class Process(Enum):
    """The kinds of processes of a Totebox."""

    WRITER = "writer"
    DAEMON = "daemon"
    READER = "document reader"
    VERIFIER = "verifier"
    COMMAND = "command line"
    HARDENING = "root's hardening"


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the table. `mode` is the mode of its files; `is_walled` says that `os-totebox harden` gives it attributes."""

    path: str
    kind: Kind
    reads: frozenset[Process]
    writes: frozenset[Process]
    is_copied: bool
    mode: int
    says: str
    is_walled: bool = False

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    @property
    def name(self) -> str:
        """The path without the `/` at its end."""
        return self.path.rstrip("/")


IDENTITY = "totebox.yaml"
CHART, DICTIONARY = "chart.csv", "dictionary.csv"
DROPS = "app-console-input"
ASSETS, LEDGER, KEYS, STATE = "assets", "ledger", "keys", "state"
EARLIER_KEYS = "state/keys"
REGISTER, CHECKPOINTS, AHEAD = "ledger/register", "ledger/checkpoints", "ledger/write-ahead"
AUDIT = "ledger/audit"
AUDIT_REGISTER, AUDIT_CHECKPOINTS = "ledger/audit/register", "ledger/audit/checkpoints"
INTAKE, TILES, AUDIT_TILES = "state/intake", "state/tiles/records", "state/tiles/audit"
PAIRINGS, CAPABILITIES = "state/pairings", "state/capabilities"
BALLAST = "state/ballast"
HOME, RETIRED, LOCK, WALLS, LISTENING = "state/home", "state/retired", "state/lock", "state/walls", "state/listening"
SERVING_KEYS = ("static.key", "device.key")

_W, _D, _R, _V, _C, _H = Process
_ALL = frozenset(Process)
_SEALED, _GROWS, _PRIVATE = 0o444, 0o644, 0o600


def _place(
    path: str,
    kind: Kind,
    reads: tuple[Process, ...],
    writes: tuple[Process, ...],
    says: str,
    *,
    copied: bool = True,
    mode: int = _PRIVATE,
    walled: bool = False,
) -> Place:
    return Place(path, kind, frozenset(reads), frozenset(writes), copied, mode, says, walled)


PLACES = (
    _place("totebox.yaml", Kind.RECORD, (_W, _D, _V, _C, _H), (_C,), "who this is; entry 0 owns it", mode=_SEALED, walled=True),
    _place("chart.csv", Kind.OPERATOR, (_W, _D), (), "your own Chart of Accounts", mode=_GROWS),
    _place("dictionary.csv", Kind.OPERATOR, (_R,), (), "your own names", mode=_GROWS),
    _place("app-console-input/", Kind.OPERATOR, (_D,), (_D,), "the drop folder of F12", copied=False, mode=_GROWS),
    _place("assets/", Kind.RECORD, (_W, _V, _C, _H), (_W, _C), "originals, text, claims", mode=_SEALED, walled=True),
    _place("ledger/register/", Kind.RECORD, (_W, _V, _C, _H), (_W, _C), "the rows of the record log", mode=_GROWS, walled=True),
    _place("ledger/checkpoints/", Kind.RECORD, (_W, _V, _C, _H), (_W, _C), "its signed heads", mode=_SEALED, walled=True),
    _place("ledger/audit/register/", Kind.RECORD, (_W, _D, _V, _C, _H), (_W, _C), "the rows of the audit log", mode=_GROWS, walled=True),
    _place("ledger/audit/checkpoints/", Kind.RECORD, (_W, _V, _C, _H), (_W, _C), "its signed heads", mode=_SEALED, walled=True),
    _place("ledger/write-ahead", Kind.RECORD, (_W, _V, _C, _H), (_W, _C), "copies of what was acknowledged last", mode=_GROWS),
    _place("keys/static.key", Kind.SECRET, (_D, _C), (_C,), "who the Totebox is, on the wire"),
    _place("keys/device.key", Kind.SECRET, (_D, _C), (_C,), "who the Totebox is, on the wire"),
    _place("keys/*.key", Kind.SECRET, (_W, _C), (_C,), "sign the logs"),
    _place("state/keys/", Kind.SECRET, (_W, _D, _C), (), "where an earlier version had `keys/`"),
    _place("state/pairings", Kind.SECRET, (_D, _C), (_D, _C), "the pairing book"),
    _place("state/pairings.lock", Kind.LOCAL, (_D, _C), (_D, _C), "who writes the pairing book", copied=False),
    _place("state/capabilities", Kind.SECRET, (_D, _C), (_D,), "the capability book"),
    _place("state/capabilities.lock", Kind.LOCAL, (_D, _C), (_D,), "who writes the capability book", copied=False),
    _place("state/home", Kind.LOCAL, (_W, _D, _C, _H), (_C,), "where the vault lives; tells a copy from it"),
    _place("state/retired", Kind.LOCAL, (_W, _D, _C, _H), (_C,), "where it went"),
    _place("state/walls", Kind.LOCAL, (_C, _H), (_H,), "when it was hardened"),
    _place("state/lock", Kind.LOCAL, (_W, _V, _C, _H), (_W, _C), "who writes the vault", copied=False),
    _place("state/listening", Kind.LOCAL, (_D, _C), (_D,), "where the daemon listens", copied=False),
    _place("state/intake/", Kind.DISPOSABLE, (_W, _D, _R), (_D,), "documents on their way; cleared at start", copied=False),
    _place("state/ballast", Kind.DISPOSABLE, (), (_D,), "8 MiB that are let go when the disk is full", copied=False),
    _place("state/tiles/", Kind.DISPOSABLE, (_W, _V, _C), (_W, _C), "hashes of the trees", copied=False),
    _place("state/*.sqlite*", Kind.DISPOSABLE, (_D,), (_D,), "search indexes", copied=False),
    _place("state/.*.draft", Kind.DISPOSABLE, (), (_D, _C), "what a crash left of a file that was replaced", copied=False),
)  # fmt: skip

FOLDERS = (DROPS, ASSETS, REGISTER, CHECKPOINTS, AUDIT_REGISTER, AUDIT_CHECKPOINTS, KEYS, INTAKE, TILES, AUDIT_TILES)
"""The folders of a new vault; each is covered by a row of the table."""
RECORD_FOLDERS = tuple(place.name for place in PLACES if place.kind is Kind.RECORD and place.is_folder)
"""The folders of the record. When one is missing, the vault cannot be verified."""
WALLED_ROOMS = tuple(dict.fromkeys(place.path.split("/")[0] for place in PLACES if place.is_walled and place.is_folder))
"""The top folders of a vault to which `harden` gives attributes, with everything below them."""
REGISTERS = (REGISTER, AUDIT_REGISTER)


def names_of(folder: str) -> frozenset[str]:
    """The names of files and folders in `folder` that the rows know."""
    below = (place.name.removeprefix(f"{folder}/") for place in PLACES if place.path.startswith(f"{folder}/"))
    return frozenset(name.partition("/")[0] for name in below)


def of_kind(kind: Kind) -> Iterator[Place]:
    """The rows of one kind."""
    return (place for place in PLACES if place.kind is kind)


def written_by(process: Process) -> Iterator[Place]:
    """The rows that a process of this kind writes."""
    return (place for place in PLACES if process in place.writes)


def read_by(process: Process) -> Iterator[Place]:
    """The rows that a process of this kind reads."""
    return (place for place in PLACES if process in place.reads)


def table_lines() -> Iterator[str]:
    """The table as `totebox/README.md` shows it."""
    yield "| place | what | kind | read by | written by | copied | mode |"
    yield "|---|---|---|---|---|---|---|"
    for place in PLACES:
        copied = "yes" if place.is_copied else "no"
        cells = (
            f"`{place.path}`",
            place.says,
            place.kind.value,
            _who(place.reads),
            _who(place.writes),
            copied,
            f"{place.mode:04o}",
        )
        yield f"| {' | '.join(cells)} |"


def _who(processes: frozenset[Process]) -> str:
    return ", ".join(process.value for process in Process if process in processes) or "nobody"
