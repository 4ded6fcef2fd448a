"""The Command Ledger: a live list over the audit log, and the proof of the row under the cursor."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from console.cartridges.ledger import SPEC
from console.cartridges.ledger.proof import lines
from console.chassis.cartridge import Cartridge
from console.chassis.columns import Row, TableColumn
from console.chassis.facts import Lines, line
from console.chassis.segments import entitled
from console.chassis.table import LedgerTable
from console.model.events import Answer
from console.model.ledger import Fold, LedgerRow, folded, hole, listed, newest_first, short_actor, told
from console.model.safe_text import safe_line
from console.model.state import Model, ToteboxState
from protocol.schema import Arguments, ColumnKind, List, Prove, Receipt, Refusal, Rows
from protocol.schema.numbers import Log, Severity

PAGE = 200
SIDE_BY_SIDE = 170
ONE_AT_A_TIME = 26
MOST_PAGES = 5
"""Asked for in a row where folded reads leave the screen half empty."""
COLUMNS = (
    TableColumn("index", "Index", 7, ColumnKind.AUDIT_INDEX),
    TableColumn("time", "Time", 19, ColumnKind.TIME),
    TableColumn("kind", "Kind", 17),
    TableColumn("actor", "Actor", 12, priority=3),
    TableColumn("subject", "Subject", 0, priority=1, share=2, least=18),
    TableColumn("detail", "Detail", 0, priority=2, share=3, least=20),
    TableColumn("command", "Command", 8, priority=5),
)
NARROW = (COLUMNS[0], TableColumn("time", "Time", 11, ColumnKind.TIME), *COLUMNS[2:])


class LedgerRows(LedgerTable):
    """The list. Under a filter every read is a row of its own: what is folded could not be found."""

    def filter_moved(self) -> None:
        pane = next((each for each in self.ancestors if isinstance(each, LedgerPane)), None)
        if pane is not None:
            pane.refill()


class LedgerPane(Cartridge):
    """Rows come as telemetry; older ones are asked for when the cursor nears the end.

    Reads that follow each other are one line, so that what was decided is not buried under what was asked.
    """

    spec = SPEC

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[int, LedgerRow] = {}
        self._of: str | None = None
        self._seen: tuple[object, ...] = ()
        self._cursor = ""
        self._more = True
        self._asking = False
        self._pages = 0
        self._unfolded = False
        self._opened: set[int] = set()
        self._proving: int | None = None

    def compose(self) -> ComposeResult:
        with Container(id="ledger-body"):
            empty = "no audit row has arrived yet"
            yield LedgerRows(COLUMNS, title="COMMAND LEDGER", empty=empty, live=True, id="ledger-rows")
            yield Lines("PROOF", id="ledger-proof")

    @property
    def table(self) -> LedgerTable:
        return self.query_one("#ledger-rows", LedgerTable)

    @property
    def proof(self) -> Lines:
        return self.query_one("#ledger-proof", Lines)

    # What is known.

    def shown(self) -> None:
        self.model_changed(self.model)

    def model_changed(self, model: Model) -> None:
        totebox = model.totebox
        if totebox is None:
            return
        if totebox.id != self._of:
            self._forget(totebox.id)
        session = (totebox.id, totebox.sessions, totebox.dropped.count)
        if totebox.is_linked and session != self._seen:
            self._seen = session
            self._page("newest", "")
        before = len(self._held)
        self._held.update({i: row for i, row in told(totebox.audit_rows).items() if i not in self._held})
        if len(self._held) != before or not self.table.row_count:
            self._fill(totebox)

    def _forget(self, totebox: str) -> None:
        self._of, self._held, self._cursor, self._more, self._asking = totebox, {}, "", True, False
        self._opened = set()
        self.close_proof()
        self.table.set_rows(())

    def _fill(self, totebox: ToteboxState) -> None:
        status = totebox.status
        table, rows = self.table, newest_first(self._held)
        table.total = max(status.audit_size, len(self._held)) if status else None
        whole = self._unfolded or bool(table.filter_text)
        shown = rows if whole else folded(rows, self._opened)
        folds = [each for each in shown if isinstance(each, Fold)]
        hidden = sum(len(fold.reads) for fold in folds)
        table.folded = hidden - len(folds)
        table.remark = f"  {hidden:,} of them reads, folded: z shows them" if folds else ""
        table.set_rows(_fold(each) if isinstance(each, Fold) else _row(each) for each in shown)

    def refill(self) -> None:
        """Show what is held as it is wanted now."""
        if (totebox := self.totebox) is not None:
            self._fill(totebox)

    # Reads.

    def turn_reads(self) -> None:
        """All of them as rows, or folded again."""
        self._unfolded = not (self._unfolded or self._opened)
        self._opened = set()
        self.refill()

    def _open_fold(self) -> bool:
        """Show the reads under the cursor; False where the cursor is on a row."""
        match self.table.cursor_id:
            case ("reads", int(oldest)):
                self._opened.add(oldest)
                self.refill()
                return True
        return False

    # Paging back.

    def _page(self, key: str, cursor: str) -> None:
        self._asking = True
        self.ask(key, List("audit.log", "", "", cursor, PAGE))

    def on_ledger_table_near_end(self) -> None:
        if self._more and not self._asking and self._cursor and not self.table.filter_text:
            self._pages = 0
            self._page("older", self._cursor)

    def _page_on(self) -> None:
        """Another page where reads were folded to so few lines that the screen has room."""
        room = self.table.row_count < self.table.size.height - 1
        if room and self.table.folded and self._more and self._cursor and self._pages < MOST_PAGES:
            self._pages += 1
            self._page("older", self._cursor)

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        if key.startswith("prove"):
            self._proved(int(key.split()[1]), answer)
            return
        self._asking = False
        if isinstance(answer, Refusal):
            self.notice(f"audit log: {safe_line(answer.reason)}", Severity.WARNING, safe_line(answer.remedy))
        elif isinstance(answer, Rows) and (totebox := self.totebox) is not None:
            self._held.update(listed(answer.table))
            if key == "older" or not self._cursor or hole(self._held) is not None:
                self._cursor, self._more = answer.cursor, answer.more
            self._fill(totebox)
            self.call_after_refresh(self._page_on)

    # Proof.

    def why_not_prove(self) -> str:
        return "" if self.table.cursor_id is not None else "no row is chosen"

    def prove(self) -> None:
        if self._open_fold():
            return
        index = self.table.cursor_id
        if isinstance(index, int):
            self._proving = index
            self.crumb = f"audit {index:,}"
            self._show_proof([line(("label", f"asking for the proof of audit row {index:,} ..."))])
            self.ask(f"prove {index}", Prove(Log.AUDIT, index))

    def on_ledger_table_chosen(self) -> None:
        self.prove()

    def on_ledger_table_moved(self) -> None:
        self.desk.hints_changed()

    def _proved(self, index: int, answer: Answer) -> None:
        totebox = self.totebox
        if index != self._proving or totebox is None or totebox.bound is None:
            return
        if isinstance(answer, Receipt):
            from console.model.proofs import check_for  # cryptography, not before a proof is wanted

            verdict = check_for(answer, totebox.bound)
            if answer.index != index and verdict.holds:
                self._show_proof([line(("bad", f"✗ the Totebox proved row {answer.index}, asked was {index}"))])
                return
            self._show_proof(lines(verdict, self._proof_width))
        elif isinstance(answer, Refusal):
            said = [
                line(("warn", f"▲ no proof: {safe_line(answer.reason)}")),
                line(("label", safe_line(answer.remedy))),
            ]
            self._show_proof(said)

    @property
    def _proof_width(self) -> int:
        return 90 if self.has_class("-wide") else self.size.width - 2

    def _show_proof(self, shown: list[tuple[tuple[str, str], ...]]) -> None:
        self.set_class(True, "-proof")
        title = f"PROOF OF AUDIT ROW {self._proving:,}" if self._proving is not None else "PROOF"
        self.proof.border_title = entitled(title)
        self.proof.set_lines(shown)
        if not self.table.display:
            self.proof.focus()
        self.desk.hints_changed()

    def why_not_close(self) -> str:
        return "" if self.has_class("-proof") else "no proof is open"

    def close_proof(self) -> None:
        self._proving, self.crumb = None, ""
        self.set_class(False, "-proof")
        self.call_after_refresh(self.table.focus)
        self.desk.hints_changed()

    # The rest.

    def why_no_record(self) -> str:
        totebox, index = self.totebox, self.table.cursor_id
        if totebox is None or not any(entry.audit == index for entry in totebox.entries):
            return "this row authorised no record that this console has seen"
        return ""

    def record(self) -> None:
        totebox, index = self.totebox, self.table.cursor_id
        entry = next((e for e in totebox.entries if e.audit == index), None) if totebox else None
        if entry is not None:
            self.open("minutebook", index=entry.index)

    def reload(self) -> None:
        self._page("newest", "")

    def focus_object(self, **focus: object) -> None:
        index = focus.get("index")
        if not isinstance(index, int):
            return
        if index in self._held and not self.table.select(index):
            self._opened.add(index)
            self.refill()
        if self.table.select(index):
            self.prove()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= SIDE_BY_SIDE, "-wide")
        self.set_class(event.size.height < ONE_AT_A_TIME, "-low")
        columns = NARROW if event.size.width < 100 else COLUMNS
        if columns != self.table.columns:
            self.table.set_columns(columns)
            self.refill()


def _fold(fold: Fold) -> Row:
    first, last = fold.oldest.index, fold.newest.index
    said = f"Enter opens {first:,} to {last:,}"
    cells = (last, fold.newest.time, f"▸ {fold.count:,} reads", fold.actor, fold.verbs, said, "")
    return Row(("reads", first), cells, "muted")


def _row(row: LedgerRow) -> Row:
    cells = (
        row.index,
        row.time,
        f"{row.glyph} {row.kind}",
        short_actor(row.actor),
        row.subject,
        row.detail,
        row.command[:8],
    )
    return Row(row.index, cells, "", ("muted", "label", row.tone or "plain", "label", "plain", "plain", "muted"))
