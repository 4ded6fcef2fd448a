"""Step 2: the Chart of Accounts with fuzzy search; the suggestion stands first, with its reason."""

from collections.abc import Sequence
from textwrap import wrap

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from console.chassis.facts import Lines, line
from console.chassis.field import PaneField
from console.chassis.table import LedgerTable, Row, TableColumn
from console.model.input.chart import fitting, keeper
from console.model.input.tray import Work
from console.model.safe_text import safe_line
from protocol.schema.chart import Account

COLUMNS = (
    TableColumn("number", "account", 8),
    TableColumn("profile", "profile", 16, priority=2),
    TableColumn("domain", "domain", share=1),
    TableColumn("subdomain", "sub-domain", share=1),
    TableColumn("archetype", "anchor", 12, priority=3),
    TableColumn("hint", "", 11, priority=1),
)
TO_LIST = frozenset({"up", "down", "pageup", "pagedown"})


class AccountField(PaneField):
    """The search field: the list shows the accounts that fit; arrows move in the list."""

    hints = (("Enter", "Take it"), ("↑↓", "Choose"), ("Esc", "Leave"))

    def on_key(self, event: events.Key) -> None:
        if event.key in TO_LIST and isinstance(self.parent, RoutePane):
            event.stop()
            event.prevent_default()
            self.parent.steer(event.key)


class RoutePane(Vertical):
    """A field, the accounts that fit, and the facts about the document."""

    class Routed(Message):
        """An account was chosen, and with it the service that keeps the original."""

        def __init__(self, account: str, service: str) -> None:
            super().__init__()
            self.account, self.service = account, service

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chart: tuple[Account, ...] = ()
        self._suggestion = ""
        self._listed_for = ""
        self._no_chart = "not asked yet"
        self._work: Work | None = None

    def compose(self) -> ComposeResult:
        yield Lines(id="route-why")
        yield AccountField(placeholder="type part of an account: number, domain, keyword", id="route-field")
        yield LedgerTable(COLUMNS, title="CHART OF ACCOUNTS", empty="no account fits", id="chart")

    def on_mount(self) -> None:
        self.query_one(Lines).can_focus = False

    def begin(self, work: Work, chart: Sequence[Account]) -> None:
        """Show a document that reached step 2: an empty field, the suggestion first."""
        self._chart, self._suggestion = tuple(chart), work.account
        self.query_one(AccountField).value = ""
        self._list()
        self.show(work)

    def show(self, work: Work) -> None:
        """Show the facts about the document, the reason of the suggestion, and the last refusal."""
        self._work = work
        self.query_one(Lines).set_lines(_why(work, self._chart, max(30, self.size.width)))

    def on_resize(self) -> None:
        """Wrap the lines again: the first ones may have been set before the pane had a width."""
        if self._work is not None:
            self.show(self._work)

    def set_chart(self, chart: Sequence[Account]) -> None:
        """Set the chart, which arrived or changed."""
        if tuple(chart) != self._chart:
            self._chart = tuple(chart)
            self._list()
            if self._work is not None:
                self.show(self._work)

    def say_why_empty(self, said: str) -> None:
        """The text of the list while it has no account of the chart."""
        self._no_chart = said
        table = self.query_one(LedgerTable)
        if not self._chart and table.empty != said:
            table.empty = said
            table.refresh()

    def focus_field(self) -> None:
        self.query_one(AccountField).focus()

    def steer(self, key: str) -> None:
        """Move the cursor of the list while the field has the focus."""
        self._catch_up()
        table = self.query_one(LedgerTable)
        ids = table.shown_ids
        if not ids:
            return
        page = max(1, table.size.height - 2)
        by = {"up": -1, "down": 1, "pageup": -page, "pagedown": page}[key]
        at = ids.index(table.cursor_id) if table.cursor_id in ids else 0
        table.select(ids[max(0, min(at + by, len(ids) - 1))])

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._catch_up()

    def _catch_up(self) -> None:
        """Search for the present text: a key may arrive before the message about the text typed before it."""
        if self.query_one(AccountField).value != self._listed_for:
            self._list()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.choose()

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        event.stop()
        self.choose()

    def choose(self) -> None:
        """Choose the account under the cursor, in the list for the present text."""
        self._catch_up()
        chosen = self.query_one(LedgerTable).cursor_id
        if isinstance(chosen, str):
            by_type = self._work.service if self._work is not None else ""
            self.post_message(self.Routed(chosen, keeper(self._chart, chosen, by_type)))

    def _list(self) -> None:
        typed = self._listed_for = self.query_one(AccountField).value
        table = self.query_one(LedgerTable)
        fits = fitting(self._chart, typed, self._suggestion)
        table.total = len(self._chart)
        table.empty = "no account fits what is typed" if self._chart else self._no_chart
        table.set_rows(_row(account, account.number == self._suggestion) for account in fits)
        if fits:
            table.select(fits[0].number)


def _row(account: Account, suggested: bool) -> Row:
    cells = (
        account.number,
        account.profile,
        account.domain,
        account.subdomain,
        account.archetype,
        "◂ suggested" if suggested else "",
    )
    return Row(account.number, cells, "", ("title", "", "", "", "", "good"))


def _why(work: Work, chart: Sequence[Account], width: int) -> list[tuple[tuple[str, str], ...]]:
    intake = work.intake
    if intake is None:
        return [line("")]
    said = [line(("label", "sha256 "), ("notice", intake.sha256.hex()))]
    verdict = (
        ("good", "✓ the same that this console computed")
        if work.sha256 == intake.sha256
        else ("muted", "hashed by the Totebox")
    )
    kept = (
        f"{safe_line(intake.media) or 'unknown type'} · kept by {safe_line(keeper(chart, work.account, work.service))}"
    )
    beside = len(verdict[1]) + len(kept) + 4 <= width
    said.append(line(verdict, ("label", f" · {kept}")) if beside else line(verdict))
    said += [] if beside else _wrapped("label", kept, width)
    for warning in filter(None, (intake.disguise, intake.trouble)):
        said += _wrapped("warn", f"! {warning}", width)
    if intake.suggestion:
        said.append(line(("label", f"suggested {safe_line(intake.suggestion)}: "), safe_line(intake.reason)))
    else:
        said.append(line(("label", "no account is suggested: no keyword of the chart stands in the text")))
    if work.refusal is not None:
        said += _wrapped("bad", f"✗ {work.refusal.code.name}: {work.refusal.reason}", width)
    return said


def _wrapped(tone: str, text: str, width: int) -> list[tuple[tuple[str, str], ...]]:
    """`text` wrapped, so that a fault is never cut."""
    return [line((tone, piece)) for piece in wrap(safe_line(text), width - 2)]
