"""The system pane: INTEGRITY and LOAD on top, lists below; one of them at a time where the terminal is small.

Law: only what comes from a Totebox is drawn under its name. `_settle` drops the rows when another Totebox is active.
Every question carries its Totebox's id. An answer of another Totebox draws nothing, but its receipt becomes a notice
with its entity's name.
"""

from datetime import datetime
from functools import partial

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container

from console.cartridges.system import SPEC
from console.cartridges.system.facts import host_facts, log_facts, terminal_facts
from console.cartridges.system.panels import integrity_lines, integrity_title, load_lines
from console.cartridges.system.room import heights
from console.cartridges.system.rows import (
    ASKING,
    CAPABILITIES,
    EVENTS,
    FINDINGS,
    PAIRINGS,
    SERVICES,
    answered_findings,
    device_text,
    event_rows,
    finding_rows,
    last_seen,
    pairing_rows,
    service_rows,
    somebody_asks,
)
from console.cartridges.system.ticket import ticket_text
from console.cartridges.system.trust import DONE, Trust
from console.chassis.cartridge import Cartridge
from console.chassis.dialog import TextDialog
from console.chassis.facts import MARGIN, Lines
from console.chassis.finding import FindingDialog
from console.chassis.layers import is_behind
from console.chassis.notice import Holds
from console.chassis.segments import entitled
from console.chassis.table import LedgerTable
from console.chassis.table_cartridge import how_linked, set_stale
from console.model.cells import moment, whole_minute
from console.model.devices import PAIRINGS_TABLE, known_here, labels_of
from console.model.events import Answer
from console.model.integrity import Shown, findings, reading
from console.model.link import Lent
from console.model.paged import why_empty
from console.model.safe_text import safe_line
from console.model.state import LogRow, Model, ToteboxState
from console.model.tables import first
from protocol.schema import Arguments, List, PairIssue, Receipt, Refusal, Rows, Table, Verify
from protocol.schema.numbers import Log, Role, Severity, Verdict

LISTS = ("state", "findings", "pairings", "capabilities", "services", "events")
STACKED = ("findings", "pairings", "capabilities")
"""Lists as wide as the screen, each below the other; services and events share what is below them."""
BELOW = ("services", "events")
EXTRA = ("capabilities",)
"""Shown once it was called for."""
PANELS = ("integrity", "load")
TITLES = {"integrity": "INTEGRITY", "load": "LOAD, last hour"}
PANEL_LINES = 7
FRAME_LINES = 3
ALL_FROM = (76, 19)
"""Columns and rows of the pane from which all lists are on the screen."""
QUIET = "nothing has happened since this console connected"
NO_PAIRING = "no device is paired"
NOT_GRANTED = "nothing was granted"
NOT_VERIFIED = "not verified from here yet: v verifies"


