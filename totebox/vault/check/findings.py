"""Findings as a verification meets them: the first of each severity, and how many more there are. Part of `fsck`.

Memory is bounded however much is wrong, and a flood of one kind hides no other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from totebox.vault.api import Finding

RESTORE = "restore this file from a copy of the vault and verify again"
LISTED = 4_096
"""Findings of one severity that are listed; those that follow are counted."""


class Findings:
    """Add to it as to a list. Iterating gives what is listed, in the order in which it came."""

    def __init__(self, findings: Iterable[Finding] = (), unlisted: Mapping[str, int] | None = None) -> None:
        self._listed: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self.unlisted: Counter[str] = Counter()
        """How many more there are, by severity."""
        self += findings
        self.unlisted.update(unlisted or {})

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._listed)

    def __len__(self) -> int:
        """How many were found, listed or not."""
        return len(self._listed) + self.unlisted.total()

    def append(self, finding: Finding) -> None:
        """One more."""
        if self._counts[finding.severity] < LISTED:
            self._counts[finding.severity] += 1
            self._listed.append(finding)
        else:
            self.unlisted[finding.severity] += 1

    def __iadd__(self, findings: "Iterable[Finding] | Findings") -> "Findings":
        """Several more, taken one by one; what others did not list is counted here."""
        for finding in findings:
            self.append(finding)
        if isinstance(findings, Findings):
            self.unlisted += findings.unlisted
        return self


def stranger(path: str, expected: str) -> Finding:
    """Something lies at `path` among files of the vault's own, where `expected` alone belongs."""
    return Finding("foreign", path, None, None, expected, "a file that the vault did not write", "move it elsewhere")
