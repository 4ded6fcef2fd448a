"""Verification of a vault in a worker process: it reads every byte, and the daemon stays small and responsive
meanwhile.

It is the program `verifier` of the registry. The process enters its cage, as do its own workers, and answers in frames
(`totebox.process.frames`):

    FINDING*  END       what does not agree: severity, path, entry, offset, expected, found, remedy; then how many there are in all
    FAILED              why it could not run, in words

It reads bytes of a vault that others may have written, so the daemon decodes its answer typed, bounded and block by
block.
"""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import IntEnum
from pathlib import Path
from typing import Literal, cast

from totebox.errors import ServiceFault, ToteboxError
from totebox.gate.verdict import VerificationResult
from totebox.process.frames import (
    NUMBERS,
    NUMBERS_OR_NONE,
    READ_BYTES,
    TEXTS,
    Cutter,
    Misbehaved,
    fields,
    frame,
    get_fields,
    get_text,
)
from totebox.process.surroundings import Surroundings, surroundings
from totebox.service.launcher import Worker
from totebox.vault.api import Finding

Severity = Literal["damage", "foreign", "doubt"]
SEVERITIES: tuple[Severity, ...] = ("damage", "foreign", "doubt")
MAX_CHARACTERS = 1_000
"""The most characters of each text of a finding; a longer one is cut."""
LISTED = 4_096
"""The most findings of one severity that a verification lists (`totebox.vault.check.findings`); one more says how many
follow.
"""
MAX_FINDINGS = len(SEVERITIES) * (LISTED + 1)
MAX_FAILED_BYTES = 8_192
_FINDING = (TEXTS, TEXTS, NUMBERS_OR_NONE, NUMBERS_OR_NONE, TEXTS, TEXTS, TEXTS)


class VerifierFrame(IntEnum):
    """The frames of an answer."""

    FINDING = 1
    END = 2
    FAILED = 3


MOST: dict[int, int] = {VerifierFrame.FINDING: 1 << 16, VerifierFrame.END: 64, VerifierFrame.FAILED: MAX_FAILED_BYTES}


class VerifierAnswer:
    """The part of one verifier's answer that has arrived."""

    def __init__(self) -> None:
        self._cutter = Cutter(MOST)
        self._findings: list[Finding] = []
        self.verified: VerificationResult | None = None
        """The verdict, once it is complete."""
        self.failed = ""
        """Why there is no verdict."""

    @property
    def is_whole(self) -> bool:
        """Whether the answer is complete."""
        return self.verified is not None or bool(self.failed)

    def feed(self, data: bytes) -> None:
        """Decode a block.

        Raises:
            Misbehaved: it breaks the grammar, a bound or a type.
        """
        for kind, body in self._cutter.feed(data):
            if self.is_whole:
                raise Misbehaved("a frame after the end")
            match VerifierFrame(kind):
                case VerifierFrame.FINDING:
                    self._take(body)
                case VerifierFrame.END:
                    total = cast("int", get_fields(body, (NUMBERS,), 0)[0])
                    if total < len(self._findings) - len(SEVERITIES):
                        raise Misbehaved("fewer findings in all than it listed")
                    self.verified = VerificationResult(self._findings, total)
                case VerifierFrame.FAILED:
                    self.failed = get_text(body) or "no reason was given"

    def _take(self, body: bytes) -> None:
        severity, path, entry, offset, expected, found, remedy = cast(
            "tuple[str, str, int | None, int | None, str, str, str]", get_fields(body, _FINDING, MAX_CHARACTERS)
        )
        if severity not in SEVERITIES or len(self._findings) >= MAX_FINDINGS:
            raise Misbehaved("findings that no verification makes")
        self._findings.append(Finding(severity, path, entry, offset, expected, found, remedy))


async def verify_vault(start: Callable[[], AbstractAsyncContextManager[Worker]]) -> VerificationResult:
    """What `os-totebox verify DIR` finds, from a process that `start` starts.

    Raises:
        ServiceFault: it could not run; the message quotes its words.
    """
    answer = VerifierAnswer()
    try:
        async with start() as worker:
            await worker.tell(b"")
            while not answer.is_whole and (block := await worker.read(READ_BYTES)):
                answer.feed(block)
                await asyncio.sleep(0)  # other tasks run in between, however much there is to read
            status = None if answer.is_whole else await worker.ended()
    except Misbehaved as fault:
        raise ServiceFault(f"the verification could not run: its process misbehaved: {fault}") from None
    if answer.verified is None:
        raise ServiceFault(f"the verification could not run: {answer.failed or f'its process ended with {status}'}")
    return answer.verified


def main(words: Sequence[str]) -> int:
    """Verify, and write the answer to the pipe."""
    from totebox.cage.privileges import become_owner
    from totebox.cli.reports import verify_vault as verify

    where = surroundings(words)
    vault = where.vault
    assert vault is not None
    with socket.socket(fileno=where.descriptors[0]) as end:
        become_owner(vault)
        if where.settle().is_caged:
            shut_in(vault, where)
        try:
            report = verify(vault, None, None, None, tiles=True)
            for finding in (*report.findings, *_more(report.unlisted)):
                end.sendall(finding_frame(finding))
            end.sendall(frame(VerifierFrame.END, fields(report.found)))
        except (ToteboxError, OSError) as error:
            end.sendall(
                frame(
                    VerifierFrame.FAILED,
                    str(error).encode("utf-8", "replace")[:MAX_FAILED_BYTES].decode("utf-8", "ignore").encode(),
                )
            )
    return 0


def finding_frame(finding: Finding) -> bytes:
    """A FINDING frame; a text that is too long is cut."""
    path, expected, found, remedy = (
        text[:MAX_CHARACTERS] for text in (finding.path, finding.expected, finding.found, finding.remedy)
    )
    return frame(
        VerifierFrame.FINDING, fields(finding.severity, path, finding.entry, finding.offset, expected, found, remedy)
    )


def shut_in(vault: Path, where: Surroundings) -> None:
    """Enter the verifier's cage: what is verified of `vault` can be read, no key can be read, and nothing can be
    written.
    """
    from totebox.process.grants import Process, granted

    where.shut_in(granted(vault, Process.VERIFIER))


def _more(unlisted: Mapping[str, int]) -> Iterator[Finding]:
    """The findings that the report counts and does not list, as one finding of each severity."""
    for severity in SEVERITIES:
        if count := unlisted.get(severity, 0):
            yield Finding(
                severity, "", None, None, "a list of all", f"{count} more", "mend what is listed, and verify again"
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
