"""Where a subject listens, as people write it: `unix:/path`, `tcp:host:port`, `tls:host:port`; IPv6 hosts in brackets."""

import re
from enum import Enum

from protocol.errors import AddressError
from protocol.values import dataclass

MAX_UNIX_PATH_BYTES = 107
"""What the kernel's `sun_path` holds, less the closing zero."""


class Scheme(Enum):
    """The outermost pipe of a carrier."""

    UNIX = "unix"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Address:
    """`path` is set for UNIX, `host` (without brackets) and `port` for TCP and TLS."""

    scheme: Scheme
    path: str = ""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        if self.scheme is Scheme.UNIX:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme.value}:{host}:{self.port}"


_HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([0-9A-Za-z._-]+)):([0-9]{1,5})")


def parse_address(text: str) -> Address:
    """The address that `text` writes.

    Raises:
        AddressError: says what is wrong with it and how one is written.
    """
    word, colon, rest = text.partition(":")
    if not colon or word not in ("unix", "tcp", "tls"):
        raise AddressError(f"{text[:120]!r} is no address; write unix:/path, tcp:host:port or tls:host:port")
    scheme = Scheme(word)
    if scheme is Scheme.UNIX:
        return Address(scheme, path=_path(rest))
    match = _HOST_PORT.fullmatch(rest)
    if match is None or int(match[3]) > 0xFFFF:
        raise AddressError(f"{text[:120]!r} is no {word} address; write {word}:host:port, IPv6 as {word}:[::1]:port")
    return Address(scheme, host=match[1] or match[2], port=int(match[3]))


def _path(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise AddressError(f"a unix address needs an absolute path, not {path[:120]!r}")
    if (size := len(path.encode(errors="surrogateescape"))) > MAX_UNIX_PATH_BYTES:
        raise AddressError(
            f"the socket path {path[:120]!r} has {size} bytes; the kernel holds {MAX_UNIX_PATH_BYTES}: use a shorter directory"
        )
    return path
