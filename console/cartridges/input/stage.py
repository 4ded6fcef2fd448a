"""The right side of F12: the pane for the present step of a document."""

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from console.cartridges.input import sheets
from console.cartridges.input.claims import ClaimsPane
from console.cartridges.input.route import RoutePane
from console.chassis.facts import Line, Lines
from console.model.input.intake import InputStep, Origin, QueueState
from console.model.input.tray import Queued, Sealed, Tray
from console.model.proofs import Expected, Verdict, check_for
from protocol.schema import Bound

LEAST_WIDTH = 30
FROM = {
    Origin.PATH: "the bytes this console sent",
    Origin.DROP: "the bytes the Totebox took from its drop folder",
    Origin.KEPT: "the bytes the Totebox took in at an earlier session",
}


class Stage(ContentSwitcher):
    """A sheet of lines (waiting, hashing, refused, CONFIRM, receipt), the route, or the claims."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, initial="sheet")
        self._routed: tuple[str, int] | None = None
        self._checked: dict[int, tuple[Sealed, Verdict]] = {}

    def compose(self) -> ComposeResult:
        yield Lines(id="sheet")
        yield RoutePane(id="route")
        yield ClaimsPane(id="review")

    def show(
        self, tray: Tray, item: Queued | None, totebox: str, entity: str, bound: Bound | None, *, leaving: bool
    ) -> None:
        """Show `item`, which is at work or under the queue's cursor."""
        work = tray.work
        if work is not None and not leaving and work.step is InputStep.ROUTE:
            self._show_route(tray, totebox)
            self.current = "route"
        elif work is not None and not leaving and work.step in (InputStep.REVIEW, InputStep.DECIDE):
            self.current = "review"
            self.query_one(ClaimsPane).show(work)
        else:
            self.current = "sheet"
            said = self._sheet(tray, item, entity, bound, leaving)
            self.query_one("#sheet", Lines).set_lines(said, keep_place=True)

    def standing(self, item: Queued | None, *, leaving: bool) -> tuple[Widget, ...]:
        """The sheet, if its text does not depend on the link: no document, a question, a proved receipt, a refusal."""
        stands = item is None or leaving or item.sealed is not None or item.refusal is not None
        return (self.query_one("#sheet"),) if stands else ()

    def focus_step(self) -> None:
        """Move the focus to the widget that has the keys of the step."""
        match self.current:
            case "route":
                self.query_one(RoutePane).focus_field()
            case "review":
                self.query_one("#claims").focus()
            case _:
                self.query_one("#sheet").focus()

    def check(self, item: Queued, bound: Bound | None) -> Verdict | None:
        """The verdict on the receipt of a sealed document, computed once."""
        sealed = item.sealed
        if sealed is None:
            return None
        known = self._checked.get(item.number)
        if known is None or known[0] is not sealed:
            work = sealed.work
            sha256 = work.sha256 or (work.intake.sha256 if work.intake else b"")
            expected = Expected(sha256, work.size, bool(work.sha256), item.supersedes, FROM[item.origin])
            known = self._checked[item.number] = (sealed, check_for(sealed.receipt, bound, expected))
        return known[1]

    def _show_route(self, tray: Tray, totebox: str) -> None:
        work, pane = tray.work, self.query_one(RoutePane)
        if work is None:
            return
        place = (totebox, tray.at_work or 0)
        if self._routed != place:
            self._routed = place
            pane.begin(work, tray.chart)
        pane.set_chart(tray.chart)
        pane.show(work)

    def _sheet(self, tray: Tray, item: Queued | None, entity: str, bound: Bound | None, leaving: bool) -> list[Line]:
        width = max(LEAST_WIDTH, self.size.width)
        if item is None:
            return sheets.guide(width)
        if item.place is QueueState.AT_WORK and item.work is not None:
            if leaving:
                return sheets.leaving(item, width)
            if item.work.step is InputStep.CONFIRM:
                account = next((account for account in tray.chart if account.number == item.work.account), None)
                return sheets.destination(item, item.work, account, entity, width)
            return sheets.hashing(item, item.work, width)
        checked = self.check(item, bound)
        if checked is not None and item.sealed is not None:
            return sheets.receipt(item.sealed, checked, width)
        if item.refusal is not None:
            return sheets.refused(item.refusal, width, item.index)
        return sheets.waiting(item, width)
