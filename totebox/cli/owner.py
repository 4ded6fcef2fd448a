"""Asks the running daemon of a Totebox on its owner's socket (`totebox.daemon.owner_socket`)."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.daemon.owner_socket import ANSWER_S, LINE_BYTES, owner_socket_path, uid_at
from totebox.errors import ConfigError
from totebox.gate.names import safe_line

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


@dataclass(frozen=True, slots=True)
class Serving:
    """What the running daemon says of itself: the process ids of its writer, the writer's grade, and why that is less than the
    kernel's where its owner wanted it so. No writer where no daemon of this owner answers, or it names none.
    """

    writers: tuple[int, ...] = ()
    grade: Grade = Grade.KERNEL
    why: str = ""


def serving(root: Path) -> Serving:
    """What the daemon of `root` says; what it leaves out, or says in another form, stays as it is in `Serving()`."""
    try:
        answer = ask_daemon(root, {"processes": True}, "name its processes", PROCESSES_S) or {}
    except ConfigError:
        return Serving()
    processes, grade, why = (answer.get(name) for name in ("processes", "grade", "why"))
    found = processes.get("writer") if isinstance(processes, dict) else None
    pids = tuple(pid for pid in found if type(pid) is int) if isinstance(found, list) else ()
    said = next((each for each in Grade if each.value == grade), Grade.KERNEL)
    return Serving(pids, said, safe_line(why) if isinstance(why, str) else "")


def _places(root: Path) -> list[Path]:
    """Where the daemon may have bound the socket: under a service manager its environment may differ from a shell's."""
    here = owner_socket_path(root)
    folders = (here.parent, Path(f"/run/user/{os.getuid()}/totebox"), Path(f"/tmp/totebox-{os.getuid()}"))
    return [folder / here.name for folder in dict.fromkeys(folders)]
