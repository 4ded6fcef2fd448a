"""Findings of a verification: the first ones of each severity are listed, and the others are counted.

So memory is bounded, and many findings of one severity hide none of another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from totebox.vault.api import Finding

RESTORE = "restore this file from a copy of the vault and verify again"
LISTED = 4_096
"""Most findings of one severity that are listed; further ones are counted."""


class Findings:
    """A bounded list of findings. Iterating gives the listed ones, in the order in which they were added."""

    def __init__(self, findings: Iterable[Finding] = (), unlisted: Mapping[str, int] | None = None) -> None:
        self._listed: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self.unlisted: Counter[str] = Counter()
        """Number of findings that were counted and not listed, by severity."""
        self += findings
        self.unlisted.update(unlisted or {})

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._listed)

    def __len__(self) -> int:
        """Number of findings, listed or not."""
        return len(self._listed) + self.unlisted.total()

    def append(self, finding: Finding) -> None:
        """Add one finding."""
        if self._counts[finding.severity] < LISTED:
            self._counts[finding.severity] += 1
            self._listed.append(finding)
        else:
            self.unlisted[finding.severity] += 1

    def __iadd__(self, findings: "Iterable[Finding] | Findings") -> "Findings":
        """Add several findings, one by one. Those that another `Findings` did not list are added to the count."""
        for finding in findings:
            self.append(finding)
        if isinstance(findings, Findings):
            self.unlisted += findings.unlisted
        return self


def stranger(path: str, expected: str) -> Finding:
    """The finding that a file at `path` is not one of the vault's, in a folder where only `expected` belongs."""
    return Finding("foreign", path, None, None, expected, "a file that the vault did not write", "move it elsewhere")
