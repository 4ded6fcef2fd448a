"""Short errands outside the daemon's cage: each is a process of its own, which shuts itself in before it looks at anything.

An errand comes with descriptors, in this order: its life, its wire, and what else it works on. On the wire the process hears what to
do and answers. On its life the daemon is told how it ended; when the daemon's end of that closes, the process is killed.

    R   read one document: `totebox.services.extraction.worker WIRE DOCUMENT DICTIONARY VAULT GRADE [log]`
    V   verify the vault: `totebox.daemon.verification WIRE VAULT GRADE [log]`

What is run, and on which vault, is decided here and not by who asks: of what it may not open itself, the daemon is told nothing.
"""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from totebox.files.entrance import is_file
from totebox.process.environment import spare
from totebox.process.orders import ENDING, READ, VERIFY
from totebox.vault.places import DICTIONARY

DESCRIPTORS = {READ: 3, VERIFY: 2}
MOST = 128
"""Errands at the same time; one more ends at once."""


class Errands:
    """The errands of the vault at `root` that are under way."""

    def __init__(self, root: str, grade: tuple[str, ...]) -> None:
        self._root, self._grade = root, grade
        self._running: dict[socket.socket, subprocess.Popen[bytes]] = {}
        self._unwanted: set[socket.socket] = set()

    def begin(self, word: bytes, descriptors: list[int]) -> None:
        """Start one. Where it cannot be started its life ends without a word."""
        if len(descriptors) != DESCRIPTORS[word] or len(self._running) >= MOST:
            return
        life = socket.socket(fileno=os.dup(descriptors[0]))
        program = [sys.executable, "-P", "-m", *self._program(word, descriptors[1:])]
        try:
            self._running[life] = subprocess.Popen(
                program, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=descriptors[1:], start_new_session=True, env=spare(),
            )  # fmt: skip
        except OSError:
            life.close()

    def lives(self) -> Iterator[socket.socket]:
        """What becomes readable when an errand is not wanted any more."""
        return iter(self._running.keys() - self._unwanted)

    def stop(self, life: socket.socket) -> None:
        """Kill the one whose life was closed at the other end; `look` buries it."""
        self._unwanted.add(life)
        self._running[life].kill()

    def look(self) -> None:
        """Tell of those that ended."""
        for life, process in list(self._running.items()):
            if process.poll() is not None:
                with contextlib.suppress(OSError), life:
                    life.send(ENDING.pack(process.returncode))
                del self._running[life]
                self._unwanted.discard(life)

    def end(self) -> None:
        """Kill them all."""
        for process in self._running.values():
            process.kill()
        for process in self._running.values():
            process.wait()
        self.look()

    def _program(self, word: bytes, descriptors: list[int]) -> list[str]:
        numbers = [str(descriptor) for descriptor in descriptors]
        if word == VERIFY:
            return ["totebox.daemon.verification", *numbers, self._root, *self._grade]
        root = Path(self._root)
        return [
            "totebox.services.extraction.worker",
            *numbers,
            str(root / DICTIONARY) if is_file(root, DICTIONARY) else "",
            self._root,
            *self._grade,
        ]
