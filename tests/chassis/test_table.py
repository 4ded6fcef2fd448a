"""The list of every screen, by keys and rows of cells."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.events import Paste
from textual.pilot import Pilot

from console.app.app import LedgerApp
from console.chassis.columns import Row, TableColumn, arrange, ends_of
from console.chassis.inks import toned
from console.chassis.table import LedgerTable
from console.chassis.theme import DARK
from protocol.schema import Cell, Column, ColumnKind, Table
from tests.chassis.stage import press, rest

pytestmark = pytest.mark.anyio

COLUMNS = (
    TableColumn("name", "Name", 0),
    TableColumn("state", "State", 8, priority=1),
    TableColumn("size", "Size", 6, ColumnKind.BYTES, priority=2),
    TableColumn("hash", "Hash", 12, ColumnKind.HASH, priority=3),
)


class Bench(App[None]):
    """One list and nothing else."""

    CSS_PATH = LedgerApp.CSS_PATH

    def __init__(self, live: bool) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = "dark"
        self.list = LedgerTable(COLUMNS, title="THINGS", empty="no things", live=live)
        self.seen: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.list

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        self.seen.append(f"chosen {event.row_id}")

    def on_ledger_table_near_end(self) -> None:
        self.seen.append("near end")

    @property
    def rows(self) -> list[str]:
        strips = self.screen._compositor.render_strips(self.screen.size)
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


@asynccontextmanager
async def bench(
    rows: Sequence[Row], width: int = 60, height: int = 10, live: bool = False
) -> AsyncIterator[tuple[Bench, Pilot[None]]]:
    app = Bench(live)
    async with app.run_test(size=(width, height)) as pilot:
        app.list.set_rows(rows)
        await rest(pilot)
        yield app, pilot


def thing(number: int, state: str = "up", size: int | None = None) -> Row:
    return Row(number, (f"thing {number}", state, number * 1000 if size is None else size, bytes([number % 256]) * 32))


async def test_rows_are_drawn_under_their_columns() -> None:
    """Numbers flush right, hashes in hex and cut, the count in the title."""
    async with bench([thing(3), thing(12)]) as (app, _):
        assert app.rows[0].startswith("─THINGS  2─")
        assert app.rows[1].split() == ["NAME", "STATE", "SIZE", "HASH"]
        assert app.rows[2].split() == ["▌thing", "3", "up", "2.9K", "03030303030…"]


@pytest.mark.parametrize(("width", "titles"), [(60, 4), (34, 3), (24, 2), (9, 1)])
def test_columns_are_dropped_by_priority(width: int, titles: int) -> None:
    """Where there is no room the least important column goes first; one always stays."""
    assert [placed.column.name for placed in arrange(COLUMNS, width)] == ["name", "state", "size", "hash"][:titles]


def test_narrow_columns_use_the_room_that_a_wide_one_left() -> None:
    """The wide column goes, and what went before it for its sake is back, the more important first, in its place."""
    columns = (
        TableColumn("name", "", 10),
        TableColumn("age", "", 6, priority=3),
        TableColumn("size", "", 6, priority=4),
        TableColumn("why", "", 0, priority=2, least=24),
    )
    assert [placed.column.name for placed in arrange(columns, 51)] == ["name", "age", "size", "why"]
    assert [placed.column.name for placed in arrange(columns, 35)] == ["name", "why"]
    assert [placed.column.name for placed in arrange(columns, 34)] == ["name", "age", "size"]
    assert [placed.column.name for placed in arrange(columns, 17)] == ["name", "age"]


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("lease.pdf claim 13", 18, "lease.pdf claim 13"),
        ("quotation-4471-circulation-pump.pdf claim 13", 22, "quotation-…df claim 13"),
        ("quotation-4471-circulation-pump.pdf claim 113", 18, "quotatio…claim 113"),
        ("日本語の契約書 claim 1", 14, "日本語…claim 1"),
        ("abc", 1, "…"),
    ],
)
def test_a_text_keeps_its_end(text: str, cells: int, shown: str) -> None:
    """What is cut is cut in the middle, in cells, never wider than its room."""
    assert ends_of(text, cells) == shown and cell_len(shown) <= cells


@pytest.mark.parametrize("keys", [("j", "j"), ("down", "down"), ("G",), ("end",), ("pagedown",)])
async def test_vim_keys_and_arrows_alike(keys: tuple[str, ...]) -> None:
    """j, arrows, G, End and PgDn move the cursor."""
    async with bench([thing(n) for n in range(3)]) as (app, pilot):
        await press(pilot, *keys)
        assert app.list.cursor_id == 2


async def test_the_cursor_follows_its_object() -> None:
    """Rows that come above do not move what is under the cursor, nor the place on the screen where it stands."""
    async with bench([thing(n) for n in range(30)]) as (app, pilot):
        await press(pilot, *["j"] * 12)
        before = next(y for y, row in enumerate(app.rows) if "thing 12" in row)
        app.list.set_rows([thing(n) for n in range(100, 105)] + [thing(n) for n in range(30)])
        await rest(pilot)
        assert app.list.cursor_id == 12
        assert next(y for y, row in enumerate(app.rows) if "thing 12" in row) == before


async def test_a_live_list_stays_at_the_newest() -> None:
    """While the cursor stands on the first row of a live list, it stays there."""
    async with bench([thing(1)], live=True) as (app, pilot):
        app.list.set_rows([thing(2), thing(1)])
        await rest(pilot)
        assert app.list.cursor_id == 2


async def test_a_row_that_vanished_leaves_the_cursor_in_place() -> None:
    """The neighbour takes its place."""
    async with bench([thing(n) for n in range(4)]) as (app, pilot):
        await press(pilot, "j", "j")
        app.list.set_rows([thing(0), thing(1), thing(3)])
        assert app.list.cursor_id == 3


async def test_a_row_that_comes_under_a_number_that_left_is_drawn_as_it_is() -> None:
    """Another Totebox counts its events from 1 as well: what is remembered of the first one's is not shown for it."""
    async with bench([thing(1, "theirs")]) as (app, pilot):
        app.list.set_rows([])
        await rest(pilot)
        app.list.set_rows([thing(1, "ours")])
        await rest(pilot)
        assert "ours" in app.rows[2] and "theirs" not in app.rows[2]


