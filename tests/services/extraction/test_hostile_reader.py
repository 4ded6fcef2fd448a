"""The daemon believes no reader: whatever one sends, the answer is a Document, and others have their turn meanwhile."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.patience import WAIT_S
from tests.services.extraction import hostile
from tests.services.extraction.child import start_here
from totebox.process.frames import Cutter, Misbehaved, frame
from totebox.service.contract import Claim, Document
from totebox.service.launcher import Worker
from totebox.services.extraction.answer import MAX_TEXT_FRAMES, MOST, Phase, ReaderAnswer, ReaderFrame
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits
from totebox.services.extraction.parse import read_document
from totebox.services.extraction.worker import AnswerWriter

JANE = Claim(0, "person", "Jane Doe", "", 1, 0, 0, 8, "x", "rule/1")
FRAMES = st.builds(frame, st.sampled_from(ReaderFrame), st.binary(max_size=64)) | st.sampled_from(
    [hostile.MEDIA, hostile.TEXT, hostile.TEXT_END, hostile.END, hostile.claim(), hostile.claim(value=None), b"x"]
)


def evil(document: int) -> AbstractAsyncContextManager[Worker]:
    return start_here(document, program=(str(Path(hostile.__file__)),))


async def answered(folder: Path, attack: str, limits: Limits = DEFAULT_LIMITS) -> tuple[Document, tuple[Claim, ...]]:
    (folder / "document").write_text(attack)
    async with asyncio.timeout(WAIT_S):
        return await read_document(folder / "document", "x", limits=replace(limits, text_bytes=1 << 20), start=evil)


@pytest.mark.parametrize("attack", [*hostile.WHOLE, "endless text", "a letter a frame"])
@pytest.mark.anyio
async def test_a_reader_that_breaks_the_rules_is_said_to_misbehave(tmp_path: Path, attack: str) -> None:
    """Nothing that it said counts, and nothing is raised: the original can be sealed."""
    document, claims = await answered(tmp_path, attack)
    assert (document.text, claims) == ("", ()) and document.trouble.startswith("no text: the reader misbehaved: ")


@pytest.mark.parametrize("attack", ["endless text", "many claims"])
@pytest.mark.anyio
async def test_the_loop_is_never_held(tmp_path: Path, attack: str) -> None:
    """After each block that was judged everybody else has a turn, however fast the reader sends."""
    turns, blocks, done = 0, 0, asyncio.Event()

    class Counted(ReaderAnswer):
        def feed(self, data: bytes) -> None:
            nonlocal blocks
            blocks += 1
            assert len(data) <= 1 << 16
            super().feed(data)

    async def tick() -> None:
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    (tmp_path / "document").write_text(attack)
    ticking = asyncio.create_task(tick())
    async with asyncio.timeout(WAIT_S):
        await read_document(tmp_path / "document", "x", start=evil, make=Counted)
    done.set()
    await ticking
    assert turns >= blocks > 1


@pytest.mark.anyio
async def test_a_reader_that_dies_in_the_text_leaves_what_it_said(tmp_path: Path) -> None:
    """SIGSEGV after one piece: it is kept, and says that it was cut."""
    document, claims = await answered(tmp_path, "death in the text")
    why = "the reader gave up on it (damaged, or made to break readers)"
    assert document.text == f"Jane Doe signs.\n\n[The text ends here: {why}. The original is kept whole.]\n"
    assert document.trouble == f"the text is cut and claims were not searched: {why}" and claims == ()


@pytest.mark.parametrize("attack", ["out of time in the claims", "an exit without an end"])
@pytest.mark.anyio
async def test_a_reader_that_dies_in_the_claims_costs_no_text(tmp_path: Path, attack: str) -> None:
    """The text is whole, the claims that had arrived count, and what is missing is said."""
    document, claims = await answered(tmp_path, attack)
    assert document.text == "Jane Doe signs.\n" and claims == (JANE,)
    assert document.trouble.startswith("claims are cut at 1: ")


@pytest.mark.anyio
async def test_half_a_frame_counts_for_nothing(tmp_path: Path) -> None:
    """What came before it does."""
    document, _ = await answered(tmp_path, "half a frame")
    assert document.text.startswith("Jane Doe signs.\n\n[The text ends here")


@pytest.mark.anyio
async def test_silence_ends_with_the_clock(tmp_path: Path) -> None:
    """Without a word there is no text; with some, they are kept."""
    limits = replace(DEFAULT_LIMITS, wall_s=2)
    document, _ = await answered(tmp_path, "silence", limits)
    assert document.trouble == "no text: reading it takes longer than 2 s"
    document, _ = await answered(tmp_path, "silence in the text", limits)
    assert document.text.startswith("Jane Doe signs.\n") and "longer than 2 s" in document.trouble


def judged(data: bytes, step: int) -> object:
    """What becomes of `data`, fed in pieces of `step` bytes."""
    answer = ReaderAnswer(DEFAULT_LIMITS)
    try:
        for start in range(0, len(data), step):
            answer.feed(data[start : start + step])
    except Misbehaved:
        return Misbehaved
    return answer.result("the end")


@given(st.binary(max_size=400) | st.lists(FRAMES, max_size=12).map(b"".join), st.integers(1, 40))
def test_any_bytes_are_an_answer_or_misbehave(data: bytes, step: int) -> None:
    """Nothing else is raised, and how the stream was cut changes nothing, but where bytes follow the end."""
    whole, cut = judged(data, len(data) or 1), judged(data, step)
    assert whole == cut or hostile.END in data
    for found in (whole, cut):
        if isinstance(found, tuple):
            document, claims = found
            assert all(0 <= claim.start < claim.end <= len(document.text) for claim in claims)
            assert document.text or document.trouble.startswith("no text: ") or not claims


@given(st.binary(max_size=300))
def test_a_cutter_keeps_no_more_than_it_was_fed(data: bytes) -> None:
    """What it gives and what it keeps are what came in."""
    cutter = Cutter(MOST)
    try:
        frames = list(cutter.feed(data))
    except Misbehaved:
        return
    assert data.startswith(b"".join(frame(kind, body) for kind, body in frames))


def test_text_comes_in_so_many_frames_at_most() -> None:
    """A frame a letter is not text but work."""
    answer = ReaderAnswer(DEFAULT_LIMITS)
    answer.feed(hostile.MEDIA + frame(ReaderFrame.TEXT, b"x") * MAX_TEXT_FRAMES)
    with pytest.raises(Misbehaved):
        answer.feed(frame(ReaderFrame.TEXT, b"x"))
    assert answer.phase is Phase.TEXT


@pytest.mark.parametrize("value", ["x" * 1_900, "\U0001f600" * 1_900, "a\u00adb\u202ec", "x" * 9_000, "\u00ad"])
def test_what_a_reader_sends_is_what_the_daemon_takes(value: str) -> None:
    """A claim of any value, an operator's dictionary has made some: it is sent within the bounds, or counted as missing."""
    sent: list[bytes] = []
    reply = AnswerWriter(sent.append)
    reply.media("text/plain")
    reply.text("Jane Doe signs.\n")
    reply.document(Document("text/plain", "Jane Doe signs.\n", 0, ""))
    reply.claims(iter([JANE, replace(JANE, value=value)]), 2_000)
    answer = ReaderAnswer(DEFAULT_LIMITS)
    answer.feed(b"".join(sent))
    document, claims = answer.result("")
    assert claims[0] == JANE and (len(claims) == 2 or document.trouble == "claims cut at 1 of 2")


def test_a_thousand_claims_too_many_are_counted() -> None:
    """The first ones are sent, and how many there were."""
    sent: list[bytes] = []
    AnswerWriter(sent.append).claims(iter([JANE] * 3_000), 2_000)
    assert len(sent) == 2_001 and b"claims cut at 2,000 of 3,000" in sent[-1]
