"""F5, the minutebook: every sealed document, its text, its proof, its history; and its original, byte for byte."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from console.cartridges.minutebook import SPEC
from console.cartridges.minutebook.detail import Detail
from console.cartridges.minutebook.labels import label_form, outcome
from console.cartridges.minutebook.sheets import FOUND_COLUMNS, LABELS, LIST_COLUMNS, list_row
from console.chassis.askline import AskLine
from console.chassis.columns import Row, TableColumn
from console.chassis.facts import line
from console.chassis.notice import DONE
from console.chassis.table import LedgerTable
from console.chassis.table_cartridge import PAGE, ListSpec, TableCartridge
from console.model.events import Answer
from console.model.input.paths import save_path
from console.model.minutebook.documents import Document, read_document
from console.model.minutebook.labels import label_of
from console.model.proofs import Expected, check_for
from console.model.safe_text import safe_line
from console.model.tables import Record, records
from protocol.schema import Arguments, List, Prove, Receipt, Refusal, Rows
from protocol.schema.numbers import Log, Severity

MOST_TEXT_BYTES = 8 * 1024 * 1024
DOCUMENTS, HISTORY = "minutebook.documents", "minutebook.history"


class MinutebookPane(TableCartridge[Document]):
    """The list on the left, the document under its cursor on the right; on a narrow screen one of them."""

    spec = SPEC
    listed = ListSpec(
        id="book-list",
        table=DOCUMENTS,
        title="MINUTEBOOK",
        empty="no document is sealed yet: F12 takes one in",
        columns=LIST_COLUMNS,
        read=read_document,
        key=lambda document: document.index,
        find="words that stand in the text or the name; empty shows all",
    )

    def __init__(self) -> None:
        super().__init__()
        self._has_every_version = False
        self._document: Document | None = None
        self._wanted: int | None = None
        self._line = 0
        self._read_index: int | None = None
        self._proved: int | None = None
        self._history: tuple[Record, ...] = ()
        self._saved_percent: int | None = None
        """How much of a download is saved; None while there is none."""

    def compose(self) -> ComposeResult:
        yield AskLine(id="book-ask")
        with Horizontal(id="book-body"):
            yield self.make_table()
            yield Detail(id="book-detail")

    @property
    def detail(self) -> Detail:
        return self.query_one(Detail)

    def detail_to_focus(self) -> Widget:
        return self.detail.shown_view

    # The list.

    def title_of_list(self) -> str:
        return "EVERY VERSION" if self._has_every_version else self.listed.title

    def columns_of_list(self) -> Sequence[TableColumn]:
        columns = FOUND_COLUMNS if self.words else LIST_COLUMNS
        return (*columns, LABELS) if self._is_labelled else columns

    def rows_of_list(self) -> Iterable[Row]:
        found, labelled = bool(self.words), self._is_labelled
        return (list_row(document, found=found, labelled=labelled) for document in self.paged.rows.values())

    @property
    def _is_labelled(self) -> bool:
        return any(document.labels for document in self.paged.rows.values())

    def query_of_list(self) -> str:
        return " ".join(word for word in ("all:" if self._has_every_version else "", self.words) if word)

    def gone(self, fresh: Iterable[Document]) -> Collection[Hashable]:
        return () if self._has_every_version else {document.supersedes for document in fresh}

    def listed_anew(self) -> None:
        if self._document is None and self._wanted is None:
            self._look(self.under_cursor)
        if not self.is_reading:
            self.crumb = f"find {self.words}" if self.words else ""

    def forget(self) -> None:
        self._document, self._wanted, self._has_every_version, self._line = None, None, False, 0
        self._read_index, self._proved, self._history = None, None, ()
        self.detail.clear()

    def versions(self) -> None:
        """Show superseded versions too, or present ones only."""
        self._has_every_version = not self._has_every_version
        every, shown_of = self._has_every_version, self.while_active()
        self.notice(
            "superseded versions are shown" if every else "present versions only",
            holds=lambda: self._has_every_version is every and self.display and shown_of(),
        )
        self.seek()

    # What the application brings.

    def show_object(self, **focus: Any) -> None:
        """`index`: that document, or the one from which it was derived; `line`: that line of its text. `entry`: the
        proof of any entry.

        `find`: search these words.
        """
        if isinstance(words := focus.get("find"), str):
            self.seek(words)
        if isinstance(entry := focus.get("entry"), int):
            self._show_entry(entry)
        if isinstance(index := focus.get("index"), int):
            self._line = int(focus.get("line") or 0)
            self._wanted = index
            self.detail.turn_to("text")
            known = self.paged.rows.get(index)
            if known is not None:
                self._open(known)
            else:
                self.ask(f"one:{index}", List(DOCUMENTS, f"index:{index}", "", "", 1))

    def answer_came(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        word, _, rest = key.partition(":")
        if word == "label" and isinstance(answer, Refusal):
            self.refused(answer)
        elif word == "label":
            self.notice(*outcome(int(rest), answer, trouble), holds=self.while_active())
        elif word == "one":
            self._one_came(int(rest), answer)
        elif word == "family":
            self._family_came(int(rest), answer)
        elif word == "proof" and int(rest) == self._proved:
            self._proof_came(answer)
        elif word == "history" and self._document is not None and int(rest) == self._document.index:
            self._history_came(answer)

    def bytes_came(self, key: str, index: int, data: bytes, trouble: str) -> None:
        if index != self._read_index:
            return
        if trouble:
            self.detail.say(line(("bad", f"✗ the text cannot be shown: {safe_line(trouble)}")))
        else:
            self.detail.show_text(data.decode("utf-8", "replace"), self.words.split(), self._line)

    def saved(self, key: str, index: int, target: Path, trouble: str) -> None:
        self._saved_percent = None
        if not trouble:
            said = f"saved to {target}, byte for byte: its SHA-256 is that of entry {index}"
            self.notice(said, Severity.NOTICE, holds=DONE)
            return
        self.notice(f"not saved: {trouble}", Severity.WARNING, trouble, holds=DONE)
        document = self._selected
        if "another name" in trouble and document is not None and document.index == index:
            self._ask_where(str(target))

    def progress(self, key: str, done: int, total: int) -> None:
        if total and done < total:
            percent = self._saved_percent = done * 100 // total
            self.notice(f"saving: {percent} %", holds=lambda: self._saved_percent == percent)

    # Keys.

    def enter(self) -> None:
        """Read the document, or open an entry of the history."""
        if self.detail.view == "history" and self.detail.history.has_focus:
            self._follow()
        elif (document := self._selected) is not None:
            self._line = 0
            self.detail.turn_to("text")
            self._open(document)

    def show_text(self) -> None:
        self._turn("text")

    def show_proof(self) -> None:
        self._turn("proof")

    def show_history(self) -> None:
        self._turn("history")

    def save(self) -> None:
        """Ask for the file, with a likely name."""
        if (document := self._selected) is not None:
            downloads = Path.home() / "Downloads"
            folder = f"{downloads}/" if downloads.is_dir() else f"{Path.cwd()}/"
            self._ask_where(save_path(f"'{folder}'", document.name, str(Path.home()), str(Path.cwd())))

    def _ask_where(self, target: str) -> None:
        self.query_one(AskLine).ask("save", target, "where to: a path, or a folder with a slash at its end")

    def given(self, wants: str, text: str) -> None:
        if (document := self._selected) is not None:
            target = Path(save_path(text, document.name, str(Path.home()), str(Path.cwd())))
            self.request_download("save", document.index, target)

    def correct(self) -> None:
        if (document := self._selected) is not None:
            self.open("input", supersedes=document.index, name=document.name)

    def label(self) -> None:
        """Ask for a label, then set or lift it."""
        if (document := self._selected) is None:
            return

        def write(words: tuple[str, ...] | None) -> None:
            wish = label_of(document.index, words[0].split()) if words is not None else ""
            if not isinstance(wish, str):
                self.ask(f"label:{document.index}", wish)

        self.desk.show_dialog(label_form(document), write)

    def switch_pane(self) -> None:
        if self.table.has_focus and self._document is not None:
            self._turn(self.detail.view)
        else:
            self.to_list()

    # Why not.

    def why_no_document(self) -> str:
        return "" if self._selected is not None else "there is no document under the cursor"

    def why_no_correction(self) -> str:
        document = self._selected
        if document is None:
            return "there is no document under the cursor"
        return "" if document.is_current else f"entry {document.superseded_by} supersedes it already: correct that one"

    # Messages of the lists.

    def on_ledger_table_moved(self, event: LedgerTable.Moved) -> None:
        event.stop()
        if event.table is self.table and not self.is_reading:
            self._look(self.under_cursor)
        self.desk.hints_changed()

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        event.stop()
        self.run_named("minutebook.read")

    # The document.

    @property
    def _selected(self) -> Document | None:
        """The document that is being read, else the one under the cursor."""
        if self.is_reading or self._wanted is not None:
            return self._document
        return self.under_cursor or self._document

    def _look(self, document: Document | None) -> None:
        """Show a document's facts; Enter asks for its text."""
        if document == self._document and document is not None:
            return
        self._document, self._read_index, self._proved, self._history = document, None, None, ()
        if document is None:
            return
        self.detail.show_document(document)
        self.detail.turn_to("text")
        self.detail.say(
            line(("label", "Enter reads it · p proves it · h shows its history")),
            line(("label", "w saves the original")),
        )

    def _open(self, document: Document) -> None:
        """Show the text of `document`, at the line that was asked for."""
        self._look(document)
        self._wanted = None
        self.table.select(document.index)
        self.add_class("-reading")
        self.crumb = f"entry {document.index} {safe_line(document.name)}"
        self._turn(self.detail.view)

    def _turn(self, view: str) -> None:
        """Show a view of the document, and ask for what it needs."""
        document = self._selected
        if document is None:
            return
        self._look(document)
        self.add_class("-reading")
        self.detail.turn_to(view)
        self.detail.focus_view()
        if view == "text":
            self._read(document)
        elif view == "proof":
            self._prove(document.index)
        else:
            self.detail.show_history(self._history, document.index)
            self.ask(f"history:{document.index}", List(HISTORY, f"document:{document.index}", "", "", PAGE))
        self.desk.hints_changed()

    def _read(self, document: Document) -> None:
        if document.text is None:
            self.detail.say(
                line(("warn", "No text could be read from this document.")),
                line(("label", "The original is sealed whole: w saves it byte for byte.")),
            )
        elif self._read_index != document.text or self._line:
            self._read_index = document.text
            self.detail.say(line(("label", "its text is on its way")))
            self.request_read("text", document.text, MOST_TEXT_BYTES)

    def _prove(self, index: int) -> None:
        if self._proved != index:
            self._proved = index
            self.detail.say_of_proof("its proof is on its way")
        self.ask(f"proof:{index}", Prove(Log.RECORDS, index))

    def _proof_came(self, answer: Answer) -> None:
        totebox, document = self.totebox, self._document
        if isinstance(answer, Receipt) and totebox is not None and totebox.bound is not None:
            listed = document is not None and document.index == answer.index
            expected = (
                Expected(document.sha256, document.size, False, document.supersedes, "the document as it is listed")
                if document and listed
                else None
            )
            self.detail.show_proof(check_for(answer, totebox.bound, expected))
        elif isinstance(answer, Refusal):
            self._proved = None
            self.detail.say_of_proof(f"✗ {answer.code.name}: {answer.reason} {answer.remedy}", "bad")

    def _history_came(self, answer: Answer) -> None:
        if isinstance(answer, Rows) and self._document is not None:
            self._history = tuple(records(answer.table))
            self.detail.show_history(self._history, self._document.index)

    def _follow(self) -> None:
        """Open an entry of the history: a version, its text, or the proof of any other entry."""
        found = self.detail.history.cursor_id
        row = next((row for row in self._history if row.count("index") == found), None)
        if row is None or not isinstance(found, int):
            return
        match row.text("kind"):
            case "original":
                self.focus_object(index=found)
            case "text" if self._document is not None and found == self._document.text:
                self._turn("text")
            case _:
                self._show_entry(found)

    # An entry that is not in the list.

    def _one_came(self, index: int, answer: Answer) -> None:
        if index != self._wanted:
            return
        found = next(map(read_document, records(answer.table)), None) if isinstance(answer, Rows) else None
        if found is not None:
            self._open(found)
        else:
            self.ask(f"family:{index}", List(HISTORY, f"document:{index}", "", "", PAGE))

    def _family_came(self, index: int, answer: Answer) -> None:
        """`index` is no document: show the document from which it was derived, else its proof alone."""
        if index != self._wanted:
            return
        rows = records(answer.table) if isinstance(answer, Rows) else iter(())
        source = next((row.number("source") for row in rows if row.number("index") == index), None)
        if source is not None and source != index:
            line_ = self._line
            self.focus_object(index=source, line=line_)
            return
        self._wanted = None
        self._show_entry(index)

    def _show_entry(self, index: int) -> None:
        """Show the proof of an entry of any kind."""
        self.add_class("-reading")
        self.detail.turn_to("proof")
        self.detail.focus_view()
        self._prove(index)
