"""How many connections the listener accepts, derived from how many descriptors this process may have open.

limit | held at start | RESERVE | connections, of which `unopened` may be without a session
"""

import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

RESERVE = 40
"""Descriptors for the daemon's own work: files, indexes, a document that is read (3), a verification (2), a write to the journal (3)."""
MAX_UNOPENED = 2_048
MAX_CONNECTIONS = 16_384
LEAST = 4
"""The least number of connections, whatever the limit is."""
HELD = 40
"""The number of open descriptors that is assumed where the system does not say."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """At most `connections` in all, at most `unopened` of them without a session (with TLS, as many again may be in the
    TLS handshake).
    """

    connections: int = MAX_CONNECTIONS
    unopened: int = MAX_UNOPENED


def raise_limit() -> None:
    """Raise this process's soft limit of open files to the hard one, if the system permits it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def limit_now() -> int:
    """How many descriptors this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 30


def held_now() -> int:
    """How many descriptors this process has open."""
    with suppress(OSError):
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    return HELD


def capacity_for(limit: int, held: int, *, tls: bool) -> Capacity:
    """The capacity of a process that may have `limit` descriptors open and has `held` open."""
    free = limit - held - RESERVE
    unopened = max(LEAST, min(MAX_UNOPENED, free // (4 if tls else 2)))
    return Capacity(max(2 * LEAST, min(MAX_CONNECTIONS, free - (unopened if tls else 0))), unopened)
