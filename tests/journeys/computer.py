"""A computer of a test's own: its directories, the programs on it, the daemons that run. Everything is real."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.patience import PROGRAM_S, WAIT_S
from tests.processes import words


def program(name: str) -> str:
    """The installed program beside this interpreter."""
    return str(Path(sys.executable).with_name(name))


class Computer:
    """XDG directories under `home`, and `os-console` and `os-totebox` run in them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.work = home / "work"
        for folder, mode in ((home / "run", 0o700), (self.work, 0o755), (home / "Downloads", 0o755)):
            folder.mkdir(mode=mode, exist_ok=True)
        self.environ = {
            **os.environ,
            "HOME": str(home),
            "USER": "keeper",
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "PYTHONUNBUFFERED": "1",
        }
        for word in ("SSH_CONNECTION", "SSH_TTY"):
            self.environ.pop(word, None)
        self._toteboxes: list[Totebox] = []

    def console(self, *words: object) -> "subprocess.CompletedProcess[str]":
        """`os-console` with `words`, to its end."""
        return self._run("os-console", words)

    def totebox(self, *words: object) -> "subprocess.CompletedProcess[str]":
        """`os-totebox` with `words`, to its end."""
        return self._run("os-totebox", words)

    def _run(self, name: str, words: tuple[object, ...]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program(name), *map(str, words)],
            env=self.environ,
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROGRAM_S,
            check=False,
        )

    def at(self, directory: Path) -> "Totebox":
        """The Totebox in `directory`, whether or not it exists yet; its daemon ends with the computer."""
        found = Totebox(self, directory)
        self._toteboxes.append(found)
        return found

    def made(self, name: str, entity: str = "Acme Holdings", kind: str = "corporation") -> "tuple[Totebox, str]":
        """A Totebox that was just created, and its first ticket."""
        totebox = self.at(self.home / name)
        done = self.totebox("init", totebox.directory, "--entity", entity, "--kind", kind)
        assert done.returncode == 0, done.stderr
        return totebox, done.stdout.strip()

    def paired(self, name: str, entity: str = "Acme Holdings", kind: str = "corporation") -> "Totebox":
        """A Totebox that serves and that this computer's console is paired with, under `name`."""
        totebox, ticket = self.made(name, entity, kind)
        totebox.start()
        done = self.console("pair", ticket, "--name", name)
        assert done.returncode == 0, done.stderr
        return totebox

    def file(self, name: str, data: bytes) -> Path:
        """A file of the person's."""
        path = self.work / name
        path.write_bytes(data)
        return path

    def close(self) -> None:
        for totebox in self._toteboxes:
            totebox.kill()


class Totebox:
    """One directory, and its daemon while it runs: the leader of a process group that its writer belongs to."""

    def __init__(self, computer: Computer, directory: Path) -> None:
        self.computer, self.directory = computer, directory
        self.log = directory.with_name(directory.name + ".log")
        self.uris: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> str:
        """Serve; the first address, once it said `ready`."""
        assert self._process is None, "it runs already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program("os-totebox"), "serve", str(self.directory), *options],
                env=self.computer.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().decode()
        found = re.fullmatch(r"ready (\S+)\n", line)
        assert found, f"not ready: {line!r} {self.said()[-2_000:]}"
        self.uris = [found[1]]
        return found[1]

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def writer(self) -> int:
        """The process that holds the vault open for writing."""
        return next(pid for pid in self.processes() if "totebox.writer" in words(pid))

    def processes(self) -> list[int]:
        """The daemon and everything it started."""
        group = self.pid
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getpgid(int(entry.name)) == group:
                    found.append(int(entry.name))
        return found

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None, "it does not run"
        self._process.terminate()
        return self._reap()

    def kill(self) -> None:
        """The daemon and its writer at once, as the power would."""
        if self._process is None:
            return
        descriptors = []
        for pid in self.processes():
            with suppress(ProcessLookupError):
                descriptors.append(os.pidfd_open(pid))
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._reap()
        for descriptor in descriptors:
            select.select([descriptor], [], [], WAIT_S)
            os.close(descriptor)

    def kill_daemon(self) -> None:
        """The daemon alone; its writer finds that nobody asks any more."""
        os.kill(self.pid, signal.SIGKILL)
        self._reap()

    def kill_writer(self) -> None:
        """The writer alone."""
        os.kill(self.writer, signal.SIGKILL)

    def _reap(self) -> int:
        assert self._process is not None
        status = self._process.wait(WAIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return status

    def said(self) -> str:
        """What its daemons wrote on stderr."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def verify(self) -> "subprocess.CompletedProcess[str]":
        """`os-totebox verify DIR`."""
        return self.computer.totebox("verify", self.directory)

    def copied_to(self, place: Path) -> Path:
        """`cp -a` of the whole directory."""
        subprocess.run(["cp", "-a", str(self.directory), str(place)], check=True)
        return place

    @property
    def drops(self) -> Path:
        return self.directory / "app-console-input"

    def drop(self, name: str, data: bytes) -> Path:
        """A file that appears whole in the drop folder."""
        beside = self.directory / "cache" / f".{name}.arriving"
        beside.write_bytes(data)
        target = self.drops / name
        beside.replace(target)
        return target

    def register(self, log: str = "") -> str:
        """Every row of the record log, or of the `audit` log, as it lies on the disk."""
        return "".join(
            path.read_text("utf-8") for path in sorted((self.directory / "ledger" / log / "register").iterdir())
        )

    def remove(self) -> None:
        shutil.rmtree(self.directory)
