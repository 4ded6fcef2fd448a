"""Asks the running daemon of a Totebox on its owner's socket (`totebox.daemon.owner_socket`)."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from totebox.daemon.owner_socket import ANSWER_S, LINE_BYTES, owner_socket_path, uid_at
from totebox.errors import ConfigError

PROCESSES_S = 5.0
"""Seconds in which a daemon has to name its processes; it needs no disk for that."""


def ask_daemon(
    root: Path, question: Mapping[str, object], what: str, within_s: float = ANSWER_S
) -> dict[str, object] | None:
    """The answer of the daemon of `root`; None where no daemon of this owner answers. `what` names the question in an
    error.

    Raises:
        ConfigError: another user's process answers, or the answer has another form.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(within_s)
        if not any(sock.connect_ex(str(path)) == 0 for path in _places(root)):
            return None
        if uid_at(sock) not in (os.getuid(), 0):
            raise ConfigError(f"{sock.getpeername()} is answered by another user; remove it and start the daemon again")
        try:
            sock.sendall(json.dumps(question).encode() + b"\n")
            with sock.makefile("rb") as stream:
                answer = json.loads(stream.readline(LINE_BYTES))
        except (OSError, ValueError, RecursionError) as fault:
            raise ConfigError(f"the daemon of {root} did not {what}: {fault}; run the command again") from fault
    return answer if isinstance(answer, dict) else {}


def writers(root: Path) -> list[int]:
    """The process ids of the running daemon's writer; [] where no daemon of this owner answers, or it names none."""
    try:
        answer = ask_daemon(root, {"processes": True}, "name its processes", PROCESSES_S) or {}
    except ConfigError:
        return []
    processes = answer.get("processes")
    found = processes.get("writer") if isinstance(processes, dict) else None
    return [pid for pid in found if type(pid) is int] if isinstance(found, list) else []


def _places(root: Path) -> list[Path]:
    """Where the daemon may have bound the socket: under a service manager its environment may differ from a shell's."""
    here = owner_socket_path(root)
    folders = (here.parent, Path(f"/run/user/{os.getuid()}/totebox"), Path(f"/tmp/totebox-{os.getuid()}"))
    return [folder / here.name for folder in dict.fromkeys(folders)]
