"""Address of a subject, as people write it: one grammar for every carrier.

    unix:/path                      a socket on this host
    tcp:host:port                   encrypted by PSP alone
    tls:host:port                   PSP inside TLS, which may end at a proxy; the host shows a certificate
    ssh:[user@]host[:port]/DIR      through ssh, to the Totebox whose directory there is /DIR

An IPv6 host is written in brackets. No address can name a program to run, since a ticket contains one and a stranger may have written it.
"""

import re
from dataclasses import dataclass
from enum import Enum

from protocol.errors import AddressError

MAX_UNIX_PATH_BYTES = 107
"""Size of the kernel's `sun_path` without the final zero."""
HOW = "write unix:/path, tcp:host:port, tls:host:port or ssh:[user@]host[:port]/DIR"


class Scheme(Enum):
    """The outermost pipe of a carrier."""

    UNIX = "unix"
    TCP = "tcp"
    TLS = "tls"
    SSH = "ssh"


@dataclass(frozen=True, slots=True)
class Address:
    """`path` is set for UNIX and SSH, `host` (without brackets) for all but UNIX, `port` for TCP and TLS; for SSH 0 is ssh's own."""

    scheme: Scheme
    path: str = ""
    host: str = ""
    port: int = 0
    user: str = ""

    def __str__(self) -> str:
        if self.scheme is Scheme.UNIX:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.scheme is not Scheme.SSH:
            return f"{self.scheme.value}:{host}:{self.port}"
        user, port = f"{self.user}@" if self.user else "", f":{self.port}" if self.port else ""
        return f"ssh:{user}{host}{port}{self.path}"


# Neither a host nor a user begins with "-": ssh would read an option.
_HOST = r"(?:\[([0-9A-Fa-f:.%]+)\]|([0-9A-Za-z_][0-9A-Za-z._-]*))"
_HOST_PORT = re.compile(_HOST + r":([0-9]{1,5})")
_SSH = re.compile(r"(?:([0-9A-Za-z_][0-9A-Za-z._-]*)@)?" + _HOST + r"(?::([0-9]{1,5}))?(/[^\x00-\x1f\x7f]*)")


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        AddressError: the message says what is wrong with it and how an address is written.
    """
    word, colon, rest = text.partition(":")
    if not colon or word not in ("unix", "tcp", "tls", "ssh"):
        raise AddressError(f"{text[:120]!r} is no address; {HOW}")
    scheme = Scheme(word)
    if scheme is Scheme.UNIX:
        return Address(scheme, path=_path(rest))
    if scheme is Scheme.SSH:
        return _ssh(text, rest)
    match = _HOST_PORT.fullmatch(rest)
    if match is None or int(match[3]) > 0xFFFF:
        raise AddressError(f"{text[:120]!r} is no {word} address; write {word}:host:port, IPv6 as {word}:[::1]:port")
    return Address(scheme, host=match[1] or match[2], port=int(match[3]))


def _ssh(text: str, rest: str) -> Address:
    match = _SSH.fullmatch(rest)
    if match is None or int(match[4] or 0) > 0xFFFF or (match[4] is not None and not int(match[4])):
        raise AddressError(
            f"{text[:120]!r} is no ssh address; write ssh:[user@]host[:port]/DIR, DIR being absolute there"
        )
    return Address(Scheme.SSH, path=match[5], host=match[2] or match[3], port=int(match[4] or 0), user=match[1] or "")


def _path(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise AddressError(f"a unix address needs an absolute path, not {path[:120]!r}")
    try:
        size = len(path.encode(errors="surrogateescape"))
    except UnicodeEncodeError as fault:
        raise AddressError(f"the socket path {path[:120]!r} is not text") from fault
    if size > MAX_UNIX_PATH_BYTES:
        raise AddressError(
            f"the socket path {path[:120]!r} has {size} bytes; the kernel holds {MAX_UNIX_PATH_BYTES}: use a shorter directory"
        )
    return path
