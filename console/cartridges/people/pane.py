"""F2, people: anchors and every claim about them; each claim leads to the line that says so."""

from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher

from console.cartridges.people import SPEC, sheets
from console.chassis.askline import AskLine
from console.chassis.cartridge import Cartridge
from console.chassis.facts import Facts, Lines
from console.chassis.table import LedgerTable
from console.model.cells import moment
from console.model.events import Answer
from console.model.identity import Anchor, Statement, as_of, conflicts, read_anchor, read_statement
from console.model.safe_text import safe_line
from console.model.state import Model
from console.model.tables import records
from protocol.schema import Arguments, List, Refusal, Rows
from protocol.schema.numbers import Severity

ANCHORS, CLAIMS = "people.anchors", "people.claims"
PAGE = 200
NARROW = 100
WIDE = 150
NONE_YET = "nobody is known yet: claims approved at F12 make them known"


class PeoplePane(Cartridge):
    """Names on the left, the claims about the one under the cursor on the right; below 100 columns one of them."""

    spec = SPEC

    def __init__(self) -> None:
        super().__init__()
        self._of: str | None = None
        self._counter: tuple[object, ...] = ()
        self._words = ""
        self._date = ""
        self._anchors: dict[str, Anchor] = {}
        self._more = ("", False)
        self._asking = False
        self._anchor: Anchor | None = None
        self._wanted = ""
        self._claims: tuple[Statement, ...] = ()
        self._every = False

    def compose(self) -> ComposeResult:
        yield AskLine(id="people-ask")
        with Horizontal(id="people-body"):
            yield LedgerTable(sheets.NAME_COLUMNS, title="PEOPLE", empty=NONE_YET, id="names")
            with Vertical(id="people-detail"):
                yield Facts("ANCHOR", columns=1, id="people-facts")
                with ContentSwitcher(id="people-view", initial="people-claims"):
                    with Vertical(id="people-claims"):
                        yield LedgerTable(
                            sheets.CLAIM_COLUMNS, title="CLAIMS", empty="no claim was sealed by then", id="statements"
                        )
                        yield Lines("SOURCE", id="people-source")
                    yield Lines("SIDE BY SIDE", id="people-conflicts")

    def on_mount(self) -> None:
        self.query_one("#people-source").can_focus = False

    @property
    def names(self) -> LedgerTable:
        return self.query_one("#names", LedgerTable)

    @property
    def statements(self) -> LedgerTable:
        return self.query_one("#statements", LedgerTable)

    @property
    def view(self) -> ContentSwitcher:
        return self.query_one("#people-view", ContentSwitcher)

    # What the application tells.

    def shown(self) -> None:
        self.model_changed(self.model)
        if not self.query_one(AskLine).has_focus:
            self._focus()

    def model_changed(self, model: Model) -> None:
        totebox = model.totebox
        if totebox is None:
            return
        if totebox.id != self._of:
            self._forget(totebox.id)
        counter = (totebox.is_linked, totebox.changed.get(ANCHORS, 0), totebox.changed.get(CLAIMS, 0))
        if totebox.is_linked and counter != self._counter:
            self._counter = counter
            self.reload()

    def focus_object(self, **focus: Any) -> None:
        """`anchor`: that person's claims. `find`: search these words."""
        if isinstance(words := focus.get("find"), str):
            self._search(words)
        if isinstance(anchor := focus.get("anchor"), str):
            self._wanted = anchor
            if anchor in self._anchors:
                self._read(self._anchors[anchor])
            else:
                self.ask(f"one:{anchor}", List(ANCHORS, f"anchor:{anchor}", self._date, "", 1))

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        word, _, rest = key.partition(":")
        if isinstance(answer, Refusal):
            self._asking = self._asking and word != "names"
            self.notice(answer.reason, Severity.WARNING, answer.remedy)
        elif not isinstance(answer, Rows) or not isinstance(arguments, List):
            return
        elif word == "names" and (arguments.query, arguments.as_of) == (self._words, self._date):
            self._names_came(arguments, answer)
        elif word == "one" and rest == self._wanted:
            for anchor in map(read_anchor, records(answer.table)):
                self._read(anchor)
        elif (
            word == "claims" and self._anchor is not None and rest == self._anchor.id and arguments.as_of == self._date
        ):
            self._claims_came(arguments, answer)

    # Keys.

    def follow(self) -> None:
        """From a name to its claims, from a claim to its line."""
        if self.names.has_focus:
            if (anchor := self._under_cursor) is not None:
                self._read(anchor)
            return
        claim = self._claim
        if claim is not None and claim.source is not None:
            self.open("documents", index=claim.source, line=claim.line)

    def open_entry(self) -> None:
        if (claim := self._claim) is not None:
            self.open("documents", entry=claim.index)

    def find(self) -> None:
        self.query_one(AskLine).ask("find", self._words, "words of a name, a type or an ID; empty shows all")

    def ask_date(self) -> None:
        self.query_one(AskLine).ask("date", self._date[:10], "as of: 2026, 2026-11, 2026-11-20; empty is now")

    def side_by_side(self) -> None:
        """Claims that differ; pressed again, every attribute with several values; then the claims."""
        if self.view.current != "people-conflicts":
            self._every = False
            self.view.current = "people-conflicts"
        elif not self._every:
            self._every = True
        else:
            self.view.current = "people-claims"
        self.add_class("-reading")
        self._draw_claims()
        self._focus()

    def switch_pane(self) -> None:
        if self.names.has_focus:
            self.add_class("-reading")
            self._focus()
        else:
            self._to_names()

    def close(self) -> None:
        if not self.names.has_focus:
            self._to_names()
        elif self._words or self._date:
            self._date = ""
            self._words = ""
            self.names.empty = NONE_YET
            self.reload()

    def reload(self) -> None:
        self._ask_names("")
        if self._anchor is not None:
            self._ask_claims(self._anchor, "")
            self._draw_claims()

    def why_no_way_back(self) -> str:
        return "these are all names" if self.names.has_focus and not (self._words or self._date) else ""

    def why_nothing(self) -> str:
        return "" if self._under_cursor is not None or self._claims else "nobody is known here"

    def why_no_claim(self) -> str:
        return "" if self._claim is not None else "there is no claim under the cursor"

    # Messages.

    def on_ask_line_given(self, event: AskLine.Given) -> None:
        event.stop()
        if event.wants == "find":
            self._search(" ".join(event.text.split()))
            self._to_names()
            return
        moment_ = as_of(event.text)
        if moment_ is None:
            self.notice(f"{safe_line(event.text)!r} is no date: write 2026, 2026-11 or 2026-11-20", Severity.NOTICE)
        else:
            self._date = moment_
            self.reload()
        self._focus()

    def on_ask_line_given_up(self, event: AskLine.GivenUp) -> None:
        event.stop()
        self._focus()

    def on_ledger_table_moved(self, event: LedgerTable.Moved) -> None:
        event.stop()
        if event.table is self.statements:
            self._draw_source()
        elif not self.has_class("-reading") and (anchor := self._under_cursor) is not None:
            self._look(anchor)
        self.desk.hints_changed()

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        event.stop()
        self.follow()

    def on_ledger_table_near_end(self, event: LedgerTable.NearEnd) -> None:
        event.stop()
        cursor, more = self._more
        if event.table is self.names and more and not self._asking:
            self._ask_names(cursor)

    # Names.

    @property
    def _under_cursor(self) -> Anchor | None:
        found = self.names.cursor_id
        return self._anchors.get(found) if isinstance(found, str) else None

    def _forget(self, totebox: str) -> None:
        self._of, self._counter, self._anchors, self._words, self._date = totebox, (), {}, "", ""
        self._anchor, self._claims, self._wanted, self._more = None, (), "", ("", False)
        self.remove_class("-reading")
        self._draw_names()
        self._draw_claims()

    def _search(self, words: str) -> None:
        self._words = words
        self.names.empty = f"nobody is found by {safe_line(words)!r}" if words else NONE_YET
        self.remove_class("-reading")
        self._ask_names("")

    def _ask_names(self, cursor: str) -> None:
        self._asking = True
        self.ask("names", List(ANCHORS, self._words, self._date, cursor, PAGE))

    def _names_came(self, asked: List, answer: Rows) -> None:
        self._asking = False
        fresh = {anchor.id: anchor for anchor in map(read_anchor, records(answer.table))}
        self._anchors = {**self._anchors, **fresh} if asked.cursor else fresh
        self._more = (answer.cursor, answer.more)
        self._draw_names()
        if self._anchor is None and (anchor := self._under_cursor) is not None:
            self._look(anchor)

    def _draw_names(self) -> None:
        title = f"FOUND {safe_line(self._words)!r}" if self._words else "PEOPLE"
        self.names.title = title + (f"  as of {moment(self._date)[:10]}" if self._date else "")
        before, beside = self.names.cursor_id, NARROW <= self.size.width < WIDE
        self.names.set_columns(sheets.NAME_COLUMNS_BESIDE if beside else sheets.NAME_COLUMNS)
        self.names.set_rows(sheets.name_row(anchor, beside) for anchor in self._anchors.values())
        if before is not None and before != self.names.cursor_id:
            self.names.select(before)
        self.crumb = f"as of {moment(self._date)[:10]}" if self._date else ""
        self.desk.hints_changed()

    def _to_names(self) -> None:
        self.remove_class("-reading")
        self.names.focus()

    # Claims.

    @property
    def _claim(self) -> Statement | None:
        found = self.statements.cursor_id
        return next((claim for claim in self._claims if claim.index == found), None)

    def _look(self, anchor: Anchor) -> None:
        """Show who it is, and ask for the claims."""
        if self._anchor is not None and self._anchor.id == anchor.id:
            self._anchor = anchor
            return
        self._anchor, self._claims, self._every = anchor, (), False
        self.view.current = "people-claims"
        self._ask_claims(anchor, "")
        self._draw_claims()

    def _read(self, anchor: Anchor) -> None:
        self._wanted = ""
        self._look(anchor)
        self.names.select(anchor.id)
        self.add_class("-reading")
        self._focus()

    def _ask_claims(self, anchor: Anchor, cursor: str) -> None:
        self.ask(f"claims:{anchor.id}", List(CLAIMS, f"anchor:{anchor.id}", self._date, cursor, PAGE))

    def _claims_came(self, asked: List, answer: Rows) -> None:
        more = tuple(map(read_statement, records(answer.table)))
        self._claims = (*self._claims, *more) if asked.cursor else more
        if answer.more and more and self._anchor is not None:
            self._ask_claims(self._anchor, answer.cursor)
        self._draw_claims()

    def _draw_claims(self) -> None:
        anchor = self._anchor
        self.query_one(Facts).set_facts(sheets.facts(anchor, self._date, self.size.width < NARROW) if anchor else [])
        self.statements.set_rows(map(sheets.claim_row, self._claims))
        found = conflicts(self._claims, every=self._every)
        panel = self.query_one("#people-conflicts", Lines)
        panel.set_lines(sheets.side_by_side(found, max(40, panel.size.width or self.size.width // 2)))
        self._draw_source()

    def _draw_source(self) -> None:
        panel = self.query_one("#people-source", Lines)
        panel.set_lines(sheets.source(self._claim, max(30, panel.size.width)))

    # Drawing.

    def on_resize(self) -> None:
        self.set_class(self.size.width < NARROW, "-narrow")
        self._draw_names()
        self.call_after_refresh(self._draw_claims)

    def _focus(self) -> None:
        """To the names, or to what is shown of one; drawn again, since its panels may only now have a width."""
        self.call_after_refresh(self._draw_claims)
        if not self.has_class("-reading"):
            self.names.focus()
        elif self.view.current == "people-conflicts":
            self.query_one("#people-conflicts").focus()
        else:
            self.statements.focus()
