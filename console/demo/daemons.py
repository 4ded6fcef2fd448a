"""The demo's Toteboxes as processes: each is started with `os-totebox`, and ends with the console."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from console.errors import LocalToteboxError
from console.setup.local_totebox import LocalTotebox, program

READY = re.compile(r"^ready (\S+)", re.MULTILINE)
START_S = 120.0
STOP_S = 10.0
"""Seconds after which a daemon that was asked to stop is killed; a vault survives that."""
LOOK_S = 0.02


@dataclass(slots=True)
class Daemon:
    """One Totebox of the demo. `directory` is its vault; `log` and `pid` files lie beside the vaults."""

    directory: Path
    log: Path
    pid_file: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def local(self) -> LocalTotebox:
        """The same directory, for `init` and `pair`."""
        return LocalTotebox(self.directory, self.log)

    async def start(self) -> str:
        """Serve the vault, unless a daemon does already; returns the address.

        Raises:
            LocalToteboxError: it ended or was not ready in time; the message quotes its last lines.
        """
        if self.local.is_up():
            return (self.directory / "local" / "serving" / "listening").read_text(encoding="utf-8").split()[0]
        offset = self.log.stat().st_size if self.log.exists() else 0
        return await self._ready(self.launch(), offset)

    def launch(self, listen: str = "") -> "subprocess.Popen[bytes]":
        """Start the program and return at once. It listens at `listen`, else at its default address."""
        words = [*program(), "serve", str(self.directory), *(["--listen", listen] if listen else [])]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "SSH_AUTH_SOCK": ""},
            )
        self.pid_file.write_text(f"{self._process.pid}\n", encoding="ascii")
        return self._process

    async def _ready(self, process: "subprocess.Popen[bytes]", offset: int) -> str:
        deadline = monotonic() + START_S
        while monotonic() < deadline:
            said = self.log.read_bytes()[offset:].decode("utf-8", "replace")
            if found := READY.search(said):
                return found[1]
            if process.poll() is not None:
                raise LocalToteboxError(
                    f"os-totebox serve {self.directory} ended with {process.returncode}: {said[-600:]}"
                )
            await asyncio.sleep(LOOK_S)
        raise LocalToteboxError(f"{self.directory} was not ready within {START_S:.0f} s; see {self.log}")

    def ask_to_stop(self) -> int | None:
        """Send SIGTERM to the daemon that serves the vault for the demo. Returns its process id, None when there is
        none.
        """
        pid = self._pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        return pid

    def wait_stopped(self, pid: int, deadline: float) -> None:
        """Wait until `pid` has ended; at `deadline` of the monotonic clock it is killed."""
        while self._is_alive(pid):
            if monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                deadline = monotonic() + STOP_S
            if self._process is not None and self._process.pid == pid:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(LOOK_S)
            else:
                _pause()
        self._process = None

    def _pid(self) -> int | None:
        if self._process is not None:
            return None if self._process.poll() is not None else self._process.pid
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return pid if self._is_alive(pid) else None

    def _is_alive(self, pid: int) -> bool:
        """Whether `pid` is still our daemon, and not another program that was given the same number since."""
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        return str(self.directory) in _command_line(pid)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        pass
    if Path("/proc/self").exists():
        return ""
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout


def _pause() -> None:
    """Let the other process run. It is no child of ours, so it cannot be waited for."""
    import select

    select.select([], [], [], LOOK_S)
