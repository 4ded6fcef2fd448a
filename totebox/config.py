"""Where a Totebox is, where it listens, and its limits. Nothing heavy is imported here."""

import contextlib
import difflib
import hashlib
import os
import socket
import stat
from dataclasses import dataclass, field
from pathlib import Path

from protocol.errors import AddressError
from protocol.schema.numbers import Grade, Tier
from protocol.trust.address import Scheme, parse_address
from totebox.errors import ConfigError
from totebox.files import entrance
from totebox.vault.api import IDENTITY_BYTES, check_format
from totebox.vault.api import places as table

VERSION = "0.1.0"

KINDS = (
    "person",
    "personal",
    "household",
    "company",
    "corporation",
    "issuer",
    "public-issuer",
    "property",
    "real-property",
    "asset-manager",
    "project",
    "practice",
    "medical-practice",
    "firm",
    "law-firm",
    "partnership",
    "office",
    "family-office",
    "trust",
    "fleet",
)
"""The kinds of entities. The kind decides the Chart of Accounts."""

SOCKET_PATH_BYTES = 107
"""A Unix socket path holds 107 bytes and a NUL on Linux."""

MAX_OPEN_INTAKES = 64
"""The most documents that may be open at F12 at the same time, over all devices."""

LISTENING_BYTES, MOST_ADDRESSES = 1 << 16, 16
"""The most bytes and addresses of `local/serving/listening`."""

ZERO_COMPUTE_BYTES = 1 << 30
SOVEREIGN_BYTES = 24 << 30


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of one Totebox; `root` is absolute, links resolved."""

    root: Path

    @property
    def identity(self) -> Path:
        return self.root / table.IDENTITY

    @property
    def drops(self) -> Path:
        return self.root / table.DROPS

    @property
    def cache(self) -> Path:
        return self.root / table.CACHE

    @property
    def keys(self) -> Path:
        return self.root / table.KEYS

    @property
    def pairings(self) -> Path:
        return self.root / table.PAIRINGS

    @property
    def capabilities(self) -> Path:
        return self.root / table.CAPABILITIES

    @property
    def intake(self) -> Path:
        return self.root / table.INTAKE

    @property
    def lock(self) -> Path:
        return self.root / table.LOCK

    @property
    def listening(self) -> Path:
        """The file in which the running daemon lists its URIs, one a line."""
        return self.root / table.LISTENING


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of `os-totebox serve`."""

    places: Places
    listen: tuple[str, ...] = field(default=())
    tier: Tier = Tier.RELAY
    grade: Grade = Grade.KERNEL
    cage_log: bool = False
    """Whether system calls that no cage names are allowed and reported in the kernel's log."""
    certificate: tuple[Path, Path] | None = None
    """For `tls:` addresses: the certificate with its chain, and its key, both PEM."""


def places_of(directory: Path) -> Places:
    """The places of the Totebox at `directory`, which must have an identity.

    Raises:
        ConfigError: there is no Totebox there.
        NewerFormat, EarlierFormat: another program wrote it; nothing was touched.
    """
    root = Path(os.path.realpath(directory))
    remedy = f"make one with `os-totebox init {directory} --entity NAME --kind KIND`"
    if not root.is_dir():
        raise ConfigError(f"{directory} is not a directory; {remedy}")
    if entrance.stat_of(root, table.IDENTITY) is None:
        raise ConfigError(f"{directory} has no totebox.yaml, so it is not a Totebox; {remedy}")
    with contextlib.suppress(OSError, UnicodeDecodeError):  # what else is amiss with it says the verb that needs it
        check_format(entrance.read_file(root, table.IDENTITY, IDENTITY_BYTES).decode("utf-8"))
    return Places(root)


