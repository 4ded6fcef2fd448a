"""What a list holds: rows by id, their order under filter and sort, and a cursor that follows its object.

Drawing and keys are in table.py. Nothing here knows a style.
"""

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from itertools import count

from textual.geometry import Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.chassis.columns import Row, TableColumn
from console.chassis.segments import entitled
from console.model.cells import draw
from console.model.query import Filter, parse
from protocol.schema import Cell, Table

HEADER = 1
NEAR_END = 20


class Listing(ScrollView):
    """The state of one list."""

    filtering: var[bool] = var(False)

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
        self._entitled = ""
        self.empty = empty
        self.live = live
        self.total: int | None = None
        """How many rows there are where not all were asked for; None: as many as are held."""
        self.folded = 0
        """Rows that stand behind others which speak for them: the title counts them as shown."""
        self.remark = ""
        """Said in the title, behind the count."""
        self._rows: dict[Hashable, Row] = {}
        self._drawn: dict[Hashable, tuple[Row, tuple[str, ...]]] = {}
        self._order: list[Hashable] = []
        self._at: dict[Hashable, int] = {}
        self._cursor: Hashable | None = None
        self._sequence: dict[Hashable, int] = {}
        self._changes = count(1)
        """Each change of a row has its own number: one that left and one that comes later under its id are never taken for each other."""
        self._strips: OrderedDict[tuple[object, ...], Strip] = OrderedDict()
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
    def is_filled(self) -> bool:
        """Whether there is anything to filter or to sort, shown or not."""
        return bool(self._rows)

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
        self.filter_moved()
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
        keys.sort(key=lambda key: not self._rows[key].stands_first)
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
            self.moved()

    def _move_to(self, at: int) -> None:
        if not self._order:
            return
        at = max(0, min(at, len(self._order) - 1))
        before, self._cursor = self._cursor, self._order[at]
        if before != self._cursor:
            if before is not None:
                self._refresh_row(before)
            self._refresh_row(self._cursor)
            self.moved()
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

    def set_remark(self, remark: str) -> None:
        """Say `remark` in the title, behind the count."""
        if remark != self.remark:
            self.remark = remark
            self._retitle()

    def _retitle(self) -> None:
        total = self.total if self.total is not None else len(self._rows) + self.folded
        shown = len(self._order) + self.folded
        count = f"{total:,}" if shown == total else f"{shown:,}/{total:,}"
        title = f"{self.title}  {count}{self.remark}" if self.title else ""
        if title != self._entitled:
            self._entitled = title
            self.border_title = entitled(title)

    def _refresh_row(self, key: Hashable) -> None:
        at = self._at.get(key)
        if at is None:
            return
        y = at - self.scroll_offset.y + HEADER
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def filter_moved(self) -> None:
        """The filter is another one; the rows are held against it next. A list may set other rows first."""

    @abstractmethod
    def moved(self) -> None:
        """The cursor is on another row."""

    @abstractmethod
    def near_end(self) -> None:
        """The cursor nears the last row."""


def _sort_key(cell: Cell) -> tuple[int, int, str]:
    """Empty cells first, then numbers, then text without regard to case."""
    if cell is None:
        return (0, 0, "")
    if isinstance(cell, int):
        return (1, int(cell), "")
    return (2, 0, cell.hex() if isinstance(cell, bytes) else cell.casefold())
