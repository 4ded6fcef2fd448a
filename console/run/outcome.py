"""The result of a command without a screen: data for programs, lines for people; and how they are printed."""

from collections.abc import Sequence
from itertools import zip_longest
from unicodedata import combining, east_asian_width

from console.model.cells import draw
from console.terminal import complain, is_watched, say, say_json
from protocol.schema import Cell, ColumnKind, Refusal, Table
from protocol.values import dataclass

CUT = 120
"""The most characters of a cell on a terminal, where a longer one would hide the table. Elsewhere nothing is cut."""
PADDED = 120
"""A wider column is not padded, because one long cell would make every other line as long."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command: `data` for --json, `lines` for people, and the exit status (0 done, 1 refused, found or
    an alarm).

    A line may quote the Totebox, and is printed as one line whatever it contains.
    """

    data: dict[str, object]
    lines: tuple[str, ...]
    status: int = 0
    alarm: str = ""


def alarmed(outcome: CommandResult, alarm: str) -> CommandResult:
    """`outcome` with the alarm about the Totebox's log, and with a status that is not 0."""
    return CommandResult({**outcome.data, "alarm": alarm}, outcome.lines, outcome.status or int(bool(alarm)), alarm)


def printed(outcome: CommandResult, as_json: bool) -> None:
    """Print it to the standard output, and an alarm to the standard error, so that it is not mixed with the data."""
    if outcome.alarm:
        complain(f"os-console: ALARM: {outcome.alarm}; both checkpoints were kept, see F8")
    if as_json:
        say_json(outcome.data)
    elif outcome.lines:
        say(*outcome.lines)


def refused(refusal: Refusal) -> CommandResult:
    """The reason of a refusal, and what to do."""
    data = {"code": refusal.code.name, "reason": refusal.reason, "remedy": refusal.remedy}
    remedy = f"; {refusal.remedy}" if refusal.remedy else ""
    return CommandResult({"refusal": data}, (f"refused: {refusal.reason}{remedy} [{refusal.code.name}]",), 1)


def plain(value: object) -> object:
    """A cell or field as a JSON value: bytes in hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value


def tabled(table: Table, rows: Sequence[tuple[Cell, ...]], more: bool, *, may_cut: bool = False) -> CommandResult:
    """Rows under their columns, every cell complete; with `may_cut` a long cell is cut for a person at a terminal."""
    names = [column.name for column in table.columns]
    data = {
        "table": table.name,
        "columns": [{"name": each.name, "kind": each.kind.value, "unit": each.unit} for each in table.columns],
        "rows": [plain(row) for row in rows],
        "more": more,
    }
    kinds = [column.kind for column in table.columns]
    most = CUT if may_cut and is_watched() else 0
    drawn = [[_cell(cell, kind, most) for cell, kind in zip_longest(row, kinds, fillvalue=None)] for row in rows]
    lines = [names, *drawn]
    widths = [min(PADDED, max(map(_width, column))) for column in zip_longest(*lines, fillvalue="")]
    tail = [f"... and more; --limit {len(rows) * 2}"] if more else []
    return CommandResult(data, (*(_joined(line, widths) for line in lines), *tail))


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (wide - _width(cell)) for cell, wide in zip(cells, widths, strict=False)).rstrip()


def _cell(cell: Cell, kind: ColumnKind | None, most: int) -> str:
    text = draw(cell, kind or ColumnKind.TEXT)
    return text if not most or len(text) <= most else text[: most - 1] + "…"


def _width(text: str) -> int:
    """The cells that `text` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
