"""The list of every screen: a Line-API table with a cursor that follows its object, a filter, and a sort.

Strips are cached by (row sequence, cursor, width); a changed row refreshes one line. Only visible rows are drawn.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, count

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.chassis.columns import GAP, Placed, Row, TableColumn, around, arrange, end_of, ends_of
from console.chassis.inks import inks, toned
from console.chassis.layers import is_behind
from console.chassis.segments import entitled, ink
from console.model.cells import draw
from console.model.query import Filter, complete, completed, parse
from protocol.schema import Cell, Table

HEADER = 1
NEAR_END = 20
FILTER_CELLS = 16
"""The least width of a filter that is being typed; the hint beside it is dropped for it."""
MAX_STRIPS = 2_048

__all__ = ["LedgerTable", "Row", "TableColumn"]


class LedgerTable(ScrollView, can_focus=True):
    """Rows under columns. `title` is shown in its rule with the count; `empty` says why there is no row."""

    own_keys: frozenset[str] = frozenset()
    """Keys that mean something else here: they neither filter nor sort, and go to the pane."""

    filtering: var[bool] = var(False)
    stale: var[bool] = var(False)
    """What is shown may no longer be true: every row is drawn grey, and the title says why (`remark`)."""

    class Moved(Message):
        """The cursor is on another row (None: there is no row)."""

        def __init__(self, table: "LedgerTable", row_id: Hashable | None) -> None:
            super().__init__()
            self.table, self.row_id = table, row_id

        @property
        def control(self) -> "LedgerTable":
            return self.table

    class Chosen(Moved):
        """Enter or a double click on a row."""

    class Filtered(Message):
        """The filter has changed."""

        def __init__(self, table: "LedgerTable") -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> "LedgerTable":
            return self.table

    class NearEnd(Message):
        """The cursor is near the last row: the next page should be asked for now."""

        def __init__(self, table: "LedgerTable") -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> "LedgerTable":
            return self.table

    def __init__(
        self,
        columns: Sequence[TableColumn],
        *,
        title: str = "",
        empty: str = "nothing here yet",
        live: bool = False,
        collapses: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`live` keeps the cursor on the first row while it is there, so that the newest row is always visible."""
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.title = title
        self._entitled = ""
        self.empty = empty
        self.live = live
        self.collapses = collapses
        """Without a row its title says why, so that one line is enough."""
        self._under: dict[Hashable, list[Hashable]] = {}
        """Lines that continue a row, in their order."""
        self.total: int | None = None
        """The number of rows where not all were read; None: as many as are held."""
        self.folded = 0
        """The number of rows that others stand for; the title counts them as shown."""
        self.more = False
        """Whether further rows can be read."""
        self.remark = ""
        """A text in the title, after the count."""
        self._spans = 0
        """The number of shown lines that are no rows: they are not counted."""
        self._rows: dict[Hashable, Row] = {}
        self._drawn: dict[Hashable, tuple[Row, tuple[str, ...]]] = {}
        self._order: list[Hashable] = []
        self._at: dict[Hashable, int] = {}
        self._cursor: Hashable | None = None
        self._first = 0
        """The position of the first row: there may be rules above it."""
        self._sequence: dict[Hashable, int] = {}
        self._changes = count(1)
        """Gives each change of a row its own number, so that a row that left and a later one with the same id are never
        confused.
        """
        self._strips: OrderedDict[tuple[object, ...], Strip] = OrderedDict()
        self._placed_for = -1
        self._sort: str | None = None
        self._descending = False
        self._filter_text = ""
        self._filter = Filter()
        self._places = {column.name: place for place, column in enumerate(self.columns)}
        self._placed: tuple[Placed, ...] = ()

    # What it shows.

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show exactly `rows`, in this order where no sort is chosen. Unchanged rows cost nothing to draw again."""
        after = {row.id: row for row in rows}
        same_members = list(after) == list(self._rows)
        self._under = {}
        for row in after.values():
            if row.under is not None:
                self._under.setdefault(row.under, []).append(row.id)
        dirty = [key for key, row in after.items() if self._rows.get(key) != row]
        self._rows = after
        for key in dirty:
            self._sequence[key] = next(self._changes)
        if same_members and not self._filter.terms:
            for key in dirty:
                self._refresh_row(key)
            self._retitle()
            return
        for key in self._drawn.keys() - after.keys():
            del self._drawn[key]
        for key in self._sequence.keys() - after.keys():
            del self._sequence[key]
        self._reorder(calm=True)

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Change or add single rows; the others stay."""
        self.set_rows({**self._rows, **{row.id: row for row in rows}}.values())

    def set_columns(self, columns: Sequence[TableColumn]) -> bool:
        """Set other columns; rows that do not fit them must be set again. False where the columns are the present
        ones.
        """
        if tuple(columns) == self.columns:
            return False
        self.columns, self._rows = tuple(columns), {}
        if self._sort not in {column.name for column in self.columns}:
            self._sort = None
        self._places = {column.name: place for place, column in enumerate(self.columns)}
        self._drawn.clear()
        self._placed_for = -1
        self.set_filter(self._filter_text)
        return True

    def show(self, table: Table, *, id_column: str, tone: str = "") -> None:
        """Show the rows of a protocol table whose columns have the names of ours; missing columns stay empty."""
        places = {column.name: place for place, column in enumerate(table.columns)}
        picks = [places.get(column.name) for column in self.columns]
        key = places[id_column]
        self.set_rows(
            Row(cells[key], tuple(None if pick is None else cells[pick] for pick in picks), tone)
            for cells in table.rows
        )

    @property
    def row_count(self) -> int:
        """The number of shown rows."""
        return len(self._order) - self._spans

    @property
    def is_filled(self) -> bool:
        """Whether there is any row to filter or to sort, shown or not."""
        return bool(self._rows)

    @property
    def cursor_id(self) -> Hashable | None:
        """The id of the row under the cursor."""
        return self._cursor

    @property
    def cursor_row(self) -> Row | None:
        return self._rows.get(self._cursor) if self._cursor is not None else None

    @property
    def shown_ids(self) -> list[Hashable]:
        """Ids of the rows that are shown, in order."""
        return [key for key in self._order if not self._rows[key].span and self._rows[key].under is None]

    @property
    def filter_text(self) -> str:
        return self._filter_text

    @property
    def sort(self) -> tuple[str | None, bool]:
        """The sorted column's name (None: the order of arrival) and whether the largest comes first."""
        return self._sort, self._descending

    def select(self, row_id: Hashable) -> bool:
        """Put the cursor on this row. False when it is not shown."""
        if row_id not in self._at:
            return False
        self._move_to(self._at[row_id])
        return True

    def set_filter(self, text: str) -> None:
        """Show only the rows that agree with `text` (see console.model.query)."""
        self._filter_text = text
        self._filter = parse(text, {column.name: column.title for column in self.columns})
        if self._filter.sort is not None:
            self._sort, self._descending = self._filter.sort
            self._strips.clear()
        self.post_message(self.Filtered(self))
        self._reorder(calm=False)

    def sort_by(self, name: str | None, *, descending: bool = False) -> None:
        """Sort by a column, or keep the order of arrival (None)."""
        self._sort, self._descending = name, descending
        self._strips.clear()
        self._reorder(calm=False)

    def resort(self) -> None:
        """Sort again, because values have changed. Never happens by itself."""
        self._reorder(calm=True)

    def exported(self) -> tuple[list[str], list[list[Cell]]]:
        """Names of all columns, and the cells of the rows that are shown."""
        rows = [list(self._whole(key)) for key in self.shown_ids]
        return [column.name for column in self.columns], rows

    # Order, filter, cursor.

    def _text(self, key: Hashable) -> tuple[str, ...]:
        row = self._rows[key]
        known = self._drawn.get(key)
        if known is None or known[0] is not row:
            texts = tuple(draw(cell, column.kind) for cell, column in zip(row.cells, self.columns, strict=True))
            known = self._drawn[key] = (row, texts)
        return known[1]

    def _whole(self, key: Hashable) -> tuple[Cell, ...]:
        """The cells of a row, their texts with what continues them."""
        cells = list(self._rows[key].cells)
        for more in self._under.get(key, ()):
            for place, cell in enumerate(self._rows[more].cells):
                first = cells[place]
                if isinstance(cell, str) and cell and isinstance(first, str):
                    cells[place] = f"{first} {cell}"
        return tuple(cells)

    def _passes(self, key: Hashable) -> bool:
        """Whether the filter lets a row through."""
        if key not in self._under:
            return self._filter.holds(self._rows[key].cells, self._text(key), self._places)
        cells = self._whole(key)
        texts = tuple(draw(cell, column.kind) for cell, column in zip(cells, self.columns, strict=True))
        return self._filter.holds(cells, texts, self._places)

    def _reorder(self, *, calm: bool) -> None:
        """Filter and sort. `calm` keeps the cursor's row at its place on the screen."""
        was_at = self._at.get(self._cursor, 0) if self._cursor is not None else 0
        keys: list[Hashable] = list(self._rows)
        if self._under:
            keys = [key for key in keys if self._rows[key].under is None]
        if self._filter.terms:
            keys = [key for key in keys if self._rows[key].span or self._passes(key)]
        if self._sort is not None:
            place = self._places[self._sort]
            keys = [key for key in keys if not self._rows[key].span]
            keys.sort(key=lambda key: _sort_key(self._rows[key].cells[place]), reverse=self._descending)
        keys.sort(key=lambda key: not self._rows[key].stands_first)
        keys = self._without_idle_rules(keys)
        if self._under:
            keys = [each for key in keys for each in (key, *self._under.get(key, ()))]
        self._spans = sum(bool(self._rows[key].span) or self._rows[key].under is not None for key in keys)
        self._order, self._at = keys, {key: at for at, key in enumerate(keys)}
        self._resize_content()
        self._keep_cursor(was_at, calm)
        self._retitle()
        self.refresh()

    def _without_idle_rules(self, keys: list[Hashable]) -> list[Hashable]:
        """`keys` without the rules that have no row below them."""
        kept: list[Hashable] = []
        for key in reversed(keys):
            if not self._rows[key].is_rule or (kept and not self._rows[kept[-1]].is_rule):
                kept.append(key)
        kept.reverse()
        return kept

    def _row_near(self, at: int, *, upwards: bool = False) -> int | None:
        """The position of the row at `at`, or the nearest below it (`upwards`: above it), because the cursor skips
        rules. None without any row.
        """
        if not self._order:
            return None
        at = max(0, min(at, len(self._order) - 1))
        below, above = range(at, len(self._order)), range(at, -1, -1)
        places = chain(above, below) if upwards else chain(below, above)
        return next((place for place in places if not self._is_passed_over(self._rows[self._order[place]])), None)

    @staticmethod
    def _is_passed_over(row: Row) -> bool:
        """Whether the cursor does not stand on this line."""
        return row.is_rule or row.under is not None

    def _keep_cursor(self, was_at: int, calm: bool) -> None:
        before, first = self._cursor, self._row_near(0)
        top = self.live and was_at <= self._first and self.scroll_offset.y == 0
        self._first = first or 0
        if first is None:
            self._cursor = None
        elif top:
            self._cursor = self._order[first]
        elif self._cursor not in self._at:
            self._cursor = self._order[self._row_near(was_at) or 0]
        elif calm and (moved := self._at[self._cursor] - was_at):
            self.scroll_to(y=max(0, self.scroll_offset.y + moved), animate=False, force=True)
        if before != self._cursor:
            self.moved()

    def _move_to(self, at: int) -> None:
        found = self._row_near(at, upwards=self._cursor is not None and at < self._at.get(self._cursor, 0))
        if found is None:
            return
        at = found if found > self._first else 0  # the rules above the first row are shown with it
        before, self._cursor = self._cursor, self._order[found]
        if before != self._cursor:
            if before is not None:
                self._refresh_row(before)
            self._refresh_row(self._cursor)
            self.moved()
        if more := self._under.get(self._order[found]):
            self._scroll_to_row(found + len(more))
        self._scroll_to_row(at)
        if at >= len(self._order) - NEAR_END:
            self.near_end()

    def _scroll_to_row(self, at: int) -> None:
        page = self._page
        top = self.scroll_offset.y
        if at < top:
            self.scroll_to(y=at, animate=False, force=True)
        elif at >= top + page:
            self.scroll_to(y=at - page + 1, animate=False, force=True)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - HEADER - self._footer)

    @property
    def _footer(self) -> int:
        return 1 if self.filtering or self._filter_text else 0

    def _resize_content(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._order) + HEADER + self._footer)

    def say_empty(self, text: str) -> None:
        """Say `text` where there is no row."""
        if text != self.empty:
            self.empty = text
            self._retitle()
            self.refresh()

    @property
    def wanted_lines(self) -> int:
        """How many lines it fills with its title and the titles of its columns; one where it has no row and collapses."""
        if self.collapses and not self._rows:
            return 1
        return 1 + HEADER + max(len(self._order), 2 if self._filter.terms else 1) + self._footer

    def set_remark(self, remark: str) -> None:
        """Show `remark` in the title, after the count."""
        if remark != self.remark:
            self.remark = remark
            self._retitle()

    def _retitle(self) -> None:
        is_bare = self.collapses and not self._rows
        said = f"{self.remark}  {self.empty}" if is_bare else f"  {self._count()}{self.remark}"
        title = f"{self.title}{said}" if self.title else ""
        if title != self._entitled:
            self._entitled = title
            self.border_title = entitled(title)

    def _count(self) -> str:
        """The count of rows in the title: those that pass the filter, those that were read, and how many there are in
        all.
        """
        held = sum(not row.span and row.under is None for row in self._rows.values()) + self.folded
        shown = self.row_count + self.folded
        passed = f"{shown:,}/{held:,}" if self._filter.terms else f"{held:,}"
        if self.total is not None and self.total > held:
            return f"{passed} loaded of {self.total:,}"
        return f"{passed} loaded, more below" if self.more else passed

    def _refresh_row(self, key: Hashable) -> None:
        at = self._at.get(key)
        if at is None:
            return
        y = at - self.scroll_offset.y + HEADER
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))
        for more in self._under.get(key, ()):
            self._refresh_row(more)

    # Messages.

    def moved(self) -> None:
        self.post_message(self.Moved(self, self._cursor))

    def near_end(self) -> None:
        self.post_message(self.NearEnd(self))

    # Drawing.

    def on_resize(self) -> None:
        self._resize_content()
        if self._cursor is not None and self._cursor in self._at:
            self._scroll_to_row(self._at[self._cursor])

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        self._refresh_cursor()

    def on_blur(self) -> None:
        self._refresh_cursor()

    def _refresh_cursor(self) -> None:
        if self._cursor is not None:
            self._refresh_row(self._cursor)

    def _columns_now(self) -> tuple[Placed, ...]:
        if self._placed_for != self.size.width:
            self._placed_for = self.size.width
            self._placed = arrange(self.columns, self.size.width - 2)
            self._strips.clear()
        return self._placed

    def watch_stale(self) -> None:
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        placed = self._columns_now()
        width = self.size.width
        if y == 0:
            return self._head_strip(placed, width)
        if self._footer and y == self.size.height - 1:
            return self._filter_strip(width)
        at = y - HEADER + self.scroll_offset.y
        if not self._order and y == HEADER + 1:
            return self._line(f"  {self._why_empty()}", "table--empty", width)
        if at >= len(self._order):
            return Strip.blank(width, self.rich_style)
        return self._row_strip(self._order[at], placed, width)

    def _why_empty(self) -> str:
        return "no row passes the filter" if self._rows and self._filter_text else self.empty

    def _line(self, text: str, component: str, width: int) -> Strip:
        return Strip([ink(set_cell_size(text, width), inks(self)[component])], width)

    def _head_strip(self, placed: Sequence[Placed], width: int) -> Strip:
        plain, chosen = inks(self)["table--head"], inks(self)["table--sorted"]
        segments = [Segment(" ", plain)]
        for item in placed:
            arrow = ("▼" if self._descending else "▲") if item.column.name == self._sort else ""
            title = fit(item.column.title.upper(), item.width - len(arrow), item.column.flush_right)
            if arrow and not item.column.flush_right:  # the arrow follows the word, and stays where the word is cut
                title = title.rstrip() + arrow
                arrow = " " * (item.width - cell_len(title))
            segments.append(ink(title + arrow, chosen if item.column.name == self._sort else plain))
            segments.append(Segment(" " * GAP, plain))
        return Strip(segments).adjust_cell_length(width, plain)

    def _filter_strip(self, width: int) -> Strip:
        caret = "▏" if self.filtering else ""
        unknown = f"  no column {', '.join(self._filter.unknown)}" if self._filter.unknown else ""
        keys = "Enter keeps  Esc clears" if self.filtering else "/ changes  Esc clears"
        if self.filtering and (offered := complete(self._filter_text, self._titles())):
            keys = f"Tab {' '.join(offered)}"
        count = f"{self._count()} "
        right = f"{count} {keys} "
        beside = cell_len(f" / {caret}{unknown} ")
        if width - beside - cell_len(right) < min(FILTER_CELLS, cell_len(self._filter_text)):
            right = count
        text = end_of(self._filter_text, max(1, width - beside - cell_len(right)))
        left = f" / {text}{caret}{unknown}"
        space = max(1, width - cell_len(left) - cell_len(right))
        return self._line(left + " " * space + right, "table--filter", width)

    def _row_strip(self, key: Hashable, placed: Sequence[Placed], width: int) -> Strip:
        row = self._rows[key]
        is_cursor = self._cursor is not None and self._cursor in (key, row.under)
        place = (key, self._sequence.get(key, 0), is_cursor, is_cursor and self.has_focus, width)
        strip = self._strips.get(place)
        if strip is None:
            strip = self._strips[place] = self._drawn_strip(key, placed, width, is_cursor)
            if len(self._strips) > MAX_STRIPS:
                self._strips.popitem(last=False)
        return strip

    def _drawn_strip(self, key: Hashable, placed: Sequence[Placed], width: int, is_cursor: bool) -> Strip:
        row, texts = self._rows[key], self._text(key)
        ground = ("cursor" if self.has_focus else "blurred") if is_cursor else ""
        base = toned(self, "stale" if self.stale else row.tone, ground)
        if row.span:
            if row.is_rule:
                return Strip([ink(set_cell_size(f"── {row.span} " + "─" * width, width), base)], width)
            return Strip([ink(fit(f"{'▌' if is_cursor else ' '}{row.span}", width), base)], width)
        segments = [Segment("▌" if is_cursor else " ", base)]
        for item in placed:
            tone = row.tones[item.place] if item.place < len(row.tones) and not self.stale else ""
            style = toned(self, tone, ground) if tone else base
            segments.append(ink(self._cell_text(row, texts, item), style))
            segments.append(Segment(" " * GAP, base))
        return Strip(segments).adjust_cell_length(width, base)

    def _cell_text(self, row: Row, texts: Sequence[str], item: Placed) -> str:
        text = texts[item.place]
        if cell_len(text) > item.width:
            text = draw(row.cells[item.place], item.column.kind, width=item.width)
        text = ends_of(text, item.width) if item.column.keeps_end else around(text, item.column.keeps, item.width)
        return fit(text, item.width, item.column.flush_right)

    # Keys and mouse.

    def on_key(self, event: events.Key) -> None:
        if is_behind(self) or (event.key in self.own_keys and not self.filtering):
            return
        if self.filtering:
            self._filter_key(event)
        elif self._list_key(event.key):
            event.stop()
            event.prevent_default()

    def _list_key(self, key: str) -> bool:
        at = self._at.get(self._cursor, 0) if self._cursor is not None else 0
        page = self._page
        targets = {
            "j": at + 1,
            "down": at + 1,
            "k": at - 1,
            "up": at - 1,
            "g": 0,
            "home": 0,
            "G": len(self._order) - 1,
            "end": len(self._order) - 1,
            "pagedown": at + page,
            "ctrl+f": at + page,
            "pageup": at - page,
            "ctrl+b": at - page,
        }
        if key in targets:
            self._move_to(targets[key])
            return True
        if key == "escape" and self._filter_text:
            self.set_filter("")
            return True
        return self._list_action(key)

    def _list_action(self, key: str) -> bool:
        match key:
            case "slash":
                self.filtering = self.is_filled or not self.collapses
            case "s":
                self._cycle_sort()
            case "left" | "right":
                self._choose_column(-1 if key == "left" else 1)
            case "enter" if self._cursor is not None:
                self.post_message(self.Chosen(self, self._cursor))
            case _:
                return False
        return True

    def run_list_key(self, command_id: str) -> None:
        """What a click on a hint does: `list.filter` or `list.sort`."""
        self._list_action("slash" if command_id == "list.filter" else "s")

    def watch_filtering(self) -> None:
        self._resize_content()
        self.refresh()

    def _filter_key(self, event: events.Key) -> None:
        """While the filter is typed, every key goes to the filter, except F-keys."""
        match event.key:
            case "enter" | "down":
                self.filtering = False
            case "escape":
                self.filtering = False
                self.set_filter("")
            case "backspace":
                self.set_filter(self._filter_text[:-1])
            case "ctrl+u":
                self.set_filter("")
            case "tab":
                self._complete()
            case _ if event.character and event.is_printable:
                self.set_filter(self._filter_text + event.character)
            case _:
                return
        event.stop()
        event.prevent_default()

    def _titles(self) -> dict[str, str]:
        return {column.name: column.title for column in self.columns}

    def _complete(self) -> None:
        """Complete the title that is typed; where several begin so, as far as they agree."""
        if offered := complete(self._filter_text, self._titles()):
            self.set_filter(completed(self._filter_text, offered))

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes into the filter that is being typed."""
        if self.filtering and not is_behind(self):
            event.stop()
            event.prevent_default()
            self.set_filter(self._filter_text + " ".join(event.text.splitlines()))

    def _choose_column(self, step: int) -> None:
        """Sort by the next column with a title, in the direction of `step`."""
        shown = [item.column.name for item in self._columns_now() if item.column.title]
        if not shown:
            return
        at = shown.index(self._sort) + step if self._sort in shown else (0 if step > 0 else len(shown) - 1)
        self.sort_by(shown[at % len(shown)], descending=self._descending)

    def _cycle_sort(self) -> None:
        """Change the sort: ascending, descending, order of arrival."""
        if self._sort is None:
            self._choose_column(1)
        elif not self._descending:
            self.sort_by(self._sort, descending=True)
        else:
            self.sort_by(None)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            self._click_head(offset.x)
            return
        at = offset.y - HEADER + self.scroll_offset.y
        if 0 <= at < len(self._order) and not self._rows[self._order[at]].is_rule:
            under = self._rows[self._order[at]].under
            self._move_to(at if under is None else self._at[under])
            if event.chain == 2 and self._cursor is not None:
                self.post_message(self.Chosen(self, self._cursor))

    def _click_head(self, x: int) -> None:
        left = 1
        for item in self._columns_now():
            if left <= x < left + item.width and item.column.title:
                again = item.column.name == self._sort
                self.sort_by(item.column.name, descending=again and not self._descending)
                return
            left += item.width + GAP


def fit(text: str, width: int, flush_right: bool = False) -> str:
    """`text` in exactly `width` cells; a text that is cut ends in an ellipsis."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 1 else "…"[:width]
    pad = " " * (width - length)
    return pad + text if flush_right else text + pad


def _sort_key(cell: Cell) -> tuple[int, int, str]:
    """Empty cells first, then numbers, then text without regard to case."""
    if cell is None:
        return (0, 0, "")
    if isinstance(cell, int):
        return (1, int(cell), "")
    return (2, 0, cell.hex() if isinstance(cell, bytes) else cell.casefold())
