"""F12 on a Totebox in memory, and the ways to its steps."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual import events

from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import Stage, stage


def archive(box: FakeTotebox) -> Archive:
    assert isinstance(box, Archive)
    return box


def bare(box: FakeTotebox) -> None:
    """No file in the drop folder, three claims a document."""
    stock(archive(box))
    archive(box).drops = {}
    archive(box).found = archive(box).found[:3]


@asynccontextmanager
async def f12(
    width: int = 120, height: int = 36, furnished: Callable[[FakeTotebox], None] = bare
) -> AsyncIterator[tuple[Stage, Archive]]:
    async with stage(width, height, start="f12", furnished=furnished, make=Archive) as it:
        await it.settle()
        yield it, archive(it.box)


async def give(it: Stage, *paths: Path) -> None:
    """Drop files on the terminal: it pastes their quoted paths."""
    it.app.post_message(events.Paste(" ".join(f"'{path}'" for path in paths)))
    await it.wait(lambda: paths[0].name[:10] in it.screen)


async def to_claims(it: Stage, path: Path) -> None:
    await give(it, path)
    await it.press("enter")
    await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
    await it.press("enter")
    await it.wait(lambda: "CLAIMS" in it.screen)


async def to_confirm(it: Stage, path: Path, *answers: str) -> None:
    await to_claims(it, path)
    await it.press(*answers)
    await it.wait(lambda: "○0 to answer" in it.screen)
    await it.press("enter")
    await it.wait(lambda: "Seal this document?" in it.screen)
