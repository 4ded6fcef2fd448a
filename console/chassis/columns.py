"""The columns of a list, and which of them fit. Pure."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from rich.cells import cell_len, set_cell_size

from console.model.cells import RIGHT
from protocol.schema import Cell, ColumnKind
from protocol.values import dataclass

GAP = 1


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column. A column with `width` 0 shares the remaining width (by `share`), but has at least `least`. `priority`
    0 always stays; the column with the largest is dropped first.
    """

    name: str
    title: str
    width: int = 0
    kind: ColumnKind = ColumnKind.TEXT
    priority: int = 0
    share: int = 1
    least: int = 10
    """The least width of a sharing column before other columns are dropped for it."""
    keeps: str = ""
    """A text that stays visible where a cell is cut: the first place where it stands."""
    keeps_end: bool = False
    """Whether a cell is cut in its middle: names that begin alike differ at their ends."""

    @property
    def flush_right(self) -> bool:
        return self.kind in RIGHT


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the cursor follows its `id`; there is a cell for each column; `tone` colours the row, `tones` single
    cells.

    Tones are words: '' good notice warn bad muted stale title. The words beside them say the same without colour.
    """

    id: Hashable
    cells: tuple[Cell, ...]
    tone: str = ""
    tones: tuple[str, ...] = ()
    stands_first: bool = False
    """Whether it stands before all others under every sort."""
    span: str = ""
    """A text over the whole width in place of the cells: such a line is not counted, passes every filter, and is left
    out of a sorted list.
    """
    under: Hashable | None = None
    """The row whose text this line continues: it follows that row, and neither counts nor has the cursor by itself."""
    is_rule: bool = False
    """A span that the cursor skips, shown only where a row follows it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that is shown: its position in the row's cells, and its width."""

    place: int
    column: TableColumn
    width: int


def arrange(columns: Sequence[TableColumn], width: int) -> tuple[Placed, ...]:
    """Which columns fit in `width` and how wide each is. At least one always stays.

    Where a wide column had to go, narrow ones that went before it come back into the room that it left.
    """
    kept = list(enumerate(columns))
    dropped: list[tuple[int, TableColumn]] = []
    while len(kept) > 1 and _least(kept) > width:
        worst = max(kept, key=_importance)
        if worst[1].priority == 0:
            break
        kept.remove(worst)
        dropped.append(worst)
    for item in sorted(dropped, key=_importance):
        if _least([*kept, item]) <= width:
            kept = sorted([*kept, item], key=lambda each: each[0])
    kept = kept if _least(kept) <= width else [(place, _squeezed(column)) for place, column in kept]
    spare = max(0, width - _least(kept))
    shares = sum(column.share for _, column in kept if column.width == 0)
    placed = []
    for place, column in kept:
        wide = column.width
        if not wide:
            extra = spare * column.share // shares
            spare, shares = spare - extra, shares - column.share
            wide = column.least + extra
        placed.append(Placed(place, column, wide))
    return tuple(placed)


def _importance(item: tuple[int, TableColumn]) -> tuple[int, int]:
    """Least first: the largest is dropped first."""
    return item[1].priority, item[0]


def _squeezed(column: TableColumn) -> TableColumn:
    """A sharing column without its least width, for a list where even the columns that must stay do not fit."""
    return replace(column, least=min(column.least, 12))


def _least(kept: Sequence[tuple[int, TableColumn]]) -> int:
    return sum(column.width or column.least for _, column in kept) + GAP * (len(kept) - 1)


def end_of(text: str, cells: int) -> str:
    """`text`, or as much of its end as fits into `cells` after an ellipsis, so that the place where a person types
    stays visible.
    """
    if cell_len(text) <= cells:
        return text
    kept = text[-cells:]
    while kept and cell_len(kept) > cells - 1:
        kept = kept[1:]
    return f"…{kept}"


def ends_of(text: str, cells: int) -> str:
    """`text`, or where it is longer than `cells` its beginning and its end with an ellipsis between them."""
    if cell_len(text) <= cells:
        return text
    tail = end_of(text, max(1, (cells + 2) // 2))
    return set_cell_size(text, max(0, cells - cell_len(tail))).rstrip() + tail


def around(text: str, wanted: str, cells: int) -> str:
    """`text`, or, where it is longer than `cells` and `wanted` stands far behind, the part that begins shortly before
    `wanted`.
    """
    at = text.find(wanted) if wanted and cell_len(text) > cells else -1
    lead = max(0, cells // 3)
    return f"…{text[at - lead + 1 :]}" if at > lead else text