async def test_the_filter_is_typed_in_the_list() -> None:
    """`/` opens it, each letter narrows, Enter keeps it, Esc clears it; the count says shown and all."""
    async with bench([thing(n, "up" if n % 2 else "down") for n in range(10)]) as (app, pilot):
        await press(pilot, "slash", *"state=down")
        assert app.list.row_count == 5
        assert app.rows[0].startswith("─THINGS  5/10─")
        assert "/ state=down▏" in app.rows[-1]
        await press(pilot, "enter", "j", "escape")
        assert app.list.row_count == 10


async def test_a_filter_that_nothing_passes_says_so() -> None:
    """An empty list tells whether it is the filter's doing."""
    async with bench([thing(1)]) as (app, pilot):
        await press(pilot, "slash", *"zzz")
        assert "no row passes the filter" in "\n".join(app.rows)
    async with bench([]) as (app, _):
        assert "no things" in "\n".join(app.rows)


async def test_sort_goes_up_down_and_back() -> None:
    """s sorts the first column, again turns it round, again lets rows be as they came; arrows choose the column."""
    async with bench([thing(2, size=5), thing(1, size=9), thing(3, size=1)]) as (app, pilot):
        await press(pilot, "s")
        assert app.list.shown_ids == [1, 2, 3] and "NAME▲" in app.rows[1]
        await press(pilot, "s")
        assert app.list.shown_ids == [3, 2, 1]
        await press(pilot, "s")
        assert app.list.shown_ids == [2, 1, 3]
        await press(pilot, "s", "right", "right")
        assert app.list.shown_ids == [3, 2, 1] and "SIZE▲" in app.rows[1]


async def test_values_that_change_do_not_jump() -> None:
    """A sorted list keeps its order while values change; resort puts them where they belong."""
    async with bench([thing(1, size=1), thing(2, size=2)]) as (app, _):
        app.list.sort_by("size")
        app.list.update_rows([thing(1, size=9)])
        assert app.list.shown_ids == [1, 2]
        app.list.resort()
        assert app.list.shown_ids == [2, 1]


