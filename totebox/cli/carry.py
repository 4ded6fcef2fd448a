"""`os-totebox carry DIR`: connects this process's stdin and stdout to the daemon of DIR.

`ssh HOST os-totebox carry DIR` runs it at the far end. It reads no key and decodes no byte: PSP inside it is encrypted
between the console and the daemon. The daemon itself never dials; a person starts this program.
"""

import contextlib
import os
import socket
import threading
from pathlib import Path

from protocol.trust.address import Scheme, parse_address
from totebox.config import listening, places_of
from totebox.errors import ConfigError

PIECE_BYTES = 65_536


def carry(directory: Path, source: int = 0, sink: int = 1) -> None:
    """Pass bytes both ways until the daemon ends the connection. At most two blocks are in memory.

    Raises:
        ConfigError: there is no Totebox, or no daemon serves it now.
    """
    places = places_of(directory)
    uris = listening(places)
    if not uris:
        raise ConfigError(f"nobody serves {directory} now; run: os-totebox serve {directory}")
    with _connected(uris) as pipe:
        threading.Thread(target=_up, args=(source, pipe), daemon=True).start()
        with contextlib.suppress(ConnectionError, BrokenPipeError):
            while piece := pipe.recv(PIECE_BYTES):
                _write(sink, piece)


def _connected(uris: list[str]) -> socket.socket:
    """Connect to the daemon's Unix socket where it has one, else to its first port."""
    addresses = sorted((parse_address(uri) for uri in uris), key=lambda each: each.scheme is not Scheme.UNIX)
    near = addresses[0]
    if near.scheme is Scheme.UNIX:
        pipe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        pipe.connect(near.path)
        return pipe
    if near.scheme is Scheme.TLS:
        raise ConfigError(f"the daemon listens on {near} alone; give it --listen unix:/PATH as well")
    return socket.create_connection((near.host, near.port))


def _up(source: int, pipe: socket.socket) -> None:
    """Pass stdin to the daemon. At the end of stdin only this direction is closed; the daemon's answers still
    arrive.
    """
    with contextlib.suppress(OSError):
        while piece := os.read(source, PIECE_BYTES):
            pipe.sendall(piece)
        pipe.shutdown(socket.SHUT_WR)


def _write(sink: int, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(sink, left) :]
