"""The newest checkpoints this console has seen, one append-only file a log; an alarm keeps both notes as evidence.

    seen/<origin's slug>-<8 hex of its SHA-256>.jsonl      one JSON object a line:
    {"time", "what": "seen",  "size", "note"}               a checkpoint whose signature and consistency were proved
    seen/<the same>.alarms.jsonl
    {"time", "what": "alarm", "kind", "seen", "shown", "why"}       a checkpoint that contradicts one that was seen
    {"time", "what": "cleared", "why"}      a full verification was clean, and the log follows again from what was seen

A line is one write to an append-only file: two consoles that share a keyring do not overwrite each other, and the
largest size counts. A line that a crash tore is skipped. Nothing resets what was seen.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from console.link.keyfile import append_private, private_dir, read_private
from console.model.contradiction import Break, Contradiction
from protocol.schema.numbers import Log

TAIL_BYTES = 65_536
"""Bytes that are read from the end of a file: some hundred checkpoints, of which the newest is last."""
MAX_ALARMS = 64


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


class SeenFiles:
    """Implements console.link.pairing.SeenStore on disk."""

    def __init__(self, directory: Path, now: Callable[[], str] = _now) -> None:
        self._directory = directory
        self._now = now
        self._newest: dict[str, tuple[int, bytes]] = {}
        self._looked_at: set[Path] = set()

    def path(self, origin: str) -> Path:
        """The file of the log called `origin`."""
        slug = re.sub(r"[^a-z0-9]+", "-", origin.lower())[:48].strip("-")
        return self._directory / f"{slug}-{hashlib.sha256(origin.encode()).hexdigest()[:8]}.jsonl"

    def alarms_path(self, origin: str) -> Path:
        """The file of the alarms about that log."""
        return self.path(origin).with_suffix(".alarms.jsonl")

    def get(self, origin: str) -> bytes | None:
        """The largest checkpoint (a signed note) seen of this log; None where none was seen."""
        if origin not in self._newest:
            sizes = [
                (int(line["size"]), line["note"].encode())
                for line in self._lines(self.path(origin))
                if line["what"] == "seen"
            ]
            if not sizes:
                return None
            self._newest[origin] = max(sizes)
        return self._newest[origin][1]

    def put(self, origin: str, note: bytes) -> None:
        """Store `note`, which was proved consistent with the result of `get`. A smaller one changes nothing."""
        size = size_of(note)
        self.get(origin)
        if size > self._newest.get(origin, (-1, b""))[0]:
            self._append(self.path(origin), {"what": "seen", "size": size, "note": note.decode()})
            self._newest[origin] = (size, note)

    def alarm(self, origin: str, seen: bytes, shown: bytes, why: str, broken: Break) -> None:
        """Keep both notes: the log showed `shown`, which does not follow from `seen`. Later heads are still compared
        with `seen`.

        If a log shows one contradiction after another, only the first ones are kept.
        """
        texts = {"seen": seen.decode("utf-8", "replace"), "shown": shown.decode("utf-8", "replace")}
        alarms = self._alarms(origin)
        if len(alarms) < MAX_ALARMS and all(line.get("shown") != texts["shown"] for line in alarms):
            self._append(self.alarms_path(origin), {"what": "alarm", "kind": broken.value, **texts, "why": why})

    def standing(self, origin: str, log: Log) -> Contradiction | None:
        """The first open alarm about this log, or None. `log` says which of the two logs it is."""
        for line in self._alarms(origin):
            with contextlib.suppress(KeyError, ValueError, AttributeError):
                time_us = int(datetime.fromisoformat(line["time"]).timestamp() * 1e6)
                kind = Break(line.get("kind", Break.FORKED.value))
                return Contradiction(log, kind, line["why"], time_us, line["seen"].encode(), line["shown"].encode())
        return None

    def cleared(self, origin: str, why: str) -> None:
        """Mark every alarm about this log as cleared. The lines stay."""
        if self._alarms(origin):
            self._append(self.alarms_path(origin), {"what": "cleared", "why": why})

    def _alarms(self, origin: str) -> list[dict[str, str]]:
        """The lines of the open alarms, oldest first. An earlier version wrote alarms into the file of checkpoints."""
        alarms: list[dict[str, str]] = []
        lines = [*self._lines(self.path(origin)), *self._lines(self.alarms_path(origin))]
        for line in lines:
            if line["what"] == "alarm":
                alarms.append(line)
            elif line["what"] == "cleared":
                alarms.clear()
        return alarms

    def _append(self, path: Path, line: dict[str, object]) -> None:
        private_dir(private_dir(self._directory.parent) / self._directory.name)
        text = json.dumps({"time": self._now(), **line}, ensure_ascii=False) + "\n"
        append_private(path, ("\n" + text if self._is_torn(path) else text).encode())

    def _is_torn(self, path: Path) -> bool:
        """Whether a crash left half a line at the end. Checked once, before the first line that this process writes."""
        if path in self._looked_at:
            return False
        self._looked_at.add(path)
        return path.exists() and not read_private(path).endswith(b"\n")

    def _lines(self, path: Path) -> Iterator[dict[str, str]]:
        try:
            data = read_private(path)
        except FileNotFoundError:
            return
        tail = data[-TAIL_BYTES:] if path.suffixes != [".alarms", ".jsonl"] else data
        for line in tail.splitlines():
            try:
                parsed = json.loads(line)
            except ValueError:
                continue
            if isinstance(parsed, dict) and "what" in parsed:
                yield parsed


def size_of(note: bytes) -> int:
    """The tree size that a checkpoint states: its second line. Raises ValueError when there is none."""
    return int(note.split(b"\n", 2)[1])
