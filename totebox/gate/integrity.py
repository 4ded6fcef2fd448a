"""The state of the vault's integrity, published as INTEGRITY: what the audit log says of the newest verification and
cosignature.

    start            the rows that count are read from the log, in a thread; rows that are appended meanwhile wait
    a row appended   is read by the same reader; INTEGRITY is published when the result changes
    a verification   becomes rows; where the vault takes no writes, its verdict is published without rows and is lost with the process

No other state is kept, so a restart of any process leads to the same result.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from protocol.schema import Body, IntegrityBody
from totebox.errors import ToteboxError
from totebox.gate.verdict import KINDS, VerdictReader, VerificationResult, unrecorded, verdict_rows
from totebox.vault.api import Appender, Entry

log = logging.getLogger(__name__)


def verdict_run(entropy: Callable[[int], bytes]) -> str:
    """A random word that tells the rows of one verification from those of another."""
    return entropy(8).hex()


@dataclass(slots=True)
class Integrity:
    """`entropy(n)` gives n random bytes: they tell the rows of one verification from those of another."""

    vault: Appender
    publish: Callable[[Body], None]
    entropy: Callable[[int], bytes]
    now_us: Callable[[], int]
    _reader: VerdictReader = field(default_factory=VerdictReader)
    _early: list[Entry] | None = field(default_factory=list)
    """Rows that were appended before the log was read; None once it has been."""
    _told: IntegrityBody | None = None

    async def rebuild(self, rows: Callable[[], Sequence[Entry]]) -> None:
        """Read the log. `rows()` gives the rows of KINDS that count, oldest first. A fault in them does not stop later
        rows from being read.
        """
        found: Sequence[Entry] = ()
        try:
            found = await asyncio.to_thread(rows)
        except Exception:
            log.exception("the audit log could not be searched for the newest verification; verify again")
        early, self._early = self._early or [], None
        newest = found[-1].index if found else -1
        for row in (*found, *(row for row in early if row.index > newest)):
            self._reader.take(row)
        self._reader.end()
        self._tell()

    def take(self, row: Entry) -> None:
        """A row was appended to the audit log."""
        if row.kind not in KINDS:
            return
        if self._early is not None:
            self._early.append(row)
            return
        self._reader.take(row)
        self._tell()

    async def record(self, verified: VerificationResult, actor: str, by: str = "") -> str:
        """Write the verdict; it is published when its rows are read. Where they cannot be written it is published
        directly.

        Returns:
            '' when the verdict is in the log, else the reason why it is not.
        """
        try:
            for row in verdict_rows(verified, actor, by, verdict_run(self.entropy)):
                await self.vault.audit(row)
        except ToteboxError as fault:
            # Verification matters most for a vault that takes no writes, so the verdict is published without a row.
            log.warning("the verdict of a verification could not be recorded: %s", fault)
            self._reader.verdict = unrecorded(verified, actor, self.now_us())
            self._tell()
            return str(fault)
        return ""

    def _tell(self) -> None:
        told = self._reader.told
        if told != self._told:
            self._told = told
            self.publish(told)