async def test_enter_and_a_double_click_choose() -> None:
    """Every list can be used by pointer alone."""
    async with bench([thing(n) for n in range(5)]) as (app, pilot):
        await press(pilot, "j", "enter")
        await pilot.click(LedgerTable, offset=(3, 5), times=2)
        await rest(pilot)
        assert [said for said in app.seen if said != "near end"] == ["chosen 1", "chosen 3"]


async def test_a_click_on_a_title_sorts() -> None:
    """And again turns it round."""
    async with bench([thing(n) for n in range(5)]) as (app, pilot):
        await pilot.click(LedgerTable, offset=(2, 1))
        await rest(pilot)
        await pilot.click(LedgerTable, offset=(2, 1))
        await rest(pilot)
        assert app.list.sort == ("name", True)


async def test_the_next_page_is_wanted_before_the_end() -> None:
    """NearEnd comes while rows are still left to look at."""
    async with bench([thing(n) for n in range(100)]) as (app, pilot):
        await press(pilot, *["pagedown"] * 9)
        assert "near end" not in app.seen
        await press(pilot, *["pagedown"] * 2)
        assert "near end" in app.seen and app.list.cursor_id != 99


async def test_only_a_changed_row_is_drawn_again() -> None:
    """One row of a hundred changed: one line is refreshed, not the list."""
    async with bench([thing(n) for n in range(100)], height=40) as (app, _):
        regions: list[object] = []
        app.list.refresh = lambda *a, **k: regions.append(a) or app.list  # type: ignore[method-assign]
        app.list.update_rows([thing(7, "down")])
        assert len(regions) == 1 and regions[0][0].height == 1  # type: ignore[index]
        app.list.update_rows([thing(7, "down")])
        assert len(regions) == 1


async def test_a_line_that_continues_a_row_is_part_of_it() -> None:
    """Cursor, click, count, sort and filter see one row; its lines stay together, and the bar covers them."""
    rows = [thing(1), Row("more", ("and the rest", "", None, None), under=thing(1).id), thing(2)]
    async with bench(rows) as (app, pilot):
        assert app.rows[0].startswith("─THINGS  2─")
        assert [row.startswith("▌") for row in app.rows[2:5]] == [True, True, False]
        await press(pilot, "j")
        assert app.list.cursor_id == 2
        await press(pilot, "k")
        assert app.list.cursor_id == 1
        app.list.sort_by("name", descending=True)
        assert app.list._order == [2, 1, "more"] and app.list.shown_ids == [2, 1]
        app.list.set_filter("rest")
        assert app.list._order == [1, "more"] and app.list.row_count == 1
        assert app.list.exported()[1][0][0] == "thing 1 and the rest"


async def test_strange_text_is_drawn_as_text() -> None:
    """Markup, escapes, wide and bidi characters neither style nor shift what stands beside them."""
    async with bench([Row(1, ("[red]x\x1b[0m 漢字漢字漢字漢字漢字漢字漢字", "u\u202ep", 1, b"\0" * 32))]) as (app, _):
        assert "[red]x�[0m" in app.rows[2]
        assert "u�p" in app.rows[2]
        assert "00000000000…" in app.rows[2]


async def test_a_protocol_table_is_shown_by_names() -> None:
    """Columns are matched by name; what the table lacks stays empty."""
    table = Table("t", (Column("id", ColumnKind.INT, ""), Column("name", ColumnKind.TEXT, "")), ((7, "seven"),))
    async with bench([]) as (app, pilot):
        app.list.show(table, id_column="id")
        await rest(pilot)
        assert app.list.shown_ids == [7]
        assert app.rows[2].split() == ["▌seven"]


async def test_a_hundred_thousand_rows_are_shown_at_once() -> None:
    """Only what is visible is drawn: setting and painting them leaves the strip cache small."""
    rows: list[Row] = [thing(n) for n in range(100_000)]
    async with bench(rows) as (app, pilot):
        await press(pilot, "G")
        assert app.list.cursor_id == 99_999
        assert len(app.list._strips) < 100


def test_cells_of_a_row_may_be_anything_on_the_wire() -> None:
    """None, bool, int, str and bytes."""
    cells: tuple[Cell, ...] = (None, True, 1, b"x")
    assert Row(1, cells).cells == cells


