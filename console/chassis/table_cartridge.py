"""A cartridge whose screen is one table of the active Totebox, and the detail of the row under its cursor.

A subclass declares: `listed` (table, columns, how a row is read and drawn), the panels beside the list, and its own
commands. This class has what all such lists share: paging, when to ask again, the text of an empty list, words to find,
the date as of which it is asked, the change between list and detail, staleness, and the change of Totebox. Filter,
sort, selection and export belong to the list (`chassis/table.py`); the states of a page are in `model/paged.py`.

Law: only rows of a Totebox are drawn under its name. `settle` compares the active Totebox with the one whose rows are
held, before anything is asked, answered or drawn. Where another one is active it drops the rows, calls `forget`, and
begins another epoch. Every question carries its epoch, and an answer of an earlier epoch is dropped.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from textual import events
from textual.widget import Widget

from console.chassis.askline import AskLine
from console.chassis.cartridge import Cartridge
from console.chassis.columns import Row, TableColumn
from console.chassis.facts import Facts, Lines
from console.chassis.table import LedgerTable
from console.model.cells import moment
from console.model.events import Answer
from console.model.identity import as_of
from console.model.paged import Paged, PageRequest, answered, asked, opened, refused, sought
from console.model.safe_text import safe_line
from console.model.state import LinkPhase, Model, ToteboxState
from console.model.tables import Record, records
from protocol.schema import Arguments, List, Refusal, Rows
from protocol.schema.numbers import Severity
from protocol.values import dataclass

PAGE = 200
NARROW = 100
"""Below this width either the list or the detail is shown."""
R = TypeVar("R")
PAGES = {page.value: page for page in PageRequest}


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[R]):
    """What a list shows.

    `id` is the list's widget; `table` the Totebox's table; `read` gives a row (None: it is left out), `key` what the
    cursor follows; `watches` are further tables whose change asks again; `empty` is the text for a Totebox that has no
    row, `find` the prompt of the line that asks for words.
    """

    id: str
    table: str
    title: str
    empty: str
    columns: Sequence[TableColumn]
    read: Callable[[Record], R | None]
    key: Callable[[R], Hashable]
    watches: tuple[str, ...] = ()
    find: str = "words to find; empty shows all"
    is_log: bool = False
    """Rows never change and are never removed; while the cursor is on the newest row, it follows the newest."""


class TableCartridge(Cartridge, Generic[R]):
    """A list, and the detail of one of its rows. Classes: `-reading` while the detail has the focus, `-narrow` where
    only one of them is shown.
    """

    listed: ListSpec[R]

    def __init__(self) -> None:
        super().__init__()
        self.paged: Paged[R] = Paged()
        self._of: str | None = None
        self._epoch = 0
        self._drawn_of: tuple[ToteboxState | None, Paged[R]] | None = None
        """The state from which the list was drawn last."""

    # What a subclass declares, besides `listed`.

    def title_of_list(self) -> str:
        """The title of the list; words that are searched and a date are added to it."""
        return self.listed.title

    def columns_of_list(self) -> Sequence[TableColumn]:
        return self.listed.columns

    @abstractmethod
    def rows_of_list(self) -> Iterable[Row]:
        """The rows, in the form in which they are drawn."""

    def query_of_list(self) -> str:
        """The query for the table."""
        return self.words

    def gone(self, fresh: Iterable[R]) -> Collection[Hashable]:
        """The rows that the `fresh` ones replace."""
        return ()

    def forget(self) -> None:
        """Another Totebox is active: drop everything of the old one."""

    def heard(self, totebox: ToteboxState) -> None:
        """The model changed, and the active Totebox is the one whose rows are held."""

    def listed_anew(self) -> None:
        """The list shows other rows than before."""

    def answer_came(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        """The answer to an `ask` of this Totebox arrived."""

    def bytes_came(self, key: str, index: int, data: bytes, trouble: str) -> None:
        """The answer to a `request_read` of this Totebox arrived."""

    @abstractmethod
    def detail_to_focus(self) -> Widget:
        """The widget that has the focus while the detail is read."""

    # The list.

    @property
    def table(self) -> LedgerTable:
        return self.query_one(f"#{self.listed.id}", LedgerTable)

    def make_table(self) -> LedgerTable:
        """The list's widget, for `compose`."""
        listed = self.listed
        return LedgerTable(listed.columns, title=listed.title, empty="not asked yet", live=listed.is_log, id=listed.id)

    @property
    def words(self) -> str:
        """The words that are searched ('': everything is listed)."""
        return self._words

    @property
    def date(self) -> str:
        """The moment as of which the list is asked ('' for now)."""
        return self.paged.as_of

    @property
    def under_cursor(self) -> R | None:
        """The row under the cursor."""
        found = self.table.cursor_id
        return self.paged.rows.get(found) if found is not None else None

    _words = ""

    def seek(self, words: str | None = None, *, date: str | None = None) -> None:
        """List the rows with these words, as of this moment; None leaves each unchanged. Asks for the first page."""
        self._words = self._words if words is None else words
        self.paged = sought(self.paged, self.query_of_list(), self.date if date is None else date)
        self.ask_page(PageRequest.BEGIN)
        self.draw_list()

    def ask_page(self, page: PageRequest, cursor: str | None = None) -> None:
        """Ask for a page, if there is a link."""
        totebox = self.totebox
        if totebox is None or not totebox.is_linked:
            return
        self.paged = asked(self.paged, page, self._known(totebox), cursor)
        question = self.paged.question
        assert question is not None
        arguments = List(self.listed.table, self.paged.query, self.paged.as_of, question.cursor, PAGE)
        self.ask(f"{page.value} {question.serial}", arguments)

    def draw_list(self) -> None:
        """Draw the rows."""
        totebox, table = self.totebox, self.table
        self._drawn_of = (totebox, self.paged)
        sought_for = f"FOUND {safe_line(self.words)!r}" if self.words else self.title_of_list()
        table.title = sought_for + (f"  as of {moment(self.date)[:10]}" if self.date else "")
        empty = f"nothing has {safe_line(self.words)!r}" if self.words else self.listed.empty
        table.empty = self.paged.why_empty(how_linked(totebox), empty)
        table.more = self.paged.more
        before, are_other = table.cursor_id, table.set_columns(self.columns_of_list())
        table.set_rows(self.rows_of_list())
        if are_other and before is not None:
            table.select(before)
        self._draw_staleness(totebox)
        self.listed_anew()
        table.refresh()
        self.desk.hints_changed()

    def _draw_staleness(self, totebox: ToteboxState | None) -> None:
        is_stale = totebox is None or totebox.is_stale(self.desk.now())
        set_stale(self, is_stale)
        said = how_linked(totebox) or "silent"
        self.table.set_remark(
            f"{self.remark_of_list()}  ○ stale: {said}" if is_stale and self.paged.rows else self.remark_of_list()
        )

    def remark_of_list(self) -> str:
        """The text after the count."""
        return ""

    def _known(self, totebox: ToteboxState) -> tuple[object, ...]:
        tables = (self.listed.table, *self.listed.watches)
        return (totebox.sessions, totebox.dropped.count, *(totebox.changed.get(table, 0) for table in tables))

    # What the application calls.

    def shown(self) -> None:
        self.model_changed(self.model)
        if not self._is_asking:
            self.focus_pane()

    def settle(self) -> None:
        """Drop the rows if another Totebox is active than the one that they come from."""
        totebox = self.totebox
        active = totebox.id if totebox is not None else None
        if active == self._of:
            return
        self._of, self._epoch, self._words = active, self._epoch + 1, ""
        self.paged = opened(self.paged)
        self.crumb = ""
        self.remove_class("-reading")
        for line in self.query(AskLine):
            line.away()
        self.forget()
        self.table.set_filter("")
        self.draw_list()

    def model_changed(self, model: Model) -> None:
        self.settle()
        totebox = model.totebox
        if totebox is None:
            return
        if totebox.is_linked and self._known(totebox) != self.paged.heard:
            self.ask_page(PageRequest.RENEW if self.paged.is_answered else PageRequest.BEGIN)
        drawn = self._drawn_of
        if not self.paged.rows and not (drawn and drawn[0] is totebox and drawn[1] is self.paged):
            self.draw_list()
        self._draw_staleness(totebox)
        self.heard(totebox)

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        if (own := self._own(key)) is None:
            return
        word, _, serial = own.partition(" ")
        if word in PAGES and serial.isdecimal():
            self._page_came(int(serial), answer)
        else:
            self.answer_came(own, arguments, answer, trouble)

    def was_read(self, key: str, index: int, data: bytes, trouble: str) -> None:
        if (own := self._own(key)) is not None:
            self.bytes_came(own, index, data, trouble)

    def ask(self, key: str, arguments: Arguments, *, once: bytes = b"", totebox: str | None = None) -> None:
        self.settle()
        super().ask(f"{self._epoch}/{key}", arguments, once=once, totebox=totebox)

    def request_read(self, key: str, index: int, most: int) -> None:
        self.settle()
        super().request_read(f"{self._epoch}/{key}", index, most)

    def request_download(self, key: str, index: int, target: Path) -> None:
        self.settle()
        super().request_download(key, index, target)

    def _own(self, key: str) -> str | None:
        """The key as it was given to `ask`; None where another Totebox was asked."""
        self.settle()
        epoch, _, own = key.partition("/")
        return own if epoch == str(self._epoch) else None

    def _page_came(self, serial: int, answer: Answer) -> None:
        question = self.paged.question
        if question is None or question.serial != serial:
            return
        if isinstance(answer, Rows):
            listed = self.listed
            fresh = {listed.key(row): row for row in map(listed.read, records(answer.table)) if row is not None}
            self.paged = answered(self.paged, fresh, answer.cursor, answer.more, self.gone, is_log=listed.is_log)
            self.page_came(question.page, answer)
        else:
            reason = safe_line(answer.reason) if isinstance(answer, Refusal) else "it answered with no rows"
            remedy = safe_line(answer.remedy) if isinstance(answer, Refusal) else ""
            self.paged = refused(self.paged, reason)
            said = f"{self.listed.title.lower()}: {reason}"
            self.notice(said, Severity.WARNING, remedy, holds=lambda: self.paged.refusal == reason)
        self.draw_list()

    def page_came(self, page: PageRequest, rows: Rows) -> None:
        """A page was added to the rows."""

    def on_ledger_table_near_end(self, event: LedgerTable.NearEnd) -> None:
        event.stop()
        if event.table is self.table and self.paged.more and not self.paged.is_waiting and self.may_extend():
            self.ask_page(PageRequest.EXTEND)

    def may_extend(self) -> bool:
        """Whether to ask for the next page when the cursor is near the last row."""
        return True

    # List and detail.

    @property
    def is_reading(self) -> bool:
        return self.has_class("-reading")

    def read_on(self) -> None:
        """Move the focus to the detail."""
        self.add_class("-reading")
        self.focus_pane()
        self.desk.hints_changed()

    def to_list(self) -> None:
        self.remove_class("-reading")
        self.table.focus()
        self.desk.hints_changed()

    def focus_pane(self) -> None:
        (self.detail_to_focus() if self.is_reading else self.table).focus()

    def switch_pane(self) -> None:
        """Move the focus between the list and the detail."""
        if self.table.has_focus:
            self.read_on()
        else:
            self.to_list()

    def close(self) -> None:
        """Return to the list; from there to all of its rows, as of now."""
        if not self.table.has_focus:
            self.to_list()
        elif self.words or self.date:
            self.seek("", date="")

    def why_no_way_back(self) -> str:
        return (
            f"this is all of {self.listed.title.lower()}"
            if self.table.has_focus and not (self.words or self.date)
            else ""
        )

    def reload(self) -> None:
        """Ask again. The rows stay until the answer arrives."""
        self.ask_page(PageRequest.RENEW if self.paged.is_answered else PageRequest.BEGIN)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(self.size.width < NARROW, "-narrow")
        self.draw_list()

    def run_named(self, command_id: str) -> None:
        """Run one of its commands, or say why not."""
        found = next((command for command in self.keys or self.spec.commands if command.id == command_id), None)
        if found is not None:
            self.run_command(found)

    # Words and a date.

    @property
    def _is_asking(self) -> bool:
        return any(line.has_focus for line in self.query(AskLine))

    def find(self) -> None:
        self.query_one(AskLine).ask("find", self.words, self.listed.find)

    def ask_date(self) -> None:
        self.query_one(AskLine).ask("date", self.date[:10], "as of: 2026, 2026-11, 2026-11-20; empty is now")

    def on_ask_line_given(self, event: AskLine.Given) -> None:
        event.stop()
        match event.wants:
            case "find":
                self.to_list()
                self.seek(" ".join(event.text.split()))
            case "date":
                self._date_given(event.text)
                self.focus_pane()
            case wants:
                self.given(wants, event.text)
                self.focus_pane()

    def _date_given(self, text: str) -> None:
        moment_ = as_of(text)
        if moment_ is None:
            said = f"{safe_line(text)!r} is no date: write 2026, 2026-11 or 2026-11-20"
            shown = (self.date, self._of)
            self.notice(said, Severity.NOTICE, holds=lambda: self.display and (self.date, self._of) == shown)
        else:
            self.seek(date=moment_)

    def given(self, wants: str, text: str) -> None:
        """What was typed into the line that the subclass opened."""

    def on_ask_line_given_up(self, event: AskLine.GivenUp) -> None:
        event.stop()
        self.focus_pane()

    def focus_object(self, **focus: Any) -> None:
        self.settle()
        self.show_object(**focus)

    def show_object(self, **focus: Any) -> None:
        """Show the object that another cartridge passed."""


def how_linked(totebox: ToteboxState | None) -> str:
    """The state of the link in two words; '' where it is up."""
    if totebox is None:
        return "no Totebox is chosen"
    if totebox.is_linked:
        return ""
    return "link lost" if totebox.losses or totebox.link is LinkPhase.LOST else "no link yet"


def set_stale(pane: Widget, is_stale: bool, but: Collection[Widget] = ()) -> None:
    """Draw every list and panel of `pane` grey, or normally; those of `but` show what does not depend on the link."""
    for widget in (*pane.query(LedgerTable), *pane.query(Lines), *pane.query(Facts)):
        widget.stale = is_stale and widget not in but
