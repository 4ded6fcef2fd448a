"""Places: one table of every file and folder of a vault, who reads and writes each, and whether a copy of the vault needs it.

Paths are relative to the vault, with `/`. A path that ends in `/` is a folder, with everything below it that has no row of its own; `*`
stands for any part of one name. A file that is in no row is not opened and not copied, and is a finding in the folders of the record.

The cages get their grants from these rows; walls, move, restore, verify, doctor and the creation of a vault read them, and a test compares
the table in `totebox/README.md` with them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Holding(Enum):
    """What a place holds, which decides how it is treated."""

    RECORD = "record"
    """Append-only, never changed, proved by the logs. This, and nothing else, is what `os-totebox copy` writes."""
    SECRET = "secret"
    """Below `secret/`, mode 0600 in folders of 0700: whoever has it can be the Totebox, or a device that is paired with it."""
    LOCAL = "local"
    """Below `local/`: what makes this copy this one. Not made again where it is lost, and of no use elsewhere."""
    DISPOSABLE = "disposable"
    """Below `cache/`: made again from the records, or cleared at a start."""
    OPERATOR = "operator's"
    """A file that a person edits; sealed as a record each time its content changes."""
    DROPS = "drop folder"
    """A person puts documents in, F12 lets go of them. No record yet."""


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
    kind: Holding
    reads: frozenset[Process]
    writes: frozenset[Process]
    mode: int
    says: str
    is_walled: bool = False

    @property
    def is_copied(self) -> bool:
        """Whether `os-totebox copy` writes it."""
        return self.kind is Holding.RECORD

    @property
    def is_folder(self) -> bool:
        return self.path.endswith("/")

    @property
    def name(self) -> str:
        """The path without the `/` at its end."""
        return self.path.rstrip("/")


IDENTITY, README = "totebox.yaml", "README.txt"
ASSETS, LEDGER = "assets", "ledger"
REGISTER, CHECKPOINTS = "ledger/register", "ledger/checkpoints"
AUDIT = "ledger/audit"
TIMESTAMPS = "ledger/timestamps"
AUDIT_REGISTER, AUDIT_CHECKPOINTS = "ledger/audit/register", "ledger/audit/checkpoints"

DROPS = "app-console-input"
CHART, DICTIONARY, SETTINGS, EMAIL, BOOKS = "chart.csv", "dictionary.csv", "settings.toml", "email.toml", "books.toml"

SECRET, KEYS, DEVICES, MAIL = "secret", "secret/keys", "secret/devices", "secret/mail"
SEALED = "secret/sealed"
PAIRINGS, CAPABILITIES = "secret/devices/pairings", "secret/devices/capabilities"
SERVING_KEYS = ("static.key", "device.key")

LOCAL, SERVING = "local", "local/serving"
HOME, RETIRED, LOCK, WALLS, AHEAD = "local/home", "local/retired", "local/lock", "local/walls", "local/write-ahead"
LISTENING = "local/serving/listening"

CACHE, NOTE = "cache", "cache/NOTE.txt"
INTAKE, TILES, AUDIT_TILES = "cache/intake", "cache/tiles/records", "cache/tiles/audit"
BALLAST = "cache/ballast"

_W, _D, _R, _V, _C, _H = Process
_ALL = frozenset(Process)
_SEALED, _GROWS, _PRIVATE = 0o444, 0o644, 0o600


def _place(
    path: str,
    kind: Holding,
    reads: tuple[Process, ...],
    writes: tuple[Process, ...],
    says: str,
    *,
    mode: int = _PRIVATE,
    walled: bool = False,
) -> Place:
    return Place(path, kind, frozenset(reads), frozenset(writes), mode, says, walled)


PLACES = (
    _place("totebox.yaml", Holding.RECORD, (_W, _D, _V, _C, _H), (_C,), "who this is; entry 0 owns it", mode=_SEALED, walled=True),
    _place("README.txt", Holding.RECORD, (_W, _V, _C, _H), (_C,), "how to read and verify all this", mode=_SEALED, walled=True),
    _place("assets/", Holding.RECORD, (_W, _V, _C, _H), (_W, _C), "originals, text, claims", mode=_SEALED, walled=True),
    _place("ledger/register/", Holding.RECORD, (_W, _V, _C, _H), (_W, _C), "the rows of the record log", mode=_GROWS, walled=True),
    _place("ledger/checkpoints/", Holding.RECORD, (_W, _V, _C, _H), (_W, _C), "its signed heads", mode=_SEALED, walled=True),
    _place("ledger/audit/register/", Holding.RECORD, (_W, _D, _V, _C, _H), (_W, _C), "the rows of the audit log", mode=_GROWS, walled=True),
    _place("ledger/audit/checkpoints/", Holding.RECORD, (_W, _V, _C, _H), (_W, _C), "its signed heads", mode=_SEALED, walled=True),
    _place("ledger/timestamps/", Holding.RECORD, (_W, _V, _C, _H), (_C,), "timestamps of heads, if any", mode=_SEALED, walled=True),
    _place("chart.csv", Holding.OPERATOR, (_W, _D), (), "your own Chart of Accounts", mode=_GROWS),
    _place("dictionary.csv", Holding.OPERATOR, (_R,), (), "your own names", mode=_GROWS),
    _place("settings.toml", Holding.OPERATOR, (), (), "country, day/month order, languages", mode=_GROWS),
    _place("email.toml", Holding.OPERATOR, (), (), "mailboxes", mode=_GROWS),
    _place("books.toml", Holding.OPERATOR, (), (), "how the books are kept", mode=_GROWS),
    _place("app-console-input/", Holding.DROPS, (_D,), (_D,), "the drop folder of F12", mode=_GROWS),
    _place("secret/keys/static.key", Holding.SECRET, (_D, _C), (_C,), "who the Totebox is, on the wire"),
    _place("secret/keys/device.key", Holding.SECRET, (_D, _C), (_C,), "who the Totebox is, on the wire"),
    _place("secret/keys/*.key", Holding.SECRET, (_W, _C), (_C,), "sign the logs"),
    _place("secret/devices/pairings", Holding.SECRET, (_D, _C), (_D, _C), "the pairing book"),
    _place("secret/devices/capabilities", Holding.SECRET, (_D, _C), (_D,), "the capability book"),
    _place("secret/devices/*.lock", Holding.SECRET, (_D, _C), (_D, _C), "who writes a book; empty"),
    _place("secret/devices/.*.draft", Holding.SECRET, (), (_D, _C), "what a crash left of a book that was replaced"),
    _place("secret/sealed", Holding.SECRET, (_C,), (_C,), "all of it under a passphrase; nothing is served meanwhile"),
    _place("secret/.*.draft", Holding.SECRET, (), (_C,), "what a crash left of that"),
    _place("secret/mail/", Holding.SECRET, (_D, _C), (_C,), "what mailboxes are opened with"),
    _place("local/home", Holding.LOCAL, (_W, _D, _C, _H), (_C,), "where the vault lives; tells a copy from it"),
    _place("local/retired", Holding.LOCAL, (_W, _D, _C, _H), (_C,), "where it went"),
    _place("local/walls", Holding.LOCAL, (_C, _H), (_H,), "when it was hardened"),
    _place("local/lock", Holding.LOCAL, (_W, _D, _V, _C, _H), (_W, _C), "who writes the vault"),
    _place("local/write-ahead", Holding.LOCAL, (_W, _V, _C, _H), (_W, _C), "copies of what was acknowledged last"),
    _place("local/serving/listening", Holding.LOCAL, (_D, _C), (_D,), "where the daemon listens"),
    _place("local/serving/.*.draft", Holding.LOCAL, (), (_D,), "what a crash left of it"),
    _place("cache/NOTE.txt", Holding.DISPOSABLE, (), (_D, _C), "says that all of this may be deleted"),
    _place("cache/intake/", Holding.DISPOSABLE, (_W, _D, _R), (_D,), "documents on their way; cleared at start"),
    _place("cache/ballast", Holding.DISPOSABLE, (), (_D,), "8 MiB that are let go when the disk is full"),
    _place("cache/tiles/", Holding.DISPOSABLE, (_W, _V, _C), (_W, _C), "hashes of the trees"),
    _place("cache/.*.draft", Holding.DISPOSABLE, (), (_D,), "what a crash left of the intake"),
    _place("cache/*.sqlite*", Holding.DISPOSABLE, (_D,), (_D,), "search indexes"),
)  # fmt: skip

FOLDERS = (
    *(DROPS, ASSETS, REGISTER, CHECKPOINTS, AUDIT_REGISTER, AUDIT_CHECKPOINTS),
    *(SECRET, KEYS, DEVICES, LOCAL, SERVING, CACHE, INTAKE, TILES, AUDIT_TILES),
)
"""The folders of a new vault, each before those that lie in it."""
PRIVATE = (SECRET, KEYS, DEVICES, LOCAL, SERVING, CACHE)
"""The folders of `FOLDERS` that their owner alone may enter (0700)."""
MADE_AGAIN = (DROPS, SECRET, DEVICES, LOCAL, SERVING, CACHE, INTAKE, "cache/tiles")
"""The folders that a vault may lack, each before those that lie in it: they are made again before it is served."""
KEPT = (DEVICES, SERVING, CACHE)
"""The folders in which a daemon makes, replaces and lets go of files."""
OPERATORS_FILES = tuple(place.path for place in PLACES if place.kind is Holding.OPERATOR)
"""The files that a person edits by hand; what they hold is sealed as a record each time it changes."""
RECORD_FOLDERS = tuple(
    place.name for place in PLACES if place.kind is Holding.RECORD and place.is_folder and place.name != TIMESTAMPS
)
"""The folders of the record that every vault has. When one is missing, the vault cannot be verified."""
WALLED_ROOMS = tuple(dict.fromkeys(place.path.split("/")[0] for place in PLACES if place.is_walled and place.is_folder))
"""The folders at the top of a vault that `harden` gives attributes, with all below them."""
WALLED_FILES = tuple(place.path for place in PLACES if place.is_walled and not place.is_folder)
"""The files at the top of a vault that `harden` makes immutable."""
REGISTERS = (REGISTER, AUDIT_REGISTER)


def names_of(folder: str) -> frozenset[str]:
    """The names of files and folders in `folder` that the rows know."""
    below = (place.name.removeprefix(f"{folder}/") for place in PLACES if place.path.startswith(f"{folder}/"))
    return frozenset(name.partition("/")[0] for name in below)


def of_kind(kind: Holding) -> Iterator[Place]:
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