class SystemPane(Cartridge):
    """Live from STATUS and EVENT; the pairings are asked for when they change."""

    spec = SPEC
    trust: Trust
    """The commands about trust, on two of the lists."""
    can_focus = True

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        """The list that has the focus; '' before one was chosen."""
        self._heights: dict[str, int | str] = {}
        self._told: Table | None = None
        """The pairings as they were answered."""
        self._pairings_seen: tuple[object, ...] = ()
        self._capabilities_seen: tuple[object, ...] = ()
        self._of: str | None = None
        self._extra = ""
        self._seen_of: tuple[LogRow, ...] = ()
        """The audit rows from which the pairings say when a device was last seen."""
        self._refusals: dict[str, str] = {}
        """For each list that was asked for and answered: the reason of a refusal ('' where rows came)."""
        self._answered: list[Shown] = []
        """The findings in the answer to the newest VERIFY of this console."""

    def compose(self) -> ComposeResult:
        with Container(id="system-facts"):
            for name in PANELS:
                panel = Lines(TITLES[name], id=f"system-{name}")
                panel.can_focus = False
                yield panel
        yield LedgerTable(FINDINGS, title="FINDINGS", empty=NOT_VERIFIED, collapses=True, id="system-findings")
        pairings = LedgerTable(PAIRINGS, title="PAIRINGS", empty="not asked yet", collapses=True, id="system-pairings")
        capabilities = LedgerTable(
            CAPABILITIES, title="CAPABILITIES", empty="not asked yet", collapses=True, id="system-capabilities"
        )
        self.trust = Trust(self, pairings, capabilities)
        yield pairings
        yield capabilities
        with Container(id="system-lists"):
            yield LedgerTable(SERVICES, title="SERVICES", empty="not told yet", id="system-services")
            yield LedgerTable(EVENTS, title="EVENTS", empty="not told yet", live=True, id="system-events")

    def _list(self, name: str) -> LedgerTable:
        return self.query_one(f"#system-{name}", LedgerTable)

    # What is known.

    def shown(self) -> None:
        if not self._shown:
            size = self.app.size
            small = size.width < ALL_FROM[0] or size.height < ALL_FROM[1] + FRAME_LINES
            self._show("state" if small else "events")
        self._arrange()
        self.call_after_refresh(self._arrange)
        self.call_after_refresh(self._fit)
        self.model_changed(self.model)

    def on_mount(self) -> None:
        self._arrange()

    def ticked(self) -> None:
        """Update the ages, which change without an event; facts that read the same draw nothing."""
        totebox = self.totebox
        if self.display and totebox is not None:
            self._state_facts(totebox)

    def model_changed(self, model: Model) -> None:
        self._settle()
        totebox = model.totebox
        if totebox is None:
            return
        self._draw_findings(totebox)
        self._state_facts(totebox)
        self._list("events").set_rows(event_rows(totebox.events, known_here(totebox.labels, self.desk.fingerprint())))
        self._list("services").set_rows(service_rows(totebox.status.services) if totebox.status else ())
        self._ask_pairings(totebox)
        if self._extra == "capabilities":
            self._ask_capabilities(totebox)
        if totebox.audit_rows is not self._seen_of:
            self._seen_of = totebox.audit_rows
            self._draw_pairings()
        self._say_why_empty(totebox)
        self._share()

    def _draw_findings(self, totebox: ToteboxState) -> None:
        table = self._list("findings")
        table.set_rows(finding_rows(self._findings(totebox), table.size.width or self.app.size.width))

    def _settle(self) -> None:
        """Drop the rows if another Totebox is active than the one that they come from."""
        totebox = self.totebox
        active = totebox.id if totebox is not None else None
        if active == self._of:
            return
        self._of, self._answered, self._told, self._seen_of = active, [], None, ()
        self._pairings_seen = self._capabilities_seen = ()
        self._refusals.clear()
        self.trust.forget()
        for name in LISTS[1:]:
            self._list(name).set_filter("")
            self._list(name).set_rows(())
        self._list("pairings").set_columns(PAIRINGS)
        self._list("findings").say_empty(NOT_VERIFIED)
        for name in PANELS:
            self._panel(name).set_lines(())

    def _say_why_empty(self, totebox: ToteboxState) -> None:
        """Set the text of each list without rows: a Totebox that was not asked, or has not answered, may have rows."""
        link = how_linked(totebox)
        is_admin = totebox.role is None or totebox.role >= Role.ADMIN
        told = f"not told: {link}" if link else "not told yet"
        self._say_empty("events", QUIET if totebox.sessions else told)
        self._say_empty("services", "it has no service" if totebox.status else told)
        for name, seen, empty in (
            ("pairings", self._pairings_seen, NO_PAIRING),
            ("capabilities", self._capabilities_seen, NOT_GRANTED),
        ):
            refusal = self._refusals.get(name)
            said = why_empty(link, empty, refusal == "", bool(seen) and refusal is None, refusal or "")
            self._say_empty(name, said if is_admin or name != "pairings" else "who is paired is shown to ADMIN devices")

    def _say_empty(self, name: str, said: str) -> None:
        self._list(name).say_empty(said)

    def _state_facts(self, totebox: ToteboxState) -> None:
        """INTEGRITY and LOAD, and what is grey."""
        self._settle()
        present_us, now = self._present_us(), self.desk.now()
        integrity, load = self._panel("integrity"), self._panel("load")
        set_stale(
            self, totebox.is_stale(now), (integrity, load, self._list("findings"))
        )  # these are grey piece by piece
        integrity.border_title = entitled(integrity_title(totebox, present_us) + self._way_on("state"))
        integrity.set_lines(
            integrity_lines(totebox, now, present_us, self.desk.fingerprint(), integrity.size.width - MARGIN)
        )
        load.set_lines(load_lines(totebox, now, self.desk.terminal_bytes(), load.size.width - MARGIN))

    def _panel(self, name: str) -> Lines:
        return self.query_one(f"#system-{name}", Lines)

    def _present_us(self) -> int:
        return whole_minute(int(datetime.fromisoformat(self.desk.today()).timestamp() * 1e6))

    def _ask_capabilities(self, totebox: ToteboxState) -> None:
        state = (totebox.id, totebox.sessions, totebox.changed.get("gate.capabilities", 0))
        if totebox.is_linked and state != self._capabilities_seen:
            self._capabilities_seen = state
            self._refusals.pop("capabilities", None)
            self.ask("capabilities", List("gate.capabilities", "", "", "", 500))

    def _ask_pairings(self, totebox: ToteboxState) -> None:
        sessions = totebox.status.sessions if totebox.status else 0
        state = (totebox.id, totebox.sessions, totebox.changed.get(PAIRINGS_TABLE, 0), sessions)
        if not totebox.is_linked or state == self._pairings_seen:
            return
        self._pairings_seen = state
        if totebox.role is not None and totebox.role >= Role.ADMIN:
            self._refusals.pop("pairings", None)
            self.ask("pairings", List(PAIRINGS_TABLE, "", "", "", 500))

    def ask(self, key: str, arguments: Arguments, *, once: bytes = b"", totebox: str | None = None) -> None:
        asked = totebox or self.model.active or ""
        super().ask(f"{asked}/{key}", arguments, once=once, totebox=totebox)

    # Answers.

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        self._settle()
        asked, _, key = key.partition("/")
        if asked != self._of:
            if isinstance(answer, Receipt):
                self._done(key, answer, trouble, asked)
            return
        if key in ("pairings", "capabilities"):
            self._refusals[key] = safe_line(answer.reason) if isinstance(answer, Refusal) else ""
        self._take(key, answer, trouble)
        if (totebox := self.totebox) is not None:
            self._say_why_empty(totebox)

    def _take(self, key: str, answer: Answer, trouble: str) -> None:
        """Apply an answer of the Totebox whose rows are shown."""
        if isinstance(answer, Refusal):
            self.refused(answer)
            if key == "verify":
                self._list("findings").say_empty(f"could not verify: {safe_line(answer.reason)}")
        elif key == "pairings" and isinstance(answer, Rows):
            self.trust.know_devices(answer.table)
            self._show_pairings(answer.table)
            self.desk.hints_changed()
        elif key == "capabilities" and isinstance(answer, Rows):
            self.trust.know_capabilities(answer.table)
            self._list("capabilities").set_rows(self.trust.capability_rows())
            self.desk.hints_changed()
        elif key == "ticket" and isinstance(answer, Rows):
            self._show_ticket(answer)
        elif key == "verify" and isinstance(answer, Rows):
            self._show_findings(answer)
        elif isinstance(answer, Receipt):
            self._pairings_seen = self._capabilities_seen = ()
            self._done(key, answer, trouble)
            self.model_changed(self.model)

    def _done(self, key: str, answer: Receipt, trouble: str, totebox: str = "") -> None:
        """Show a notice about a receipt; `totebox` is named where it is not the active one."""
        proved = "proof checked" if not trouble else "its proof did not hold"
        other = self.model.toteboxes.get(totebox) if totebox != self._of else None
        whose = f"{safe_line(other.entity)}: " if other is not None else ""
        said = f"{whose}{DONE.get(key, key)}; audit row {answer.index:,}, {proved}"
        self.notice(said, Severity.NOTICE, trouble, holds=self.while_active())

    def _show_pairings(self, table: Table) -> None:
        """Words that are to be compared stand whole; the cursor stays on its device."""
        self._told = table
        self._draw_pairings()

    def _draw_pairings(self) -> None:
        table, totebox, pairings = self._told, self.totebox, self._list("pairings")
        if table is None or totebox is None:
            return
        own, chosen = self.desk.fingerprint(), pairings.cursor_id
        pairings.set_columns(ASKING if somebody_asks(table) else PAIRINGS)
        known = known_here({**totebox.labels, **labels_of(table)}, own)
        pairings.set_rows(pairing_rows(table, own, known, last_seen(totebox)))
        if chosen is not None:
            pairings.select(chosen)
        self._share()

    @on(LedgerTable.Chosen, "#system-pairings")
    def _read_device(self) -> None:
        """Enter on a device says all that is known of it, its key whole."""
        _, _, record = self.trust.device()
        totebox = self.totebox
        if record is None or totebox is None:
            return
        own = self.desk.fingerprint()
        text = device_text(record, own, known_here(totebox.labels, own), last_seen(totebox))
        self.desk.show_dialog(TextDialog("DEVICE", text, copy=record.text("fingerprint")))

    @on(LedgerTable.Chosen, "#system-events")
    def _read_event(self, event: LedgerTable.Chosen) -> None:
        """Enter on an event reads it in full."""
        row = self._list("events").cursor_row
        if row is not None:
            time, word, source, said, remedy = (safe_line(str(cell or "")) for cell in row.cells)
            lines = [f"{moment(time)}  {word}  {source}", "", said, *(["", remedy] if remedy else [])]
            self.desk.show_dialog(TextDialog("EVENT", "\n".join(lines)))

    @on(LedgerTable.Filtered)
    def _filtered(self) -> None:
        self._share()

    def _show_ticket(self, answer: Rows) -> None:
        row = first(answer.table)
        if row is not None:
            size = self.app.size
            text = ticket_text(row.text("text"), row.text("role"), row.text("expires"), size.height, size.width)
            self.desk.show_dialog(TextDialog("PAIRING TICKET", text, copy=row.text("text")))

    def _show_findings(self, answer: Rows) -> None:
        self._answered = answered_findings(answer.table)
        count = len(self._answered)
        self._list("findings").say_empty("✓ verified from its bytes: everything agrees")
        if (totebox := self.totebox) is not None:
            self._draw_findings(totebox)
        self._show("findings")
        said = f"{count:,} finding{'s' * (count != 1)}: Enter reads each in full" if count else "✓ the vault is clean"
        self.notice(said, Severity.ALARM if count else Severity.NOTICE, holds=self._while_found(self._answered))

    def _while_found(self, answered: list[Shown]) -> Holds:
        """Holds while no other verification is told whose verdict differs, and none is asked for."""
        is_active, told = self.while_active(), self.totebox.integrity if self.totebox else None

        def holds() -> bool:
            body = self.totebox.integrity if self.totebox else None
            agrees = body is told or body is None or (body.verdict is Verdict.FINDINGS) == bool(answered)
            return is_active() and self._answered is answered and agrees

        return holds

    def _findings(self, totebox: ToteboxState) -> list[Shown]:
        """The findings about the Totebox: all that VERIFY answered, where it answered more than INTEGRITY reports."""
        told, body = findings(totebox), totebox.integrity
        if body is None:
            return [*told, *self._answered]
        is_same = body.verdict is Verdict.FINDINGS and body.total >= len(self._answered) > len(body.findings)
        return self._answered if is_same and not totebox.contradictions else told

    @on(LedgerTable.Chosen, "#system-findings")
    def _read_finding(self, event: LedgerTable.Chosen) -> None:
        """Open a finding in full (Enter)."""
        totebox = self.totebox
        if totebox is None or not isinstance(event.row_id, int):
            return
        found, today = self._findings(totebox), self._present_us()
        text = partial(reading, totebox, self.desk.fingerprint(), found, today)
        self.desk.show_dialog(FindingDialog(len(found), event.row_id, text))

    def lent(self, key: str, lent: Lent | Refusal) -> None:
        self.trust.lent(key, lent)
        self._capabilities_seen = ()
        self.model_changed(self.model)

    # Commands.

    def why_no_ticket(self) -> str:
        totebox = self.totebox
        return "" if totebox is not None and totebox.is_linked else "there is no link"

    def ticket(self) -> None:
        from console.cartridges.system.ticket_form import Issue

        self.desk.show_dialog(Issue(), self._issue)

    def _issue(self, wanted: tuple[Role, str, str] | None) -> None:
        if wanted is not None:
            self.ask("ticket", PairIssue(*wanted))

    def why_not_verify(self) -> str:
        return self.why_no_ticket()

    def verify(self) -> None:
        self._list("findings").say_empty("verifying from its bytes ...")
        self._answered = []
        self._show("findings")
        self.ask("verify", Verify())

    def why_not_cosign(self) -> str:
        totebox = self.totebox
        if totebox is None or not totebox.is_linked:
            return "there is no link"
        if len(totebox.heads) < len(Log):
            return "the heads were not proved in this session yet"
        return "this console vouches for no log that raised the alarm" if totebox.alarm else ""

    def do_cosign(self) -> None:
        self.cosign("cosign")

    def cosigned(self, key: str, totebox: str, answer: Answer, trouble: str) -> None:
        if isinstance(answer, Receipt):
            self._done(key, answer, trouble, totebox)
        elif isinstance(answer, Refusal):
            self.refused(answer)

    # Which list.

    def next_list(self) -> None:
        self._show(self._after(self._shown))

    def _after(self, name: str) -> str:
        """Where Tab leads from `name`."""
        names = [each for each in LISTS if each not in EXTRA or each == self._extra]
        names = names if self.has_class("-single") else names[1:]
        at = names.index(name) + 1 if name in names else 0
        return names[at % len(names)]

    def _way_on(self, name: str) -> str:
        """What the title of the one shown list says about the next one."""
        return f"  Tab: {self._after(name)}" if self.has_class("-single") else ""

    def show_state(self) -> None:
        """The state's own pane where lists hide it; where it is on the screen, all of it in full."""
        if self.has_class("-single") and self._shown != "state":
            self._show("state")
        else:
            self.read_state()

    def read_state(self) -> None:
        """Every figure of the state in full: what the panels cut or leave out."""
        totebox = self.totebox
        if totebox is None:
            return
        facts = log_facts(totebox, self._present_us(), self.desk.fingerprint())
        facts += host_facts(totebox, self.desk.now()) + terminal_facts(self.desk.terminal_bytes())
        text = "\n".join(f"{fact.label:<15}{fact.value}" for fact in facts)
        self.desk.show_dialog(TextDialog(f"STATE OF {safe_line(totebox.entity)}", text, copy=text))

    def show_events(self) -> None:
        self._show("events")

    def show_pairings(self) -> None:
        self._show("pairings")

    def show_services(self) -> None:
        self._show("services")

    def show_capabilities(self) -> None:
        self._show("capabilities")
        self._capabilities_seen = ()
        self.model_changed(self.model)

    def show_findings(self) -> None:
        self._show("findings")

    def _show(self, name: str) -> None:
        self._shown = name
        if name in EXTRA:
            self._extra = name
        self._arrange()
        if name == "state":
            self.focus()
        else:
            self._list(name).focus()
        self.desk.hints_changed()

    def on_key(self, event: events.Key) -> None:
        """Enter where the state has the focus reads all of it."""
        if event.key == "enter" and self.has_focus and not is_behind(self):
            event.stop()
            event.prevent_default()
            self.read_state()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        if isinstance(event.widget, LedgerTable) and event.widget.id is not None:
            self._shown = event.widget.id.removeprefix("system-")
            self.desk.hints_changed()

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """What is wrapped or left out follows the width."""
        if (totebox := self.totebox) is not None:
            self._draw_findings(totebox)
            self._state_facts(totebox)

    def _arrange(self) -> None:
        """All lists below each other, each with the lines that it fills; in a small terminal the one that is chosen."""
        size = self.size if self.size.width else self.app.size
        single = size.width < ALL_FROM[0] or size.height < ALL_FROM[1]
        self.set_class(single, "-single")
        self.set_class(single and self._shown == "state", "-state")
        for name in LISTS[1:]:
            is_there = name not in EXTRA or name == self._extra
            self._list(name).display = name == self._shown if single else is_there
        self.query_one("#system-facts").display = not single or self._shown == "state"
        self.query_one("#system-lists").display = not single or self._shown in BELOW
        for name in LISTS[1:]:
            self._list(name).set_remark(self._way_on(name))
        self._share()

    def _share(self) -> None:
        """Give each list the lines that it fills; services and events have what is left over."""
        if self.has_class("-single"):
            heights_of = dict.fromkeys(STACKED)
        else:
            room = self.size.height - PANEL_LINES
            below = max(self._list(name).wanted_lines for name in BELOW)
            stacked = [name for name in STACKED if self._list(name).display]
            shares = heights([*(self._list(name).wanted_lines for name in stacked), below], room)
            heights_of = dict(zip(stacked, shares, strict=False))
        for name, lines in heights_of.items():
            table, height = self._list(name), "1fr" if lines is None else lines
            if self._heights.get(name) != height:
                self._heights[name] = height
                table.styles.height = height

    def focus_object(self, **focus: object) -> None:
        name = focus.get("list")
        if isinstance(name, str) and name in LISTS:
            self._show(name)