async def test_a_filter_names_columns_by_their_titles() -> None:
    """What stands on the screen is what is typed, whatever the table calls it."""
    async with bench([thing(1), thing(2)]) as (app, pilot):
        app.list.set_columns(
            (TableColumn("tree_size", "Entries", 8, ColumnKind.INT), TableColumn("when", "sealed", 20))
        )
        app.list.set_rows([Row(1, (60, "2026-11-20")), Row(2, (70, "2026-11-22"))])
        await press(pilot, "slash", *"entries>65", "enter")
        assert app.list.shown_ids == [2]
        await press(pilot, "slash", "ctrl+u", *"sealed<2026-11-21")
        assert app.list.shown_ids == [1]


async def test_a_title_is_completed_by_tab() -> None:
    """The line says what Tab will do; in `sort:` too, which sorts by the title, a minus from the largest down."""
    async with bench([thing(n) for n in range(3)], width=80) as (app, pilot):
        await press(pilot, "slash", *"st")
        assert "Tab state" in app.rows[-1]
        await press(pilot, "tab", *"=up")
        assert app.list.filter_text == "state=up" and app.list.row_count == 3
        await press(pilot, "space", *"sort:-na", "tab")
        assert app.list.filter_text == "state=up sort:-name" and app.list.shown_ids == [2, 1, 0]


async def test_what_is_pasted_into_a_filter_is_all_there() -> None:
    """No letter is lost, whatever its length, and a line break is a blank between two words."""
    async with bench([thing(n) for n in range(3)]) as (app, pilot):
        await press(pilot, "slash")
        text = "name~thing\n" + "x" * 400
        app.post_message(Paste(text))
        await rest(pilot)
        assert app.list.filter_text == text.replace("\n", " ")


async def test_the_arrow_of_a_sort_shows_on_a_narrow_column() -> None:
    """Where the title is cut the arrow stays, on either side."""
    async with bench([thing(1)]) as (app, pilot):
        app.list.set_columns((TableColumn("a", "Checkpoint", 5), TableColumn("b", "Entries", 4, ColumnKind.INT)))
        app.list.set_rows([Row(1, ("x", 1))])
        await press(pilot, "s")
        assert app.rows[1].split() == ["CHE…▲", "ENT…"]
        await press(pilot, "right", "s")
        assert app.rows[1].split() == ["CHEC…", "EN…▼"]


async def test_a_column_without_a_title_is_never_sorted() -> None:
    """Neither by key nor by a click nor by its name: nothing on the screen could say so."""
    async with bench([thing(1)]) as (app, pilot):
        app.list.set_columns((TableColumn("a", "Name", 8), TableColumn("mark", "", 8), TableColumn("c", "Size", 8)))
        app.list.set_rows([Row(1, ("x", "!", "y"))])
        await press(pilot, "s", "right")
        assert app.list.sort == ("c", False)
        app.list.sort_by(None)
        await pilot.click(LedgerTable, offset=(12, 1))
        await press(pilot, "slash", *"sort:mark")
        assert app.list.sort == (None, False)


async def test_what_was_loaded_is_said_apart_from_what_a_filter_lets_through() -> None:
    """`3/10` is a filter's count; a list of which more is known than was asked for says `loaded`."""
    async with bench([thing(n) for n in range(10)]) as (app, pilot):
        app.list.total = 92
        app.list.resort()
        await rest(pilot)
        assert app.rows[0].startswith("─THINGS  10 loaded of 92─")
        await press(pilot, "slash", *"name~3", "enter")
        assert app.rows[0].startswith("─THINGS  1/10 loaded of 92─")


async def test_a_list_whose_values_are_stale_is_grey() -> None:
    """No tone is drawn of what is not known to be so any more."""
    async with bench([Row(1, ("a", "up", 1, b""), "bad", ("good", "warn"))]) as (app, pilot):
        app.list.stale = True
        app.list.blur()
        await rest(pilot)
        grey = {toned(app.list, "stale", ground).color for ground in ("", "cursor", "blurred")}
        assert {segment.style.color for segment in app.list.render_line(1) if segment.style} <= grey
