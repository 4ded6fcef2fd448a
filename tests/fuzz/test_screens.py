"""The whole console on Toteboxes that say anything the schema allows: no screen falls."""

import asyncio
import os
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from console.model.events import Answer
from console.model.link import Lent
from protocol.errors import PspError
from protocol.schema import Column, Gap, Rows, Table
from protocol.schema.numbers import Topic
from protocol.wire.codec import encode_args
from tests.cartridges.archive import Archive
from tests.chassis.fake_totebox import furnish
from tests.chassis.stage import Stage, stage
from tests.conftest import SEARCHES
from tests.fuzz.schema import ANSWER, CELL, U64, body

GAMES = int(os.environ.get("GAMES", "150")) if SEARCHES else 2
MOVES = 60 if SEARCHES else 24
SCREENS = ("f1", "f2", "f5", "f8", "f10", "f11", "f12")
KEYS = (
    "enter",
    "down",
    "up",
    "tab",
    "v",
    "p",
    "h",
    "t",
    "z",
    "s",
    "space",
    "escape",
    "y",
    "x",
    "c",
    "n",
    "i",
    "g",
    "r",
    "a",
    "d",
)


class Liar(Archive):
    """Answers as an honest one does, with other cells, or with whatever is no answer to what was asked."""

    random = Random(0)
    answers: list[Answer] = []
    cells: list[Any] = []

    def answer(self, arguments: Any) -> Answer:
        chance = self.random.random()
        if chance < 0.3:
            return self.random.choice(self.answers)
        try:
            honest = super().answer(arguments)
        except (KeyError, ValueError, IndexError, StopIteration):
            return self.random.choice(self.answers)
        return self.bent(honest) if chance < 0.8 and isinstance(honest, Rows) else honest

    def bent(self, honest: Rows) -> Rows:
        """Its columns, and as many rows as it likes, of any cells."""
        columns: tuple[Column, ...] = honest.table.columns
        rows = [
            tuple(self.random.choice(self.cells) if self.random.random() < 0.5 else cell for cell in row)
            for row in honest.table.rows
        ]
        rows += [tuple(self.random.choice(self.cells) for _ in columns) for _ in range(3)]
        return Rows(0, Table(honest.table.name, columns, tuple(rows)), "again", self.random.random() < 0.2)

    async def ask(self, key: str, arguments: Any, once: bytes = b"") -> Answer:
        encode_args(arguments)  # as a session does: what cannot be said on the wire raises here
        return await super().ask(key, arguments, once)

    async def lend(self, key: str, wish: Any, holder: Any, chain: str = "") -> Lent:
        return Lent("\x1b" * 90, b"", "\u202e")

    async def download(self, index: int, sink: Any, *, size: int) -> None:
        sink(b"\x1b\xff\n" * 9)


def filled(box: Liar) -> None:
    """A furnished Totebox with documents, drops and an account."""
    furnish(box)
    for number in range(3):
        box.keep(f"lease-{number}.pdf", b"bytes", "# text\nof it\n")
    box.drops[b"a.pdf"] = b"x"


async def played(bodies: list[Any], answers: list[Answer], cells: list[Any], seed: int, size: tuple[int, int]) -> None:
    random = Random(seed)
    Liar.random, Liar.answers, Liar.cells = random, answers, cells
    async with stage(*size, names=("acme", "birch"), make=Liar, furnished=filled, start="f8") as it:
        for _ in range(MOVES):
            box = random.choice(list(it.boxes.values()))
            for _ in range(random.randrange(4)):
                tell(box, random, random.choice(bodies))
            box.audited("COMMAND", random.choice(("list\x1b", "read 1")), "x\u202e")
            it.pass_s(random.choice((0.3, 2.0, 90_000.0)), alive=random.random() < 0.7)
            await it.press(random.choice(SCREENS if random.random() < 0.4 else KEYS))


def tell(box: Liar, random: Random, body: Any) -> None:
    if random.random() < 0.1:
        from console.model.events import Heard

        box.emit(Heard(box.id, Gap(random.choice(list(Topic)), U64, random.randrange(9)), box.clock()))
        return
    try:
        box.tell(body, random.choice((0, 1, 1_795_314_700_000_000, 253_402_300_800_000_000, 2**63, U64)))
    except PspError:
        return  # longer than the wire takes


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@settings(max_examples=GAMES, phases=[Phase.explicit, Phase.generate])  # shrinking plays a game some hundred times
@given(
    st.lists(body(), min_size=12, max_size=30),
    st.lists(ANSWER, min_size=6, max_size=16),
    st.lists(CELL, min_size=8, max_size=20),
    st.integers(0, U64),
    st.sampled_from([(120, 36), (60, 20), (200, 60)]),
)
def test_no_screen_falls_over_what_the_schema_allows(bodies, answers, cells, seed, size) -> None:
    """Random telemetry and answers, random keys, every screen: nothing raises."""
    asyncio.run(played(bodies, answers, cells, seed, size))


def test_the_last_second_of_time_is_drawn() -> None:
    """An EVENT at 2^64-1 microseconds stands on F10 and on F11."""

    async def shown() -> None:
        async with stage(start="f10") as it:
            await told(it)
            await it.press("f11")
            assert "beyond 9999"[:6] in it.screen

    async def told(it: Stage) -> None:
        from protocol.schema import EventBody
        from protocol.schema.numbers import Severity

        it.box.tell(EventBody(Severity.WARNING, "gate", "the end of time", ""), U64)
        await it.settle()
        assert "the end of time" in it.screen

    asyncio.run(shown())
