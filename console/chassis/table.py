"""The list of every screen: a Line-API table with a cursor that follows its object, a filter, and a sort.

Strips are cached by (row sequence, cursor, width); a changed row refreshes one line. Nothing is drawn that is not visible.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.chassis.columns import GAP, Placed, Row, TableColumn, arrange
from console.model.cells import draw
from console.model.query import Filter, parse
from protocol.schema import Cell, Table

HEADER = 1
MAX_STRIPS = 2_048
NEAR_END = 20

__all__ = ["LedgerTable", "Row", "TableColumn"]


class LedgerTable(ScrollView, can_focus=True):
    """Rows under columns. `title` is drawn in its rule with the live count; `empty` says why there is nothing."""

    COMPONENT_CLASSES = {
        "table--head",
        "table--sorted",
        "table--cursor",
        "table--cursor-blurred",
        "table--filter",
        "table--empty",
        "tone--plain",
        "tone--label",
        "tone--good",
        "tone--notice",
        "tone--warn",
        "tone--bad",
        "tone--muted",
        "tone--stale",
        "tone--title",
    }

    filtering: var[bool] = var(False)

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

    class NearEnd(Message):
        """The cursor nears the last row: ask for the next page now."""

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
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`live` keeps the cursor on the first row while it stands there, so that the newest is always in view."""
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.title = title
        self.empty = empty
        self.live = live
        self.total: int | None = None
        """How many rows there are where not all were asked for; None: as many as are held."""
        self._rows: dict[Hashable, Row] = {}
        self._drawn: dict[Hashable, tuple[Row, tuple[str, ...]]] = {}
        self._order: list[Hashable] = []
        self._at: dict[Hashable, int] = {}
        self._cursor: Hashable | None = None
        self._sequence: dict[Hashable, int] = {}
        self._strips: OrderedDict[tuple[object, ...], Strip] = OrderedDict()
        self._placed: tuple[Placed, ...] = ()
        self._placed_for = -1
        self._sort: str | None = None
        self._descending = False
        self._sort_column = 0
        self._filter_text = ""
        self._filter = Filter()
        self._places = {column.name: place for place, column in enumerate(self.columns)}

    # What it shows.

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show exactly `rows`, in this order where no sort is chosen. Unchanged rows cost nothing to draw again."""
        after = {row.id: row for row in rows}
        same_members = list(after) == list(self._rows)
        dirty = [key for key, row in after.items() if self._rows.get(key) != row]
        self._rows = after
        for key in dirty:
            self._sequence[key] = self._sequence.get(key, 0) + 1
        if same_members and not self._filter.terms:
            for key in dirty:
                self._refresh_row(key)
            return
        for key in self._drawn.keys() - after.keys():
            del self._drawn[key]
        for key in self._sequence.keys() - after.keys():
            del self._sequence[key]
        self._reorder(calm=True)

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Change or add single rows; the others stay."""
        self.set_rows({**self._rows, **{row.id: row for row in rows}}.values())

    def set_columns(self, columns: Sequence[TableColumn]) -> None:
        """Other columns; rows that do not fit them must be set anew."""
        if tuple(columns) == self.columns:
            return
        self.columns, self._rows, self._sort = tuple(columns), {}, None
        self._places = {column.name: place for place, column in enumerate(self.columns)}
        self._drawn.clear()
        self._placed_for = -1
        self.set_filter(self._filter_text)

    def show(self, table: Table, *, id_column: str, tone: str = "") -> None:
        """The rows of a protocol table whose columns carry the names of ours; columns that it lacks stay empty."""
        places = {column.name: place for place, column in enumerate(table.columns)}
        picks = [places.get(column.name) for column in self.columns]
        key = places[id_column]
        self.set_rows(
            Row(cells[key], tuple(None if pick is None else cells[pick] for pick in picks), tone)
            for cells in table.rows
        )

    @property
    def row_count(self) -> int:
        """How many rows are shown."""
        return len(self._order)

    @property
    def cursor_id(self) -> Hashable | None:
        """The row under the cursor."""
        return self._cursor

    @property
    def cursor_row(self) -> Row | None:
        return self._rows.get(self._cursor) if self._cursor is not None else None

    @property
    def shown_ids(self) -> list[Hashable]:
        """Ids of the rows that are shown, in order."""
        return list(self._order)

    @property
    def filter_text(self) -> str:
        return self._filter_text

    @property
    def sort(self) -> tuple[str | None, bool]:
        """The sorted column's name (None: as it came) and whether the largest comes first."""
        return self._sort, self._descending

    def select(self, row_id: Hashable) -> bool:
        """Put the cursor on this row; False when it is not shown."""
        if row_id not in self._at:
            return False
        self._move_to(self._at[row_id])
        return True

    def set_filter(self, text: str) -> None:
        """Show only rows that `text` lets through (see console.model.query)."""
        self._filter_text = text
        self._filter = parse(text, [column.name for column in self.columns])
        self._reorder(calm=False)

    def sort_by(self, name: str | None, *, descending: bool = False) -> None:
        """Sort by a column, or as the rows came."""
        self._sort, self._descending = name, descending
        self._strips.clear()
        self._reorder(calm=False)

    def resort(self) -> None:
        """Sort again: rows whose values changed go where they belong. Never done by itself."""
        self._reorder(calm=True)

    def exported(self) -> tuple[list[str], list[list[Cell]]]:
        """Names of all columns, and the cells of the rows that are shown."""
        return [column.name for column in self.columns], [list(self._rows[key].cells) for key in self._order]

    # Order, filter, cursor.

    def _text(self, key: Hashable) -> tuple[str, ...]:
        row = self._rows[key]
        known = self._drawn.get(key)
        if known is None or known[0] is not row:
            texts = tuple(draw(cell, column.kind) for cell, column in zip(row.cells, self.columns, strict=True))
            known = self._drawn[key] = (row, texts)
        return known[1]

    def _reorder(self, *, calm: bool) -> None:
        """Filter and sort. `calm` keeps the cursor's row at its place on the screen."""
        was_at = self._at.get(self._cursor, 0) if self._cursor is not None else 0
        keys: list[Hashable] = list(self._rows)
        if self._filter.terms:
            holds = self._filter.holds
            keys = [key for key in keys if holds(self._rows[key].cells, self._text(key), self._places)]
        if self._sort is not None:
            place = self._places[self._sort]
            keys.sort(key=lambda key: _sort_key(self._rows[key].cells[place]), reverse=self._descending)
        self._order, self._at = keys, {key: at for at, key in enumerate(keys)}
        self._resize_content()
        self._keep_cursor(was_at, calm)
        self._retitle()
        self.refresh()

    def _keep_cursor(self, was_at: int, calm: bool) -> None:
        before = self._cursor
        top = self.live and was_at == 0 and self.scroll_offset.y == 0
        if not self._order:
            self._cursor = None
        elif self._cursor not in self._at or top:
            self._cursor = self._order[min(was_at, len(self._order) - 1)]
        elif calm and (moved := self._at[self._cursor] - was_at):
            self.scroll_to(y=max(0, self.scroll_offset.y + moved), animate=False, force=True)
        if before != self._cursor:
            self.post_message(self.Moved(self, self._cursor))

    def _move_to(self, at: int) -> None:
        if not self._order:
            return
        at = max(0, min(at, len(self._order) - 1))
        before, self._cursor = self._cursor, self._order[at]
        if before != self._cursor:
            if before is not None:
                self._refresh_row(before)
            self._refresh_row(self._cursor)
            self.post_message(self.Moved(self, self._cursor))
        self._scroll_to_row(at)
        if at >= len(self._order) - NEAR_END:
            self.post_message(self.NearEnd(self))

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

    def _retitle(self) -> None:
        total = self.total if self.total is not None else len(self._rows)
        shown = len(self._order)
        count = f"{total:,}" if shown == total else f"{shown:,}/{total:,}"
        self.border_title = f"{self.title}  {count}" if self.title else ""

    # Drawing.

    def _refresh_row(self, key: Hashable) -> None:
        at = self._at.get(key)
        if at is None:
            return
        y = at - self.scroll_offset.y + HEADER
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

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
        return Strip([Segment(set_cell_size(text, width), self.get_component_rich_style(component))], width)

    def _head_strip(self, placed: Sequence[Placed], width: int) -> Strip:
        plain, chosen = self.get_component_rich_style("table--head"), self.get_component_rich_style("table--sorted")
        segments = [Segment(" ", plain)]
        for item in placed:
            arrow = ("▼" if self._descending else "▲") if item.column.name == self._sort else ""
            text = fit(item.column.title.upper() + arrow, item.width, item.column.flush_right)
            segments.append(Segment(text, chosen if arrow else plain))
            segments.append(Segment(" " * GAP, plain))
        return Strip(segments).adjust_cell_length(width, plain)

    def _filter_strip(self, width: int) -> Strip:
        total = self.total if self.total is not None else len(self._rows)
        caret = "▏" if self.filtering else ""
        unknown = f"  no column {', '.join(self._filter.unknown)}" if self._filter.unknown else ""
        keys = "Enter keeps  Esc clears" if self.filtering else "/ changes  Esc clears"
        left = f" / {self._filter_text}{caret}{unknown}"
        right = f"{len(self._order):,}/{total:,}  {keys} "
        space = max(1, width - cell_len(left) - cell_len(right))
        return self._line(left + " " * space + right, "table--filter", width)

    def _row_strip(self, key: Hashable, placed: Sequence[Placed], width: int) -> Strip:
        is_cursor = key == self._cursor
        place = (key, self._sequence.get(key, 0), is_cursor, is_cursor and self.has_focus, width)
        strip = self._strips.get(place)
        if strip is None:
            strip = self._strips[place] = self._drawn_strip(key, placed, width, is_cursor)
            if len(self._strips) > MAX_STRIPS:
                self._strips.popitem(last=False)
        return strip

    def _drawn_strip(self, key: Hashable, placed: Sequence[Placed], width: int, is_cursor: bool) -> Strip:
        row, texts = self._rows[key], self._text(key)
        cursor = self._cursor_style() if is_cursor else Style.null()
        base = self.get_component_rich_style(f"tone--{row.tone or 'plain'}")
        segments = [Segment("▌" if is_cursor else " ", base + cursor)]
        for item in placed:
            tone = row.tones[item.place] if item.place < len(row.tones) else ""
            style = self.get_component_rich_style(f"tone--{tone}") if tone else base
            segments.append(Segment(self._cell_text(row, texts, item), style + cursor))
            segments.append(Segment(" " * GAP, base + cursor))
        return Strip(segments).adjust_cell_length(width, base + cursor)

    def _cell_text(self, row: Row, texts: Sequence[str], item: Placed) -> str:
        text = texts[item.place]
        if cell_len(text) > item.width:
            text = draw(row.cells[item.place], item.column.kind, width=item.width)
        return fit(text, item.width, item.column.flush_right)

    def _cursor_style(self) -> Style:
        style = self.get_component_rich_style(
            "table--cursor" if self.has_focus else "table--cursor-blurred", partial=True
        )
        return Style(bgcolor=style.bgcolor, bold=style.bold, reverse=style.reverse)

    # Keys and mouse.

    def on_key(self, event: events.Key) -> None:
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
                self.filtering = True
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
        """While the filter is typed every key is the filter's, F-keys excepted."""
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
            case _ if event.character and event.is_printable:
                self.set_filter(self._filter_text + event.character)
            case _:
                return
        event.stop()
        event.prevent_default()

    def _choose_column(self, step: int) -> None:
        """Sort by the neighbour of the column that is sorted."""
        shown = [item.column.name for item in self._columns_now()]
        at = shown.index(self._sort) + step if self._sort in shown else (0 if step > 0 else len(shown) - 1)
        self.sort_by(shown[at % len(shown)], descending=self._descending)

    def _cycle_sort(self) -> None:
        """Up, down, as it came."""
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
        if 0 <= at < len(self._order):
            self._move_to(at)
            if event.chain == 2 and self._cursor is not None:
                self.post_message(self.Chosen(self, self._cursor))

    def _click_head(self, x: int) -> None:
        left = 1
        for item in self._columns_now():
            if left <= x < left + item.width:
                again = item.column.name == self._sort
                self.sort_by(item.column.name, descending=again and not self._descending)
                return
            left += item.width + GAP


def fit(text: str, width: int, flush_right: bool = False) -> str:
    """`text` in exactly `width` cells; what is cut off ends in an ellipsis."""
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