def entity_kind(word: str) -> str:
    """`word` as a kind of entity.

    Raises:
        ConfigError: no such kind; names the nearest one.
    """
    kind = "-".join(word.lower().split())
    if kind in KINDS:
        return kind
    near = difflib.get_close_matches(kind, KINDS, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ConfigError(f"{word!r} is not a kind of entity{hint} (one of {', '.join(KINDS)})")


def runtime_folder(environ: dict[str, str] | os._Environ[str], user: int | None = None) -> Path:
    """A folder that only `user` (by default the user of this process) can enter: `$XDG_RUNTIME_DIR/totebox`, else
    `/tmp/totebox-<uid>`.
    """
    base, mine = environ.get("XDG_RUNTIME_DIR", ""), user is None or user == os.getuid()
    # "/" + 16 hex digits + "/s.own" follow
    if mine and Path(base).is_absolute() and len(os.fsencode(base)) + len("/totebox/") + 23 <= SOCKET_PATH_BYTES:
        return Path(base) / "totebox"
    return Path(f"/tmp/totebox-{os.getuid() if user is None else user}")


def default_uri(root: Path, environ: dict[str, str] | os._Environ[str] = os.environ) -> str:
    """The `unix:` URI of the Totebox at `root` where no address is given. Its folder is named by a short hash of the
    path.

    No other Totebox of the same user writes in that folder, so none can take the socket's name. Root serves another
    user's vault as that user, hence the folder is that user's.
    """
    digest = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
    try:
        owner = root.stat().st_uid
    except OSError:
        owner = os.getuid()
    user = owner if os.getuid() == 0 else os.getuid()
    return f"unix:{runtime_folder(environ, user) / digest}/s"


def make_socket_folder(uri: str) -> None:
    """Create the folder of a `unix:` URI with mode 0700 where it is missing, and the one above it.

    Raises:
        ConfigError: the path is too long for a socket, or the folder in /tmp belongs to somebody else.
    """
    path = Path(uri.removeprefix("unix:"))
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        raise ConfigError(
            f"the socket path {path} has {len(os.fsencode(path))} bytes and may have {SOCKET_PATH_BYTES}; "
            "give a shorter one with --listen unix:/PATH"
        )
    shared = Path(f"/tmp/totebox-{os.geteuid()}")
    for folder in (*reversed(path.parent.parents), path.parent):
        if not os.path.lexists(folder):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        found = folder.lstat() if folder.is_relative_to(shared) else None
        if found and (
            found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077 or not stat.S_ISDIR(found.st_mode)
        ):
            raise ConfigError(f"{folder} can be entered by others; remove it or set XDG_RUNTIME_DIR")


def checked_listen(uri: str) -> str:
    """`uri` if the daemon can listen on it: `unix:/path`, `tcp:host:port` or `tls:host:port`.

    Raises:
        ConfigError: another scheme, a relative path or no port.
    """
    try:
        address = parse_address(uri)
    except AddressError as fault:
        raise ConfigError(str(fault)) from fault
    if address.scheme is Scheme.SSH:
        raise ConfigError(f"cannot listen on {uri!r}: ssh leads to a Totebox that listens on unix:/PATH")
    return uri


def hardware_tier() -> Tier:
    """The compute tier of this machine, from its memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory <= ZERO_COMPUTE_BYTES:
        return Tier.ZERO
    return Tier.IRON if memory >= SOVEREIGN_BYTES else Tier.RELAY


def listening(places: Places) -> list[str]:
    """The URIs of the running daemon, first the one in its tickets; [] when no daemon runs."""
    try:
        text = entrance.read_file(places.root, table.LISTENING, LISTENING_BYTES).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return []
    found = []
    for uri in text.split()[:MOST_ADDRESSES]:
        # The daemon writes nothing else; if another program wrote the file, that must not make this one fail.
        with contextlib.suppress(AddressError):
            found += [uri] if answers(uri) else []
    return found


def dialled(uri: str) -> str:
    """`uri` with the host's name in place of "any address"."""
    address = parse_address(uri)
    if address.scheme is Scheme.UNIX or address.host not in ("0.0.0.0", "::"):
        return uri
    return f"{address.scheme.value}:{socket.gethostname()}:{address.port}"


PROBE_S = 5.0
"""Seconds, long enough for a lost SYN to be sent again; a port without a listener answers at once."""


def answers(uri: str) -> bool:
    """Whether a program accepts connections at `uri` (`unix:` or `tcp:`)."""
    address = parse_address(uri)
    family = (
        socket.AF_UNIX if address.scheme is Scheme.UNIX else socket.AF_INET6 if ":" in address.host else socket.AF_INET
    )
    with socket.socket(family) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(address.path if address.scheme is Scheme.UNIX else (address.host, address.port))
        except OSError:
            return False
    return True
