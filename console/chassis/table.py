"""The list of every screen: a Line-API table with a cursor that follows its object, a filter, and a sort.

Strips are cached by (row sequence, cursor, width); a changed row refreshes one line. Nothing is drawn that is not visible.
"""

from collections.abc import Hashable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from console.chassis.columns import GAP, Placed, Row, TableColumn, arrange, end_of
from console.chassis.inks import inks
from console.chassis.layers import is_behind
from console.chassis.listing import HEADER, Listing
from console.chassis.segments import ink
from console.model.cells import draw

FILTER_CELLS = 16
"""A filter that is typed has at least this much room; the hint beside it gives way."""
MAX_STRIPS = 2_048

__all__ = ["LedgerTable", "Row", "TableColumn"]


class LedgerTable(Listing, can_focus=True):
    """Rows under columns. `title` is drawn in its rule with the live count; `empty` says why there is nothing."""

    own_keys: frozenset[str] = frozenset()
    """Keys that mean something else here: they neither filter nor sort, and are the pane's."""

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
        super().__init__(columns, title=title, empty=empty, live=live, id=id, classes=classes)
        self._placed: tuple[Placed, ...] = ()

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
            text = fit(item.column.title.upper() + arrow, item.width, item.column.flush_right)
            segments.append(ink(text, chosen if arrow else plain))
            segments.append(Segment(" " * GAP, plain))
        return Strip(segments).adjust_cell_length(width, plain)

    def _filter_strip(self, width: int) -> Strip:
        total = self.total if self.total is not None else len(self._rows)
        caret = "▏" if self.filtering else ""
        unknown = f"  no column {', '.join(self._filter.unknown)}" if self._filter.unknown else ""
        keys = "Enter keeps  Esc clears" if self.filtering else "/ changes  Esc clears"
        count = f"{len(self._order):,}/{total:,} "
        right = f"{count} {keys} "
        around = cell_len(f" / {caret}{unknown} ")
        if width - around - cell_len(right) < min(FILTER_CELLS, cell_len(self._filter_text)):
            right = count
        text = end_of(self._filter_text, max(1, width - around - cell_len(right)))
        left = f" / {text}{caret}{unknown}"
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
        tones = inks(self)
        base = tones[f"tone--{row.tone or 'plain'}"]
        segments = [Segment("▌" if is_cursor else " ", base + cursor)]
        for item in placed:
            tone = row.tones[item.place] if item.place < len(row.tones) else ""
            style = tones[f"tone--{tone}"] if tone else base
            segments.append(ink(self._cell_text(row, texts, item), style + cursor))
            segments.append(Segment(" " * GAP, base + cursor))
        return Strip(segments).adjust_cell_length(width, base + cursor)

    def _cell_text(self, row: Row, texts: Sequence[str], item: Placed) -> str:
        text = texts[item.place]
        if cell_len(text) > item.width:
            text = draw(row.cells[item.place], item.column.kind, width=item.width)
        return fit(text, item.width, item.column.flush_right)

    def _cursor_style(self) -> Style:
        return inks(self)["table--cursor" if self.has_focus else "table--cursor-blurred"]

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
