"""Recordings: a Recorder writes what live links emit, and a ReplaySession plays it back through the same interface.

Panes cannot tell a replay from a session: telemetry comes by time, and a command gets the answer that was recorded for
the same command. A command that was never recorded gets a Refusal that says so.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from console.link.recording import event_of, record_of
from console.model.events import Answer, Answered, Asked, Echo, Event
from console.model.link import Chunks, Lent, Link
from protocol.capture import (
    MAGIC,
    AnsweredRecord,
    HeardRecord,
    KnownRecord,
    PieceRecord,
    Record,
    read_capture,
    write_record,
)
from protocol.errors import CaptureError
from protocol.schema import Arguments, CapGrant, DeviceKey, List, Offer, Refusal, Seal
from protocol.schema.numbers import RefusalCode, Verb
from protocol.trust.approval import Approval
from protocol.wire.codec import decode, decode_args, encode_args

STEP_S = 0.05


class TapeRecorder:
    """Writes the events of live links and passes them on; `write` receives the bytes of the recording as they come."""

    def __init__(
        self, emit: Callable[[Event], None], write: Callable[[bytes], object], clock: Callable[[], float]
    ) -> None:
        self._emit, self._write, self._clock = emit, write, clock
        self._start = clock()
        write(MAGIC)

    def __call__(self, event: Event) -> None:
        """Record `event` and pass it on."""
        record = record_of(event)
        if record is not None:
            self.add(record)
        self._emit(event)

    def add(self, record: Record) -> None:
        at_us = int((self._clock() - self._start) * 1_000_000)
        self._write(write_record(at_us, record))

    def wrap(self, totebox: str, link: Link) -> Link:
        """`link`, with its downloads recorded too."""
        return _Recorded(totebox, link, self)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A live link whose downloads are written into the recording."""

    totebox: str
    link: Link
    recorder: TapeRecorder

    async def run(self) -> None:
        await self.link.run()

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
        return await self.link.ask(key, arguments, once)

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        return await self.link.lend(key, wish, holder, chain)

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        return await self.link.seal(key, approval, note, once)

    async def cosign(self, key: str) -> Answer:
        return await self.link.cosign(key)

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        return await self.link.upload(key, offer, chunks)

    async def download(self, index: int, sink: Callable[[bytes], None], *, size: int) -> Refusal | None:
        offset = 0

        def both(data: bytes) -> None:
            nonlocal offset
            self.recorder.add(PieceRecord(self.totebox, index, offset, data))
            offset += len(data)
            sink(data)

        return await self.link.download(index, both, size=size)


@dataclass
class Tape:
    """The part of a recording about one Totebox, by time (microseconds since the start)."""

    totebox: str
    name: str = ""
    uri: str = ""
    events: list[tuple[int, Record]] = field(default_factory=list)
    answers: dict[tuple[int, bytes], list[tuple[int, AnsweredRecord]]] = field(default_factory=dict)
    pieces: dict[int, dict[int, bytes]] = field(default_factory=dict)

    def add(self, at_us: int, record: Record) -> None:
        if isinstance(record, KnownRecord):
            self.name, self.uri = record.name, record.uri
        if isinstance(record, AnsweredRecord):
            self.answers.setdefault((record.verb, record.args), []).append((at_us, record))
        elif isinstance(record, PieceRecord):
            self.pieces.setdefault(record.index, {})[record.offset] = record.data
        else:
            self.events.append((at_us, record))


def read_tapes(data: bytes) -> Mapping[str, Tape]:
    """The recording's Toteboxes by id, in the order of their first appearance. Raises CaptureError."""
    tapes: dict[str, Tape] = {}
    for at_us, record in read_capture(data):
        tapes.setdefault(record.totebox, Tape(record.totebox)).add(at_us, record)
    return tapes


class ReplaySession:
    """A Link that plays one tape.

    Args:
        clock: seconds; it drives the tape. With a manual clock, `step` plays what is due after the clock was moved.
        speed: seconds of the tape in one second of the clock.
    """

    def __init__(
        self, tape: Tape, emit: Callable[[Event], None], clock: Callable[[], float], *, speed: float = 1.0
    ) -> None:
        self._tape, self._emit, self._clock, self._speed = tape, emit, clock, speed
        self._start = clock()
        self._next = 0
        self._played_bytes = 0

    @property
    def over(self) -> bool:
        """Whether everything was played."""
        return self._next == len(self._tape.events)

    def step(self) -> int:
        """Emit everything that is due by now. Returns how many events that were."""
        now_us, begun = self._now_us(), self._next
        while not self.over and self._tape.events[self._next][0] <= now_us:
            at_us, record = self._tape.events[self._next]
            self._next += 1
            event = event_of(record, self._start + at_us / 1_000_000 / self._speed)
            if isinstance(record, HeardRecord):
                self._played_bytes += len(record.message)
            self._emit(replace(event, wire_bytes=self._played_bytes) if isinstance(event, Echo) else event)
        return self._next - begun

    async def run(self) -> None:
        """Play until cancelled."""
        while True:
            self.step()
            await asyncio.sleep(STEP_S)

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
        """The next recorded answer to this command; after the last one, the last one again."""
        self._emit(Asked(self._tape.totebox, key, arguments, self._clock()))
        answers = self._tape.answers
        found = answers.get(encode_args(arguments)) or answers.get(encode_args(_older(arguments)), [])
        due = [record for at_us, record in found if at_us >= self._now_us()] or [record for _, record in found[-1:]]
        answer, trouble = _answer(due[0]) if due else (_not_recorded(), "")
        self._emit(Answered(self._tape.totebox, key, arguments, answer, trouble, self._clock()))
        return answer

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        """Refused: a recording has no key to sign with."""
        return Refusal(0, RefusalCode.UNAVAILABLE, "a recording hands nothing on", "Open a live Totebox.")

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        """The recorded answer to the sealing of this document, whatever was signed then: a recording has no key."""
        sealed = (decode_args(verb, args) for verb, args in self._tape.answers if verb == Verb.INPUT_SEAL)
        for asked in sealed:
            if isinstance(asked, Seal) and (asked.intake, asked.note) == (approval.intake, note):
                return await self.ask(key, asked)
        return _not_recorded()

    async def cosign(self, key: str) -> Answer:
        """Refused: a recording has no witness key."""
        return Refusal(0, RefusalCode.UNAVAILABLE, "a recording cosigns nothing", "Open a live Totebox.")

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        """Like `ask`; no byte is read."""
        return await self.ask(key, offer)

    async def download(self, index: int, sink: Callable[[bytes], None], *, size: int | None = None) -> Refusal | None:
        pieces = self._tape.pieces.get(index)
        if pieces is None:
            return _not_recorded()
        for _, piece in sorted(pieces.items()):
            sink(piece)
        return None

    def _now_us(self) -> int:
        return int((self._clock() - self._start) * 1_000_000 * self._speed)


def _answer(record: AnsweredRecord) -> tuple[Answer, str]:
    answer = decode(record.answer)
    if not isinstance(answer, Answer):
        raise CaptureError(f"the recording holds {type(answer).__name__} as an answer")
    return answer, record.trouble


def _older(arguments: Arguments) -> Arguments:
    """The same question in the words in which it stands in older recordings."""
    if isinstance(arguments, List) and arguments.table.endswith(".history"):
        return replace(arguments, query=arguments.query.replace("document:", "index:"))
    return arguments


def _not_recorded() -> Refusal:
    return Refusal(0, RefusalCode.UNAVAILABLE, "not in this recording", "ask the live Totebox")
