"""The daemon believes no verifier: its answer is typed and bounded, and anything else is a fault that says so."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.daemon.verification import (
    LISTED,
    MAX_CHARACTERS,
    MAX_FINDINGS,
    VerifierAnswer,
    VerifierFrame,
    finding_frame,
    verify_vault,
)
from totebox.errors import ServiceFault
from totebox.process.frames import Misbehaved, fields, frame
from totebox.service.launcher import Worker
from totebox.vault.api import Finding
from totebox.vault.check import findings

pytestmark = pytest.mark.anyio
END = frame(VerifierFrame.END, fields(1))
FOUND = Finding("damage", "assets/a", 3, None, "a", "b", "c")
BAD = {
    "brackets": b"[],[]," * 1_000,
    "a severity that is none": frame(VerifierFrame.FINDING, fields("fine", "", None, None, "", "", "")) + END,
    "a text for a number": frame(VerifierFrame.FINDING, fields("damage", "", "3", None, "", "", "")) + END,
    "a negative entry": frame(VerifierFrame.FINDING, fields("damage", "", -3, None, "", "", "")) + END,
    "too long": frame(VerifierFrame.FINDING, fields("damage", "x" * (MAX_CHARACTERS + 1), 3, None, "", "", "")) + END,
    "a frame after the end": END + END,
    "a total of words": frame(VerifierFrame.END, fields("1")),
    "more than are listed": finding_frame(FOUND) * (MAX_FINDINGS + 1),
    "less in all": finding_frame(FOUND) * 9 + END,
}


class Spoken:
    """An errand that answers with `data` and ends with `status`."""

    def __init__(self, data: bytes, status: int | None = 0) -> None:
        self._data, self._status = data, status

    async def tell(self, data: bytes) -> None:
        return

    async def read(self, size: int) -> bytes:
        block, self._data = self._data[:size], self._data[size:]
        return block

    async def ended(self) -> int | None:
        return self._status


def speaking(data: bytes, status: int | None = 0):
    @contextlib.asynccontextmanager
    async def start() -> AsyncIterator[Worker]:
        yield Spoken(data, status)

    return start


async def test_findings_travel_whole() -> None:
    """Each field, and how many there are in all."""
    verified = await verify_vault(speaking(finding_frame(FOUND) + END))
    assert list(verified.findings) == [FOUND] and verified.total == 1


async def test_a_long_text_is_cut_by_who_sends_it() -> None:
    """The path of a stranger may have any length, and half a character."""
    verified = await verify_vault(
        speaking(finding_frame(Finding("foreign", "\udcff" * 5_000, None, 0, "", "", "")) + END)
    )
    assert len(verified.findings[0].path) == MAX_CHARACTERS


@pytest.mark.parametrize("bad", BAD)
async def test_what_breaks_the_rules_is_a_fault(bad: str) -> None:
    """No verdict comes of it."""
    with pytest.raises(ServiceFault, match="misbehaved"):
        await verify_vault(speaking(BAD[bad]))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ended with -9"),
        (finding_frame(FOUND), "ended with -9"),
        (frame(VerifierFrame.FAILED, b"no key"), "no key"),
    ],
)
async def test_a_verifier_without_an_end_gives_no_verdict(data: bytes, why: str) -> None:
    """What it found before it died is no verdict: a clean one would look the same."""
    with pytest.raises(ServiceFault, match=why):
        await verify_vault(speaking(data, -9))


def test_as_many_findings_are_taken_as_are_listed() -> None:
    """The bound here is the verification's own."""
    assert LISTED == findings.LISTED


@given(
    st.binary(max_size=200)
    | st.lists(st.builds(frame, st.sampled_from(VerifierFrame), st.binary(max_size=40)), max_size=6).map(b"".join)
)
def test_any_bytes_are_a_verdict_or_misbehave(data: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(Misbehaved):
        VerifierAnswer().feed(data)
