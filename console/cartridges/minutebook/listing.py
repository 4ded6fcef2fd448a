"""The list of F5: which page is asked for, what is held of it, and when it is asked for again."""

from console.cartridges.minutebook.sheets import FOUND_COLUMNS, LIST_COLUMNS, list_row
from console.chassis.cartridge import Cartridge
from console.chassis.table import LedgerTable
from console.model.events import Answer
from console.model.minutebook.documents import Shelf, begun, extended, renewed
from console.model.safe_text import safe_line
from console.model.state import ToteboxState
from protocol.schema import List, Refusal, Rows
from protocol.schema.numbers import Severity

PAGE = 200
DOCUMENTS = "minutebook.documents"
PAGES = frozenset({"begin", "renew", "extend"})
NONE_YET = "no document is sealed yet: F12 takes one in"


class Listing(Cartridge):
    """Holds the pages that the cursor has come near to; `listed` is called when the list shows something else."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.shelf_of: str | None = None
        self.words = ""
        self.everything = False
        self._counter: tuple[object, ...] = ()
        self._asking = ""

    def listed(self) -> None:
        """The list shows other rows."""

    @property
    def list(self) -> LedgerTable:
        return self.query_one("#book-list", LedgerTable)

    @property
    def query_text(self) -> str:
        """What the list is asked for."""
        return " ".join(word for word in ("all:" if self.everything else "", self.words) if word)

    def refresh_list(self, totebox: ToteboxState | None) -> None:
        """Ask where another Totebox is active, its link came back, or something was sealed."""
        if totebox is None:
            return
        if totebox.id != self.shelf_of:
            self.shelf_of, self.shelf, self.words, self._asking, self._counter = totebox.id, Shelf(), "", "", ()
            self._draw_list()
        counter = (totebox.is_linked, totebox.changed.get(DOCUMENTS, 0))
        if totebox.is_linked and counter != self._counter:
            self._counter = counter
            self._ask_page("renew" if self.shelf.documents else "begin", "")

    def search(self, words: str) -> None:
        """Full text; '' for all documents."""
        self.words = words
        self.list.empty = f"no document has {safe_line(words)!r}" if words else NONE_YET
        self._ask_page("begin", "")

    def versions(self) -> None:
        """Superseded versions too, or present ones only."""
        self.everything = not self.everything
        self.notice("superseded versions are shown" if self.everything else "present versions only")
        self._ask_page("begin", "")

    def reload(self) -> None:
        self._ask_page("begin", "")

    def on_ledger_table_near_end(self, event: LedgerTable.NearEnd) -> None:
        event.stop()
        if event.table is self.list and self.shelf.more and not self._asking:
            self._ask_page("extend", self.shelf.cursor)

    def page_came(self, word: str, query: str, answer: Answer) -> None:
        """A page of `query`; one that nobody waits for any more is dropped."""
        if self._asking == f"{word}:{query}":
            self._asking = ""
        if query != self.query_text:
            return
        if isinstance(answer, Refusal):
            self.notice(answer.reason, Severity.WARNING, answer.remedy)
        elif isinstance(answer, Rows):
            match word:
                case "begin":
                    self.shelf = begun(query, answer)
                case "extend":
                    self.shelf = extended(self.shelf, answer)
                case _:
                    self.shelf = renewed(self.shelf, answer)
            self._draw_list()

    def _ask_page(self, word: str, cursor: str) -> None:
        self._asking = f"{word}:{self.query_text}"
        self.ask(self._asking, List(DOCUMENTS, self.query_text, "", cursor, PAGE))

    def _draw_list(self) -> None:
        table, searched = self.list, bool(self.words)
        table.title = (
            f"FOUND {safe_line(self.words)!r}" if searched else "EVERY VERSION" if self.everything else "MINUTEBOOK"
        )
        if self.shelf.more:
            table.title += "  more below"
        table.set_columns(FOUND_COLUMNS if searched else LIST_COLUMNS)
        table.set_rows(list_row(document, found=searched) for document in self.shelf.documents.values())
        self.listed()
