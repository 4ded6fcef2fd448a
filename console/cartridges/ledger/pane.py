"""The Command Ledger: a live list of the audit log, and the proof of the row under the cursor."""

from collections.abc import Iterable
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from console.cartridges.ledger import SPEC
from console.cartridges.ledger.proof import lines
from console.cartridges.ledger.sheets import COLUMNS, drawn
from console.chassis.columns import Row
from console.chassis.facts import Line, Lines, line
from console.chassis.segments import entitled
from console.chassis.table_cartridge import ListSpec, TableCartridge
from console.model import ledger
from console.model.devices import PAIRINGS_TABLE, known_here
from console.model.events import Answer
from console.model.ledger import Fold, LedgerRow
from console.model.paged import PageRequest, joined
from console.model.safe_text import safe_line
from console.model.state import ToteboxState
from console.model.tables import records
from protocol.schema import Arguments, List, Prove, Receipt, Refusal, Rows
from protocol.schema.numbers import Log, Role

SIDE_BY_SIDE = 170
ONE_AT_A_TIME = 26
MOST_PAGES = 5
"""The most pages that are asked for one after another, where folded reads leave the screen half empty."""


class LedgerPane(TableCartridge[LedgerRow]):
    """Rows come as telemetry. Older ones are asked for when the cursor nears the end, missing ones by Enter on their
    gap.

    Consecutive reads are one line, so that decisions stay visible among them. Under a filter each read is a row of its
    own, because a folded row could not be found.
    """

    spec = SPEC
    listed = ListSpec(
        id="ledger-rows",
        table="audit.log",
        title="COMMAND LEDGER",
        empty="the audit log has no row",
        columns=COLUMNS,
        read=ledger.read_row,
        key=lambda row: row.index,
        is_log=True,
    )

    def __init__(self) -> None:
        super().__init__()
        self._pages = 0
        self._is_unfolded = False
        self._opened: set[int] = set()
        self._edges: dict[int, str] = {}
        """The cursor after each page that was read, by the page's lowest index."""
        self._proving: int | None = None
        self._paired_at: tuple[int, int] = (0, 0)
        self._folded = 0

    def compose(self) -> ComposeResult:
        with Container(id="ledger-body"):
            yield self.make_table()
            yield Lines("PROOF", id="ledger-proof")

    @property
    def proof(self) -> Lines:
        return self.query_one("#ledger-proof", Lines)

    def detail_to_focus(self) -> Widget:
        """The list keeps the focus where it is on the screen beside the proof."""
        return self.table if self.table.display else self.proof

    def forget(self) -> None:
        self._opened, self._edges, self._paired_at = set(), {}, (0, 0)
        self.close_proof()

    def heard(self, totebox: ToteboxState) -> None:
        before, self.paged = self.paged, joined(self.paged, ledger.told(totebox.audit_rows))
        if self.paged is not before:
            self.draw_list()
        at = (totebox.sessions, totebox.changed.get(PAIRINGS_TABLE, 0))
        if totebox.is_linked and totebox.role is Role.ADMIN and at != self._paired_at:
            self._paired_at = at
            self.ask("pairings", List(PAIRINGS_TABLE, "", "", "", 200))

    # The list.

    def rows_of_list(self) -> Iterable[Row]:
        totebox, table, rows = self.totebox, self.table, ledger.newest_first(self.paged.rows.values())
        status = totebox.status if totebox is not None else None
        table.total = status.audit_size if status is not None else None
        whole = self._is_unfolded or bool(table.filter_text)
        shown = rows if whole else ledger.folded(rows, self._opened)
        folds = [each for each in shown if isinstance(each, Fold)]
        self._folded = sum(len(fold.reads) for fold in folds)
        table.folded = self._folded - len(folds)
        if not rows:  # the first picture is drawn without a row: this device's fingerprint would load cryptography
            return ()
        labels = totebox.labels if totebox is not None else {}
        known = known_here({**ledger.labels(rows), **labels}, self.desk.fingerprint())
        names = ledger.documents(rows)
        return [drawn(each, known, names) for each in ledger.with_days_and_gaps(shown)]

    def remark_of_list(self) -> str:
        return f"  {self._folded:,} of them reads, folded: z shows them" if self._folded else ""

    def on_ledger_table_filtered(self) -> None:
        self.draw_list()

    def may_extend(self) -> bool:
        self._pages = 0
        return not self.table.filter_text

    def page_came(self, page: PageRequest, rows: Rows) -> None:
        indexes = [index for record in records(rows.table) if (index := record.number("index")) is not None]
        if indexes:
            self._edges[min(indexes)] = rows.cursor
        self.call_after_refresh(self._page_on)

    def _page_on(self) -> None:
        """Ask for another page if reads were folded to so few lines that the screen has room."""
        room = self.table.row_count < self.table.size.height - 1
        if room and self.table.folded and self.paged.more and not self.paged.is_waiting and self._pages < MOST_PAGES:
            self._pages += 1
            self.ask_page(PageRequest.EXTEND)

    def turn_reads(self) -> None:
        """Show all reads as rows, or fold them again."""
        self._is_unfolded = not (self._is_unfolded or self._opened)
        self._opened = set()
        self.draw_list()

    # Enter: what a line stands for, or the proof of a row.

    def why_not_prove(self) -> str:
        return "" if self.table.cursor_id is not None else "no row is chosen"

    def prove(self) -> None:
        match self.table.cursor_id:
            case ("reads", int(oldest)):
                self._opened.add(oldest)
                self.draw_list()
            case ("missed", int(last)):
                edge = min((index for index in self._edges if index > last), default=None)
                self.ask_page(
                    PageRequest.RENEW if edge is None else PageRequest.EXTEND,
                    None if edge is None else self._edges[edge],
                )
            case int(index):
                self._prove(index)

    def _prove(self, index: int) -> None:
        self._proving = index
        self._opened.add(index)
        self.table.live = False  # the proof adds a row to the log: the cursor stays on the row that is proved
        self.crumb = f"audit {index:,}"
        self._show_proof([line(("label", f"asking for the proof of audit row {index:,} ..."))])
        self.ask(f"prove {index}", Prove(Log.AUDIT, index))

    def on_ledger_table_chosen(self) -> None:
        self.prove()

    def on_ledger_table_moved(self) -> None:
        self.desk.hints_changed()

    def answer_came(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        if key == "pairings" and isinstance(answer, Rows):
            self.draw_list()  # the model has their labels
        elif key == f"prove {self._proving}":
            self._proved(answer)

    def _proved(self, answer: Answer) -> None:
        totebox, index = self.totebox, self._proving
        if totebox is None or totebox.bound is None:
            return
        if isinstance(answer, Receipt):
            from console.model.proofs import check_for  # cryptography, not loaded before a proof is asked for

            verdict = check_for(answer, totebox.bound)
            if answer.index != index and verdict.holds:
                self._show_proof([line(("bad", f"✗ the Totebox proved row {answer.index}, asked was {index}"))])
                return
            self._show_proof(lines(verdict))
        elif isinstance(answer, Refusal):
            reason, remedy = safe_line(answer.reason), safe_line(answer.remedy)
            self._show_proof([line(("warn", f"▲ no proof: {reason}")), line(("label", remedy))])

    def _show_proof(self, shown: list[Line]) -> None:
        self.proof.border_title = entitled(f"PROOF OF AUDIT ROW {self._proving:,}")
        self.proof.set_lines(shown)
        self.read_on()

    def why_not_close(self) -> str:
        return "" if self.is_reading else "no proof is open"

    def close_proof(self) -> None:
        self._proving, self.crumb, self.table.live = None, "", True
        self.to_list()

    # The rest.

    def _entry(self) -> int | None:
        """The record that the row under the cursor authorised, where this console has seen it."""
        entries, row = self.totebox.entries if self.totebox else (), self.table.cursor_id
        return next((entry.index for entry in entries if entry.audit == row), None)

    def why_no_record(self) -> str:
        return "" if self._entry() is not None else "this row authorised no record that this console has seen"

    def record(self) -> None:
        if (index := self._entry()) is not None:
            self.open("documents", index=index)

    def show_object(self, **focus: Any) -> None:
        index = focus.get("index")
        if not isinstance(index, int) or index not in self.paged.rows:
            return
        self._opened.add(index)
        self.draw_list()
        if self.table.select(index):
            self.prove()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= SIDE_BY_SIDE, "-wide")
        self.set_class(event.size.height < ONE_AT_A_TIME, "-low")
