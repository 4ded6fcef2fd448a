"""One document: facts above; its text, its proof or its history below."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from console.cartridges.minutebook import sheets
from console.cartridges.minutebook.text import NumberedText, numbered
from console.chassis.facts import Facts, Line, Lines, line
from console.chassis.segments import entitled
from console.chassis.table import LedgerTable
from console.model.minutebook.documents import Document
from console.model.proofs import Verdict
from console.model.safe_text import safe_line
from console.model.tables import Record


class Detail(Vertical):
    """Draws what it receives and asks for nothing."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._document: Document | None = None
        self._verdict: Verdict | None = None
        self._text: str | None = None
        self._words: tuple[str, ...] = ()
        self._here = 0
        self._drawn_for: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Facts("DOCUMENT", columns=1, wraps=True, id="book-facts")
        with ContentSwitcher(id="book-view", initial="book-text"):
            yield Lines("TEXT", id="book-text")
            yield Lines("PROOF", id="book-proof")
            yield LedgerTable(
                sheets.HISTORY_COLUMNS, title="HISTORY", empty="its history is on its way", id="book-history"
            )

    @property
    def view(self) -> str:
        """`text`, `proof` or `history`."""
        return (self.query_one("#book-view", ContentSwitcher).current or "book-text").removeprefix("book-")

    @property
    def history(self) -> LedgerTable:
        return self.query_one("#book-history", LedgerTable)

    def turn_to(self, view: str) -> None:
        """Show `text`, `proof` or `history`."""
        self.query_one("#book-view", ContentSwitcher).current = f"book-{view}"

    @property
    def shown_view(self) -> Widget:
        return self.query_one(f"#book-{self.view}")

    def focus_view(self) -> None:
        self.shown_view.focus()

    def clear(self) -> None:
        """Show nothing, because no document is chosen."""
        self._document, self._verdict, self._text = None, None, None
        self.query_one(Facts).set_facts(())
        for panel in self.query(Lines):
            panel.set_lines(())
        self.query_one("#book-text", Lines).border_title = entitled("TEXT")
        self.history.set_rows(())
        self.turn_to("text")

    def show_document(self, document: Document) -> None:
        self._document = document
        self.query_one(Facts).set_facts(sheets.facts(document, self.size.width))

    def say(self, *said: Line) -> None:
        """Show lines in place of the text."""
        self._text = None
        self.query_one("#book-text", Lines).set_lines(said)

    def show_text(self, text: str, words: Sequence[str], here: int) -> None:
        """Show the text, from its beginning or from line `here`."""
        self._text, self._words, self._here = text, tuple(words), here
        self._drawn_for = ()
        self.redraw()

    def redraw(self) -> None:
        """Wrap the text for the present width."""
        panel = self.query_one("#book-text", Lines)
        place = (panel.size.width, self._text, self._words, self._here)
        if self._text is None or not panel.size.width or place == self._drawn_for:
            return
        self._drawn_for = place
        paged: NumberedText = numbered(self._text, panel.size.width, here=self._here, words=self._words)
        panel.border_title = entitled(f"TEXT  {len(paged.starts):,} lines")
        panel.set_lines(paged.lines)
        if self._here:
            panel.show_line(paged.row_of(self._here))

    def show_proof(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self.query_one("#book-proof", Lines).set_lines(sheets.proof(verdict, self.size.width))

    def say_of_proof(self, text: str, tone: str = "label") -> None:
        self._verdict = None
        self.query_one("#book-proof", Lines).set_lines([line((tone, safe_line(text)))])

    def show_history(self, rows: Sequence[Record], root: int) -> None:
        self.history.set_rows(sheets.history_row(row, root) for row in rows)

    def on_resize(self) -> None:
        if self._document is not None:
            self.show_document(self._document)
        if self._verdict is not None:
            self.show_proof(self._verdict)
        self.call_after_refresh(self.redraw)
