"""Idempotency in one process."""

import asyncio

import pytest

from protocol.schema import Proof, Receipt
from protocol.schema.numbers import RefusalCode
from totebox.gate.idempotency import OnceBook
from totebox.gate.refusal import Refused

pytestmark = pytest.mark.anyio


def receipt(command: int) -> Receipt:
    return Receipt(command, 5, Proof(5, 6, b"leaf", ()), b"note")


async def test_a_failed_attempt_may_be_repeated() -> None:
    """Nothing was done, so the same id tries again."""
    book = OnceBook()

    async def fails() -> Receipt:
        raise Refused(1, "no")

    async def works() -> Receipt:
        return receipt(2)

    with pytest.raises(Refused):
        await book.carry("d", b"o" * 16, b"x", 1, fails)
    assert await book.carry("d", b"o" * 16, b"x", 2, works) == receipt(2)


async def test_the_same_id_of_another_device_is_another_command() -> None:
    """Ids are keyed by device."""
    book, done = OnceBook(), []

    async def act() -> Receipt:
        done.append(1)
        return receipt(1)

    await book.carry("a", b"o" * 16, b"x", 1, act)
    await book.carry("b", b"o" * 16, b"y", 1, act)
    assert len(done) == 2


async def test_the_book_is_bounded() -> None:
    """The oldest finished answers are forgotten."""
    book = OnceBook(kept=3)

    async def act() -> Receipt:
        return receipt(1)

    for number in range(10):
        await book.carry("a", bytes((number,)) * 16, b"x", 1, act)
    assert len(book) == 3


async def test_no_device_pushes_out_another_s_answers() -> None:
    """Whoever fills the book forgets his own: the write of another is still known."""
    book, done = OnceBook(kept=8), []

    async def act() -> Receipt:
        done.append(1)
        return receipt(1)

    await book.carry("owner", b"o" * 16, b"x", 1, act)
    for number in range(100):
        await book.carry("flood", bytes((number,)) * 16, b"x", 1, act)
    await book.carry("owner", b"o" * 16, b"x", 2, act)
    assert len(done) == 101 and len(book) == 8


async def test_what_is_at_work_is_bounded_and_keeps_nothing_else() -> None:
    """A write that hangs does not keep finished answers from being forgotten; above the bound a device hears TOO_MANY."""
    book, hung = OnceBook(kept=3, at_work=2), asyncio.Event()

    async def hangs() -> Receipt:
        await hung.wait()
        return receipt(1)

    async def act() -> Receipt:
        return receipt(1)

    first = asyncio.create_task(book.carry("a", b"first" + bytes(11), b"x", 1, hangs))
    await asyncio.sleep(0)
    for number in range(10):
        await book.carry("a", bytes((number,)) * 16, b"x", 1, act)
    assert len(book) == 4
    second = asyncio.create_task(book.carry("a", b"second" + bytes(10), b"x", 1, hangs))
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await book.carry("a", b"third" + bytes(11), b"x", 1, act)
    assert refused.value.code is RefusalCode.TOO_MANY
    hung.set()
    await asyncio.gather(first, second)
    assert len(book) == 3


async def test_a_repetition_waits_for_the_first_attempt() -> None:
    """It gets the first one's answer under its own command id."""
    book, gate = OnceBook(), asyncio.Event()

    async def act() -> Receipt:
        await gate.wait()
        return receipt(1)

    first = asyncio.create_task(book.carry("a", b"o" * 16, b"x", 1, act))
    await asyncio.sleep(0)
    second = asyncio.create_task(book.carry("a", b"o" * 16, b"x", 2, act))
    await asyncio.sleep(0)
    gate.set()
    assert [(await first).id, (await second).id] == [1, 2]
