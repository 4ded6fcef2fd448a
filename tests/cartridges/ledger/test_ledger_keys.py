"""Keys of F8: where nothing was recorded, where nothing is linked, and on the way back from a proof."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from protocol.schema import Prove
from tests.chassis.fake_totebox import FakeTotebox, furnish
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
SIZES = [(60, 20), (80, 24), (120, 36)]


def bare(box: FakeTotebox) -> None:
    """A Totebox whose logs have no row."""
    box.known()
    box.up()
    box.tell_status()


def f8(
    width: int = 120, height: int = 36, furnished: Callable[[FakeTotebox], None] = furnish
) -> AbstractAsyncContextManager[Stage]:
    return stage(width, height, start="f8", furnished=furnished)


def proofs(it: Stage) -> list[Prove]:
    return [asked for asked in it.box.asked if isinstance(asked, Prove)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["enter", "y", "z"])
async def test_a_key_without_a_row_proves_nothing(key: str, size: tuple[int, int]) -> None:
    """The screen stays; no proof is asked of a log that has no row, and nothing is copied."""
    async with f8(*size, furnished=bare) as it:
        await it.press(key)
        assert "F8 LEDGER" in it.rows[0] and proofs(it) == [] and it.app.clipboard == ""
        assert len(it.app.screen_stack) == 1 and all(len(row) <= size[0] for row in it.rows)


@pytest.mark.parametrize("size", SIZES)
async def test_esc_goes_back_from_a_proof_at_every_size(size: tuple[int, int]) -> None:
    """The list is where it was, with the cursor on the same row; the same row is proved again when it is asked for."""
    async with f8(*size) as it:
        await it.press("enter")
        await it.wait(lambda: "PROVED BY" in it.screen)
        (first,) = proofs(it)
        await it.press("escape")
        await it.wait(lambda: "PROVED BY" not in it.screen)
        await it.press("enter")
        await it.wait(lambda: "PROVED BY" in it.screen)
        assert {asked.index for asked in proofs(it)} == {first.index}


async def test_a_filter_that_nothing_passes_says_so_and_is_left_by_esc() -> None:
    """The rows are there again; no key acted on a row that is not shown."""
    async with f8(80, 24) as it:
        listed = it.rows[2:10]
        await it.press("slash", *"xyzzy", "enter")
        await it.wait(lambda: it.rows[2:10] != listed)
        await it.press("enter")
        assert proofs(it) == []
        await it.press("escape")
        await it.wait(lambda: "0/" not in it.screen)


async def test_without_a_link_a_proof_says_why_it_cannot_be_had() -> None:
    """The rows stay on the screen."""
    async with f8() as it:
        row = it.rows[5]
        it.box.down()
        await it.settle()
        await it.press("enter")
        assert proofs(it) == [] and row[8:40] in it.screen and "LINK LOST" in it.rows[1]
