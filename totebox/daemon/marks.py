"""The progress of an interrupted verification: a file of JSON lines that an operator keeps outside the vault. The last
line counts.

    {"vkey": ..., "done": N, "size": S, "root": HEX, "findings": [...], "unlisted": {...}}      payloads of entries below N were hashed
    {"ended": true}                                                        the run ended: the next one begins anew

The file is bounded: when it is long, it is replaced by its newest line.
"""

import json
from dataclasses import asdict
from pathlib import Path

from totebox.errors import ConfigError
from totebox.files.drafts import append_file, replace_file
from totebox.files.entrance import Planted, TooLarge, read_file, stat_of
from totebox.vault.api import Finding
from totebox.vault.check.verification import Mark

LONG_BYTES = 32 << 20
"""From this size on the newest line replaces the file. A single line is smaller: it lists some thousand findings at
most.
"""


class ProgressFile:
    """The file at `path`, about the vault whose first key is `vkey`."""

    def __init__(self, path: Path, vkey: str) -> None:
        self._path, self._vkey = path, vkey

    def last(self) -> Mark | None:
        """The progress of the last run; None when it ended, or there was none.

        Raises:
            ConfigError: the file is about another vault, or is no such file.
        """
        try:
            lines = read_file(self._path.parent, self._path.name, 2 * LONG_BYTES).splitlines()
        except FileNotFoundError:
            return None
        except (Planted, TooLarge):
            raise ConfigError(f"{self._path} does not hold the state of a verification; name another file") from None
        except OSError as fault:
            raise ConfigError(f"{self._path}: {fault.strerror}; name a file to note the verification in") from None
        for line in reversed(lines):
            try:
                return self._parsed(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue  # a line that was cut off; the one before it counts
        if lines:
            raise ConfigError(f"{self._path} does not hold the state of a verification; name another file")
        return None

    def keep(self, mark: Mark) -> None:
        """Record the progress of the run."""
        found = {"findings": [asdict(finding) for finding in mark.findings], "unlisted": dict(mark.unlisted)}
        self._append({"vkey": self._vkey, "done": mark.done, "size": mark.size, "root": mark.root.hex(), **found})

    def end(self) -> None:
        """Record that the run ended."""
        self._append({"ended": True})

    def _append(self, line: dict[str, object]) -> None:
        data = b"\n" + json.dumps(line).encode() + b"\n"
        try:
            append_file(self._path.parent, self._path.name, data)
            found = stat_of(self._path.parent, self._path.name)
        except FileNotFoundError:
            raise ConfigError(f"{self._path}: its folder is not there; name a file in one that is") from None
        if found is not None and found.st_size > LONG_BYTES:
            replace_file(self._path.parent, self._path.name, data)

    def _parsed(self, line: dict[str, object]) -> Mark | None:
        if line.get("ended"):
            return None
        if line["vkey"] != self._vkey:
            raise ConfigError(f"{self._path} is about another vault; name another file")
        findings, unlisted = line["findings"], line.get("unlisted", {})
        if not isinstance(findings, list) or not isinstance(unlisted, dict):
            raise TypeError("findings")
        return Mark(
            int(str(line["done"])),
            int(str(line["size"])),
            bytes.fromhex(str(line["root"])),
            tuple(Finding(**found) for found in findings),
            {str(severity): int(count) for severity, count in unlisted.items()},
        )
