"""Keys of F5: what each does where there is no document, on a device that only reads, and on the way back."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from console.chassis.askline import AskLine
from protocol.schema.numbers import Role
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.cartridges.input.f12 import archive
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
SIZES = [(60, 20), (80, 24), (120, 36)]


def stocked(box: FakeTotebox) -> None:
    stock(archive(box))


def reader(box: FakeTotebox) -> None:
    """The same documents, seen by a device that changes nothing."""
    box.role = Role.USER
    stocked(box)


def empty(box: FakeTotebox) -> None:
    """A Totebox in which nothing is sealed yet."""
    box.known()
    box.up()
    box.tell_status()


def f5(
    width: int = 120, height: int = 36, furnished: Callable[[FakeTotebox], None] = stocked
) -> AbstractAsyncContextManager[Stage]:
    return stage(width, height, start="f5", furnished=furnished, make=Archive)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["enter", "t", "p", "h", "w", "c", "l"])
async def test_a_key_that_needs_a_document_says_so_where_there_is_none(key: str, size: tuple[int, int]) -> None:
    """In the line above the strip; nothing opens and the Totebox is asked nothing."""
    async with f5(*size, furnished=empty) as it:
        before, asked = it.rows[-3:], len(it.box.asked)
        await it.press(key)
        assert it.rows[-3:] != before and len(it.box.asked) == asked, it.screen
        assert len(it.app.screen_stack) == 1 and "F5 MINUTEBOOK" in it.rows[0]


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_minutebook_says_that_it_is_empty(size: tuple[int, int]) -> None:
    """At any size, and not as a list that is still on its way."""
    async with f5(*size, furnished=empty) as it:
        await it.wait(lambda: "no document is sealed yet" in it.screen)
        assert all(len(row) <= size[0] for row in it.rows)


@pytest.mark.parametrize(("key", "opens"), [("c", "F12 INPUT"), ("l", "LABEL A DOCUMENT")])
async def test_a_device_that_only_reads_changes_nothing(key: str, opens: str) -> None:
    """It is told which role the key needs and which one it has."""
    async with f5(furnished=reader) as it:
        await it.wait(lambda: "scan-0047.pdf" in it.screen)
        await it.press(key)
        assert "needs the role INPUT, this device has USER" in it.screen and opens not in it.screen


@pytest.mark.parametrize(
    ("words", "says"), [("", "no label is named"), ("until soon", "is no day"), ("lift", "no label is named")]
)
async def test_a_label_that_means_nothing_keeps_the_form_open(words: str, says: str) -> None:
    """With the reason and the way to write it; the Totebox is asked nothing."""
    async with f5() as it:
        await it.wait(lambda: "scan-0047.pdf" in it.screen)
        await it.press("l")
        asked = len(it.box.asked)
        await it.press(*("space" if each == " " else each for each in words), "enter")
        said = " ".join(it.screen.replace("│", " ").split())
        assert "LABEL A DOCUMENT" in said and says in said
        assert len(it.box.asked) == asked


async def test_a_form_that_is_given_up_labels_nothing() -> None:
    """Esc closes it whatever was typed."""
    async with f5() as it:
        await it.wait(lambda: "scan-0047.pdf" in it.screen)
        await it.press("l")
        asked = len(it.box.asked)
        await it.press(*"hold", "escape")
        assert "LABEL A DOCUMENT" not in it.screen and len(it.box.asked) == asked


async def test_a_search_that_is_given_up_leaves_the_list() -> None:
    """Esc closes the line; the list has the keys again, and nothing was asked."""
    async with f5() as it:
        await it.wait(lambda: "scan-0047.pdf" in it.screen)
        focused, asked = it.app.focused, len(it.box.asked)
        await it.press("f")
        line = it.app.focused
        assert isinstance(line, AskLine)
        await it.press(*"rent", "escape")
        assert it.app.focused is focused and not line.display and len(it.box.asked) == asked


@pytest.mark.parametrize("key", ["t", "p", "h"])
async def test_esc_goes_back_to_the_list_from_each_view(key: str) -> None:
    """The list is whole again, and the same key opens the view a second time."""
    async with f5(80, 24) as it:
        await it.wait(lambda: "scan-0047.pdf" in it.screen)
        listed = it.rows[2:8]
        await it.press("j", key)
        await it.wait(lambda: it.rows[2:8] != listed)
        await it.press("escape")
        await it.wait(lambda: "scan-0047.pdf" in it.screen and "board-minutes" in it.screen)
        await it.press(key)
        await it.wait(lambda: it.rows[2:8] != listed)
