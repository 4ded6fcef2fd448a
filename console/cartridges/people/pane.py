"""F2, people: anchors and every claim about them; Enter on a claim opens its line in the document."""

from collections.abc import Iterable, Sequence
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from console.cartridges.people import SPEC, sheets
from console.cartridges.people.correction import correction_form, correction_of, outcome
from console.chassis.askline import AskLine
from console.chassis.columns import Row, TableColumn
from console.chassis.facts import Facts, Lines
from console.chassis.table import LedgerTable
from console.chassis.table_cartridge import NARROW, PAGE, ListSpec, TableCartridge
from console.model.cells import moment
from console.model.events import Answer
from console.model.identity import Anchor, Statement, conflicts, read_anchor, read_statement
from console.model.paged import PageRequest
from console.model.tables import records
from protocol.schema import Arguments, List, Refusal, Rows

ANCHORS, CLAIMS = "people.anchors", "people.claims"
WIDE = 150


class PeoplePane(TableCartridge[Anchor]):
    """Names on the left, the claims about the one under the cursor on the right; on a narrow screen one of them."""

    spec = SPEC
    listed = ListSpec(
        id="names",
        table=ANCHORS,
        title="PEOPLE",
        empty="nobody is known yet: claims approved at F12 make them known",
        columns=sheets.NAME_COLUMNS,
        read=read_anchor,
        key=lambda anchor: anchor.id,
        watches=(CLAIMS,),
        find="words of a name, a type or an ID; empty shows all",
    )

    def __init__(self) -> None:
        super().__init__()
        self._anchor: Anchor | None = None
        self._wanted = ""
        self._claims: tuple[Statement, ...] = ()
        self._claims_as_of = ""
        self._has_every_attribute = False

    def compose(self) -> ComposeResult:
        yield AskLine(id="people-ask")
        with Horizontal(id="people-body"):
            yield self.make_table()
            with Vertical(id="people-detail"):
                yield Facts("ANCHOR", columns=1, wraps=True, id="people-facts")
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
        return self.table

    @property
    def statements(self) -> LedgerTable:
        return self.query_one("#statements", LedgerTable)

    @property
    def view(self) -> ContentSwitcher:
        return self.query_one("#people-view", ContentSwitcher)

    def detail_to_focus(self) -> Widget:
        return self.query_one("#people-conflicts") if self.view.current == "people-conflicts" else self.statements

    # Names.

    @property
    def _is_beside(self) -> bool:
        return NARROW <= self.size.width < WIDE

    def columns_of_list(self) -> Sequence[TableColumn]:
        return sheets.NAME_COLUMNS_BESIDE if self._is_beside else sheets.NAME_COLUMNS

    def rows_of_list(self) -> Iterable[Row]:
        return (sheets.name_row(anchor, self._is_beside) for anchor in self.paged.rows.values())

    def listed_anew(self) -> None:
        if self._claims_as_of != self.date:
            self._claims, self._claims_as_of = (), self.date
            self._draw_claims()
        if self._anchor is None and (anchor := self.under_cursor) is not None:
            self._look(anchor)
        self.crumb = f"as of {moment(self.date)[:10]}" if self.date else ""

    def page_came(self, page: PageRequest, rows: Rows) -> None:
        """Ask for the claims again, because they may have changed together with the names."""
        if page is not PageRequest.EXTEND and self._anchor is not None:
            self._ask_claims(self._anchor, "")

    def forget(self) -> None:
        self._anchor, self._claims, self._wanted, self._has_every_attribute = None, (), "", False
        self.view.current = "people-claims"
        self._draw_claims()

    # What the application brings.

    def show_object(self, **focus: Any) -> None:
        """`anchor`: that person's claims. `find`: search these words."""
        if isinstance(words := focus.get("find"), str):
            self.to_list()
            self.seek(words)
        if isinstance(anchor := focus.get("anchor"), str):
            self._wanted = anchor
            if (known := self.paged.rows.get(anchor)) is not None:
                self._read(known)
            else:
                self.ask(f"one:{anchor}", List(ANCHORS, f"anchor:{anchor}", self.date, "", 1))

    def answer_came(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        word, _, rest = key.partition(":")
        if isinstance(answer, Refusal):
            self.refused(answer)
        elif word == "correct":
            self.notice(*outcome(int(rest), answer, trouble), holds=self.while_active())
        elif not isinstance(answer, Rows) or not isinstance(arguments, List):
            return
        elif word == "one" and rest == self._wanted:
            for anchor in map(read_anchor, records(answer.table)):
                self._read(anchor)
        elif word == "claims" and self._anchor is not None and (rest, arguments.as_of) == (self._anchor.id, self.date):
            self._claims_came(arguments, answer)

    # Keys.

    def follow(self) -> None:
        """Go from a name to its claims, and from a claim to its line."""
        if self.table.has_focus:
            if (anchor := self.under_cursor) is not None:
                self._read(anchor)
            return
        claim = self._claim
        if claim is not None and claim.source is not None:
            self.open("documents", index=claim.source, line=claim.line)

    def open_entry(self) -> None:
        if (claim := self._claim) is not None:
            self.open("documents", entry=claim.index)

    def correct(self) -> None:
        """Ask for the right value, then state it."""
        if (claim := self._claim) is None:
            return

        def state(words: tuple[str, ...] | None) -> None:
            if words is not None:
                self.ask(f"correct:{claim.index}", correction_of(claim, words))

        self.desk.show_dialog(correction_form(claim), state)

    def side_by_side(self) -> None:
        """Show claims that differ; pressed again, every attribute with several values; then the claims again."""
        if self.view.current != "people-conflicts":
            self._has_every_attribute = False
            self.view.current = "people-conflicts"
        elif not self._has_every_attribute:
            self._has_every_attribute = True
        else:
            self.view.current = "people-claims"
        self.read_on()

    def why_nothing(self) -> str:
        return "" if self.under_cursor is not None or self._claims else "nobody is known here"

    def why_no_claim(self) -> str:
        return "" if self._claim is not None else "there is no claim under the cursor"

    # Messages of the lists.

    def on_ledger_table_moved(self, event: LedgerTable.Moved) -> None:
        event.stop()
        if event.table is self.statements:
            self._draw_source()
        elif not self.is_reading and (anchor := self.under_cursor) is not None:
            self._look(anchor)
        self.desk.hints_changed()

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        event.stop()
        self.follow()

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
        self._anchor, self._claims, self._has_every_attribute = anchor, (), False
        self.view.current = "people-claims"
        self._ask_claims(anchor, "")
        self._draw_claims()

    def _read(self, anchor: Anchor) -> None:
        self._wanted = ""
        self._look(anchor)
        self.table.select(anchor.id)
        self.read_on()

    def _ask_claims(self, anchor: Anchor, cursor: str) -> None:
        self.ask(f"claims:{anchor.id}", List(CLAIMS, f"anchor:{anchor.id}", self.date, cursor, PAGE))

    def _claims_came(self, asked: List, answer: Rows) -> None:
        more = tuple(map(read_statement, records(answer.table)))
        self._claims = (*self._claims, *more) if asked.cursor else more
        if answer.more and more and self._anchor is not None:
            self._ask_claims(self._anchor, answer.cursor)
        self._draw_claims()

    def _draw_claims(self) -> None:
        anchor = self._anchor
        self.query_one(Facts).set_facts(sheets.facts(anchor, self.date, self.size.width < NARROW) if anchor else [])
        self.statements.set_rows(map(sheets.claim_row, self._claims))
        found = conflicts(self._claims, every=self._has_every_attribute)
        panel = self.query_one("#people-conflicts", Lines)
        panel.set_lines(sheets.side_by_side(found, max(40, panel.size.width or self.size.width // 2)) if anchor else ())
        self._draw_source()

    def _draw_source(self) -> None:
        panel = self.query_one("#people-source", Lines)
        panel.set_lines(sheets.source(self._claim, max(30, panel.size.width)))

    # Drawing.

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._draw_claims)

    def focus_pane(self) -> None:
        super().focus_pane()
        self.call_after_refresh(self._draw_claims)  # its panels may not have had a width before
