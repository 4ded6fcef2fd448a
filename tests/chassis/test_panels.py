"""Panels: facts in columns, and lines that scroll."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from console.chassis.facts import MIN_COLUMN, Fact, Facts, Line, Lines, line, wrapped
from console.chassis.inks import toned
from console.chassis.theme import THEMES
from tests.chassis.stage import rest

pytestmark = pytest.mark.anyio
FACTS = tuple(Fact(f"label {n}", f"value {n}") for n in range(12))


class Board(App[None]):
    """One panel alone on the screen."""

    CSS = "Lines { overflow-x: hidden; overflow-y: auto; }"

    def __init__(self, panel: Facts | Lines, width: int) -> None:
        super().__init__()
        self.panel, self.width = panel, width
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def compose(self) -> ComposeResult:
        self.panel.styles.width = self.width
        yield self.panel


def drawn(panel: Facts | Lines) -> list[str]:
    """What the panel draws, line by line."""
    return [
        "".join(segment.text for segment in panel.render_line(y)).rstrip() for y in range(panel.content_size.height)
    ]


@pytest.mark.parametrize(("width", "columns"), [(20, 1), (2 * MIN_COLUMN, 2), (3 * MIN_COLUMN, 3), (4 * MIN_COLUMN, 4)])
async def test_facts_take_as_many_columns_as_fit(width: int, columns: int) -> None:
    """Column by column, each fact once; the height is what they need."""
    panel = Facts()
    panel.styles.height = "auto"
    async with Board(panel, width).run_test(size=(200, 40)) as pilot:
        panel.set_facts(FACTS)
        await rest(pilot)
        rows = drawn(panel)
        assert len(rows) == 12 // columns
        whole = "\n".join(rows) + "\n"
        assert all(whole.count(f" {fact.value} ") + whole.count(f" {fact.value}\n") == 1 for fact in FACTS)
        assert [rows[0].count("label")] == [columns]


async def test_a_panel_never_has_more_than_four_columns() -> None:
    """On a screen however wide: a label stands by its value."""
    panel = Facts()
    panel.styles.height = "auto"
    async with Board(panel, 12 * MIN_COLUMN).run_test(size=(13 * MIN_COLUMN, 20)) as pilot:
        panel.set_facts(FACTS)
        await rest(pilot)
        assert len(drawn(panel)) == 3


async def test_a_panel_of_one_column_wraps_what_is_too_long() -> None:
    """Under the value; the label is said once, and no word is lost."""
    panel = Facts(columns=1, wraps=True)
    panel.styles.height = "auto"
    words = "the quick brown fox jumps over the lazy dog at the end of the day"
    async with Board(panel, 40).run_test(size=(60, 20)) as pilot:
        panel.set_facts([Fact("said", words), Fact("by", "nobody")])
        await rest(pilot)
        rows = drawn(panel)
        said = rows[: next(at for at, row in enumerate(rows) if row.lstrip().startswith("by"))]
        assert len(said) > 1 and " ".join(" ".join(said).split()) == f"said {words}"
        assert sum("said" in row for row in rows) == 1


async def test_a_panel_without_facts_has_one_empty_line() -> None:
    """And no fault."""
    panel = Facts()
    panel.styles.height = "auto"
    async with Board(panel, 40).run_test(size=(60, 20)) as pilot:
        await rest(pilot)
        assert drawn(panel) == [""]


async def test_what_is_cut_in_a_column_ends_in_an_ellipsis() -> None:
    """A value that is too long for its cell is seen to be cut."""
    panel = Facts(columns=1)
    async with Board(panel, 30).run_test(size=(60, 20)) as pilot:
        panel.set_facts([Fact("root", "0123456789" * 5)])
        await rest(pilot)
        assert drawn(panel)[0].rstrip().endswith("…") and len(drawn(panel)[0]) <= 30


@pytest.mark.parametrize("kind", [Facts, Lines])
async def test_a_stale_panel_is_grey(kind: type[Facts] | type[Lines]) -> None:
    """No tone is drawn of what is not known to be so any more, and it comes back."""
    panel = kind()
    async with Board(panel, 40).run_test(size=(60, 20)) as pilot:
        panel.set_facts([Fact("disk", "full", "bad")]) if isinstance(panel, Facts) else panel.set_lines(
            [line(("bad", "full"))]
        )
        await rest(pilot)

        def ink() -> object:
            return next(one.style for one in panel.render_line(0) if "full" in one.text)

        assert ink() == toned(panel, "bad")
        panel.stale = True
        assert ink() == toned(panel, "stale")
        panel.stale = False
        assert ink() == toned(panel, "bad")


def numbered(many: int) -> list[Line]:
    return [line(f"row {n}") for n in range(many)]


@asynccontextmanager
async def showing(panel: Lines, many: int = 50) -> AsyncIterator[Pilot[None]]:
    """`panel` with the focus, ten lines high, with `many` lines in it."""
    panel.styles.height = 10
    async with Board(panel, 40).run_test(size=(60, 20)) as pilot:
        panel.set_lines(numbered(many))
        panel.focus()
        await rest(pilot)
        yield pilot


@pytest.mark.parametrize(
    ("keys", "top"),
    [
        (("j",), 1),
        (("down", "down", "up"), 1),
        (("k",), 0),
        (("pagedown",), 9),
        (("pagedown", "pageup"), 0),
        (("G",), 40),
        (("end", "home"), 0),
        (("G", "j"), 40),
        (("end", "g"), 0),
    ],
    ids=str,
)
async def test_lines_are_scrolled_by_keys(keys: tuple[str, ...], top: int) -> None:
    """By one, by a page less one line, to either end, and never beyond it."""
    panel = Lines()
    async with showing(panel) as pilot:
        for key in keys:
            await pilot.press(key)
        await rest(pilot)
        assert panel.scroll_offset.y == top and drawn(panel)[0] == f" row {top}"


async def test_a_key_that_scrolls_nothing_is_left_to_others() -> None:
    """It is not taken by a panel that has no use for it."""
    panel = Lines()
    async with showing(panel) as pilot:
        await pilot.press("x")
        await rest(pilot)
        assert panel.scroll_offset.y == 0


async def test_new_lines_begin_at_the_top_unless_the_place_is_kept() -> None:
    """Another text is read from its beginning; a text that grew stays where one read."""
    panel = Lines()
    async with showing(panel) as pilot:
        await pilot.press("pagedown")
        panel.set_lines(numbered(60), keep_place=True)
        await rest(pilot)
        assert panel.scroll_offset.y == 9
        panel.set_lines(numbered(55))
        await rest(pilot)
        assert panel.scroll_offset.y == 0


@pytest.mark.parametrize(("number", "top"), [(0, 0), (30, 27), (49, 40), (999, 40)])
async def test_a_line_that_is_looked_for_is_in_the_upper_third(number: int, top: int) -> None:
    """One that is not there is the last one."""
    panel = Lines()
    async with showing(panel) as pilot:
        panel.show_line(number)
        await rest(pilot)
        assert panel.scroll_offset.y == top


async def test_a_line_that_is_looked_for_among_none_is_the_top() -> None:
    """An empty panel has nowhere to go."""
    panel = Lines()
    async with showing(panel, 0) as pilot:
        panel.show_line(4)
        await rest(pilot)
        assert panel.scroll_offset.y == 0 and drawn(panel) == [""] * 10


async def test_lines_are_wrapped_anew_for_another_width() -> None:
    """A narrow panel shows every word on more lines."""
    panel, words = Lines(), "the quick brown fox jumps over the lazy dog"
    board = Board(panel, 60)
    panel.styles.height = 8
    async with board.run_test(size=(80, 20)) as pilot:
        panel.set_lines([line(words)])
        await rest(pilot)
        assert drawn(panel)[0] == f" {words}"
        panel.styles.width = 20
        await rest(pilot)
        assert drawn(panel)[1] and " ".join(" ".join(drawn(panel)).split()) == words


@pytest.mark.parametrize("width", [0, 7])
def test_a_width_that_holds_no_words_wraps_nothing(width: int) -> None:
    """A panel that has no room yet draws what it has."""
    assert wrapped(line("the quick brown fox"), width) == [line("the quick brown fox")]


def test_a_line_is_safe_before_it_is_wrapped() -> None:
    """A control is one cell; none is counted as none."""
    assert wrapped((("bad", "a\x1bb"),), 40) == [(("bad", "a�b"),)]
