"""Steps 3 and 4: the claims of a document, each with its source line; one key press for a claim."""

from textwrap import wrap

from textual.app import ComposeResult
from textual.containers import Vertical

from console.chassis.facts import Line, Lines, line
from console.chassis.table import LedgerTable, Row, TableColumn
from console.model.cells import number
from console.model.excerpt import excerpt
from console.model.input.intake import Claim, ClaimCounts, count
from console.model.input.tray import Work
from console.model.safe_text import safe_line
from protocol.schema import ColumnKind, Refusal
from protocol.schema.numbers import Decision

COLUMNS = (
    TableColumn("answer", "answer", 12),
    TableColumn("attribute", "claim", 12),
    TableColumn("value", "value", share=3),
    TableColumn("anchor", "about", priority=3),
    TableColumn("page", "page", 4, ColumnKind.INT, priority=2),
    TableColumn("line", "line", 5, ColumnKind.INT, priority=1),
)
WORDS = {
    Decision.YES: "✓ yes",
    Decision.NO: "✗ no",
    Decision.SKIP: "? skipped",
    Decision.MISREAD: "✗ misread",
    Decision.WRONG_KIND: "✗ wrong kind",
    Decision.DUPLICATE: "✗ twice",
    Decision.IRRELEVANT: "✗ not ours",
}
TONES = dict.fromkeys(Decision, "bad") | {Decision.YES: "good", Decision.SKIP: "warn"}
REASONS = {
    "1": Decision.MISREAD,
    "2": Decision.WRONG_KIND,
    "3": Decision.DUPLICATE,
    "4": Decision.IRRELEVANT,
}
"""Keys that reject a claim for a reason."""
OURS = frozenset({"y", "n", "s", "Y", "N", "S", *REASONS, "left", "right", "slash"})


class ClaimList(LedgerTable):
    """A list in the order of the document: it neither sorts nor filters, so that no claim is hidden."""

    own_keys = OURS


class ClaimsPane(Vertical):
    """The list above, the source line of the claim under the cursor below."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._work: Work | None = None

    def compose(self) -> ComposeResult:
        yield ClaimList(
            COLUMNS, title="CLAIMS", empty="nothing was found to ask about; Enter goes on to CONFIRM", id="claims"
        )
        yield Lines("SOURCE", id="claim-source")

    def on_mount(self) -> None:
        self.query_one(Lines).can_focus = False

    def show(self, work: Work) -> None:
        """Show the claims of `work` and put the cursor on its present claim."""
        table = self.query_one(ClaimList)
        counts = count(work.claims)
        table.title = f"CLAIMS  {tally(counts)}"
        table.set_rows(map(claim_row, work.claims))
        if work.claims:
            table.select(work.claims[work.cursor].number)
        self._work = work
        self._draw_source(work)

    def on_resize(self) -> None:
        """Wrap the lines again: the first ones may have been set before the pane had a width."""
        if self._work is not None:
            self._draw_source(self._work)

    def _draw_source(self, work: Work) -> None:
        claim = work.claims[work.cursor] if work.claims else None
        self.query_one(Lines).set_lines(source(claim, work.refusal, max(20, self.size.width)))


def tally(counts: ClaimCounts) -> str:
    """The numbers of answers so far, in signs and words."""
    return f"✓{counts.approved} yes  ✗{counts.rejected} no  ?{counts.skipped} skipped  ○{counts.unanswered} to answer "


def claim_row(claim: Claim) -> Row:
    """One claim as a row. An answer that is not recorded yet is marked as such."""
    answer = WORDS[claim.decision] if claim.decision else "○"
    tone = TONES[claim.decision] if claim.decision else ""
    if claim.sending is not None:
        answer, tone = WORDS[claim.sending].replace(" ", "…", 1), "stale"
    if claim.trouble:
        answer, tone = "! unproven", "bad"
    page = claim.page or None
    return Row(claim.number, (answer, claim.attribute, claim.value, claim.anchor, page, claim.line), "", (tone,))


def source(claim: Claim | None, refusal: Refusal | None, width: int) -> list[Line]:
    """The source line with the claim highlighted, its place and its rule; above it the reason where an answer was
    refused.
    """
    said: list[Line] = []
    if refusal is not None:
        said += [
            line(("bad", f"✗ {refusal.code.name} "), *[("bad", piece)])
            for piece in wrap(safe_line(refusal.reason), width - 20)[:1]
        ]
        said.append(line(("label", safe_line(refusal.remedy)[: width - 2])))
    if claim is None:
        return said
    said.append(line(("title", claim.attribute.upper()), "  ", ("", safe_line(claim.value))))
    where = f"page {claim.page}, " if claim.page else ""
    said.append(line(("label", f"{where}line {number(claim.line)} · {safe_line(claim.rule)}")))
    said.append(line(""))
    for pieces in excerpt(safe_line(claim.excerpt), safe_line(claim.value), width - 4):
        said.append(line(("muted", "│ "), *(("mark" if is_claim else "", piece) for is_claim, piece in pieces)))
    said.append(line(""))
    recorded = f"recorded as audit entry {number(claim.recorded)}" if claim.recorded is not None else "not recorded yet"
    if claim.trouble:
        recorded = f"its receipt does not prove: {safe_line(claim.trouble)}"
    said.append(
        line(
            ("mark", " Is this so? "),
            "  ",
            ("title", "y"),
            " yes  ",
            ("title", "n"),
            " no  ",
            ("title", "s"),
            " skip  ",
            ("label", f" {recorded}"),
        )
    )
    named = [piece for key, decision in REASONS.items() for piece in (("title", key), f" {WORDS[decision][2:]}  ")]
    said.append(line(("label", " No, because  "), *named))
    return said
