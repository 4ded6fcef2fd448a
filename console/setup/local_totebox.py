"""A Totebox on the console's own host: created, started and found again by running `os-totebox`.

The daemon is started in a session of its own and writes to a log file, so it outlives the console. Nothing of the
subject side is imported here: the same command lines can be typed by hand.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from console.errors import LocalToteboxError

START_TIMEOUT_S = 60.0
_TICKET = re.compile(r"psp://\S+")
_READY = re.compile(r"^ready (\S+)", re.MULTILINE)


def program() -> tuple[str, ...]:
    """The command line of `os-totebox`: beside this interpreter, else on PATH.

    Raises:
        LocalToteboxError: it is in neither place.
    """
    beside = Path(sys.executable).with_name("os-totebox")
    found = str(beside) if beside.exists() else shutil.which("os-totebox")
    if found is None:
        raise LocalToteboxError(f"os-totebox is neither beside {sys.executable} nor on PATH; install the package again")
    return (found,)


def answers(uri: str) -> bool:
    """Whether something accepts connections at a `unix:/path` address; False for other kinds of address."""
    kind, _, path = uri.partition(":")
    if kind != "unix":
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


@dataclass(slots=True)
class LocalTotebox:
    """One directory that `os-totebox` serves on this host. `log` receives the daemon's output."""

    directory: Path
    log: Path
    command: Sequence[str] = field(default_factory=program)
    pid: int = 0
    """The process id of the daemon that this object started."""

    def exists(self) -> bool:
        """Whether it has been created."""
        return (self.directory / "totebox.yaml").exists()

    def init(self, entity: str, kind: str) -> str:
        """Create it. Returns the first ticket's text.

        Raises:
            LocalToteboxError: `os-totebox init` failed; the message quotes its output.
        """
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        return self._ticket("init", str(self.directory), "--entity", entity, "--kind", kind)

    def ticket(self, role: str) -> str:
        """Another ticket for `role`."""
        return self._ticket("pair", str(self.directory), "--role", role)

    def _ticket(self, *arguments: str) -> str:
        text = self._run(*arguments)
        found = _TICKET.search(text)
        if found is None:
            raise LocalToteboxError(f"os-totebox {arguments[0]} printed no ticket: {text.strip()[-400:]}")
        return found.group(0)

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [*self.command, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LocalToteboxError(f"os-totebox {arguments[0]} could not be run: {error}") from error
        if done.returncode:
            words = (done.stderr.strip() or done.stdout.strip())[-600:]
            raise LocalToteboxError(f"os-totebox {arguments[0]} failed with {done.returncode}: {words}")
        return done.stdout

    def is_up(self) -> bool:
        """Whether a daemon serves it: a program answers at the address that the last daemon wrote."""
        try:
            said = (self.directory / "local" / "serving" / "listening").read_text(encoding="utf-8")
        except OSError:
            return False
        return any(answers(uri) for uri in said.split())

    def ensure_up(self) -> None:
        """Start the daemon unless one serves the directory already. Raises LocalToteboxError."""
        if not self.is_up():
            self.start()

    def start(self, waiting: Callable[[], None] = lambda: None) -> str:
        """Start the daemon and return its address, when it prints `ready`.

        Args:
            waiting: called about every 50 ms until then.

        Raises:
            LocalToteboxError: it ended, or was not ready in time; the message names the log and quotes its last lines.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            offset = os.fstat(fd).st_size
            pid = self.pid = self._spawn(fd)
        finally:
            os.close(fd)
        watch = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
        try:
            return self._wait_ready(pid, watch, offset, waiting)
        finally:
            if watch >= 0:
                os.close(watch)

    def _spawn(self, log_fd: int) -> int:
        """Start the daemon as leader of a session of its own, so that no terminal and no signal of the console reaches
        it.
        """
        argv = [*self.command, "serve", str(self.directory)]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log_fd, 1),
            (os.POSIX_SPAWN_DUP2, log_fd, 2),
        ]
        environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environ.pop("SSH_AUTH_SOCK", None)  # an agent belongs to the person, and no vault may use it
        try:
            return os.posix_spawn(argv[0], argv, environ, file_actions=actions, setsid=True)
        except OSError as error:
            raise LocalToteboxError(f"{argv[0]} could not be started: {error}") from error

    def _wait_ready(self, pid: int, watch: int, offset: int, waiting: Callable[[], None]) -> str:
        import select

        deadline = monotonic() + START_TIMEOUT_S
        while monotonic() < deadline:
            said = self._said(offset)
            if ready := _READY.search(said):
                return ready.group(1)
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                words = self._said(offset).strip()[-600:]
                raise LocalToteboxError(f"os-totebox serve {self.directory} ended with {code}: {words}")
            select.select([watch] if watch >= 0 else [], [], [], 0.05)
            waiting()
        raise LocalToteboxError(f"{self.directory} was not ready within {START_TIMEOUT_S:.0f} s; see {self.log}")

    def _said(self, offset: int) -> str:
        with self.log.open("rb") as stream:
            stream.seek(offset)
            return stream.read(65_536).decode("utf-8", "replace")
