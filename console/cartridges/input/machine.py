"""The pane of the Input Machine (F12), through which every file from outside enters. This file has its keys and
widgets.

The states and their transitions are pure functions in `console.model.input.steps` and `.queue`; `Trays` keeps one state
for each Totebox and carries out the effects. Law: every act of the person is one transition, and only its effects are
sent. Cancelling a question, changing the Totebox or leaving the screen changes no state.
"""

from pathlib import Path
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from console.cartridges.input import SPEC, reasons, sheets
from console.cartridges.input.fields import BEGINS, CLOSED, QUEUE_COLUMNS, PathField, QueueList, queue_row
from console.cartridges.input.route import RoutePane
from console.cartridges.input.stage import Stage
from console.cartridges.input.trays import Trays
from console.chassis.cartridge import Cartridge
from console.chassis.dialog import LineDialog
from console.chassis.facts import Lines
from console.chassis.keys import Danger, KeyCommand
from console.chassis.layers import is_behind
from console.chassis.notice import DONE
from console.chassis.table import LedgerTable
from console.chassis.table_cartridge import set_stale
from console.model.events import Answer
from console.model.input import queue, steps
from console.model.input.intake import InputStep, QueueState
from console.model.input.paths import absolute, safe_name, save_path, split_paths
from console.model.input.receipt import receipt_text
from console.model.input.tray import Outcome, Queued, Tray
from console.model.safe_text import safe_line
from console.model.state import Model
from protocol.schema import Arguments, Bound
from protocol.schema.numbers import Decision, Severity

NARROW = 100
LEAVING = frozenset({"input.later", "input.abandon", "input.leave"})
"""Commands that answer the question what happens to an unfinished document."""
AWAY = frozenset({"colon", "question_mark"})
"""Keys of the chassis that work above any question: they open the command line and the list of keys."""
ASKED = "l keeps the document for later, a abandons it, Esc goes on with it"


class InputMachine(Cartridge):
    """The queue on the left, the document at work on the right, the five steps above."""

    spec = SPEC

    def __init__(self) -> None:
        super().__init__()
        self._leaving = False
        self._of: str | None = None
        """The id of the Totebox whose tray is on the screen."""
        self.trays = Trays(self, self._turned)

    def compose(self) -> ComposeResult:
        yield Lines(id="input-head")
        with Horizontal(id="input-body"):
            with Vertical(id="tray"):
                yield PathField(placeholder=CLOSED, id="path")
                yield QueueList(QUEUE_COLUMNS, title="QUEUE", empty="no document waits", id="queue")
            yield Stage(id="stage")

    def on_mount(self) -> None:
        self.query_one("#input-head").can_focus = False
        self.queued.typed = self._typed

    @property
    def tray(self) -> Tray:
        """The active Totebox's tray."""
        return self.trays.active

    @property
    def queued(self) -> QueueList:
        """The queue on the screen."""
        return self.query_one(QueueList)

    @property
    def stage(self) -> Stage:
        return self.query_one(Stage)

    @property
    def under_cursor(self) -> Queued | None:
        found = self.queued.cursor_id
        return self.tray.find(found) if isinstance(found, int) else None

    @property
    def selected(self) -> Queued | None:
        """The document at work, else the one under the queue's cursor."""
        return self.tray.item or self.under_cursor

    # What the application tells.

    def _settle(self) -> None:
        """If another Totebox is active now, drop a half-typed path and an open question about a document of the old
        one.
        """
        if self.model.active == self._of:
            return
        self._of, self._leaving = self.model.active, False
        self.query_one(PathField).value = ""
        self.queued.set_filter("")
        self.queued.set_rows(())
        self.remove_class("-queue")
        if self.display and self.has_focus_within:
            self._draw()
            self._focus_step()

    def shown(self) -> None:
        self._settle()
        self.trays.refresh()
        self._draw()
        self._focus_step()

    def pressed_again(self) -> None:
        """F12 at F12: leave a field in which nothing was typed."""
        self._focus_step()

    def model_changed(self, model: Model) -> None:
        self._settle()
        self.trays.refresh_changed()
        self._draw()

    def focus_object(self, **focus: Any) -> None:
        """`supersedes` (and `name`): the next document corrects that entry. `path`: add that file to the queue."""
        if isinstance(index := focus.get("supersedes"), int):
            self.trays.put(queue.begin_correction(self.tray, index, str(focus.get("name", ""))))
            self.enter_path()
        if isinstance(path := focus.get("path"), str):
            self._give(path)

    def paste(self, text: str) -> bool:
        """Text was pasted, or files were dropped on the terminal."""
        return self._give(text)

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        self.trays.answered(key, arguments, answer, trouble)

    def progress(self, key: str, done: int, total: int) -> None:
        self.trays.progress(key, done, total)

    def saved(self, key: str, index: int, target: Path, trouble: str) -> None:
        if trouble:
            self.notice(f"receipt not saved: {trouble}", Severity.WARNING, trouble, holds=DONE)
        else:
            self.notice(f"receipt saved to {target}", Severity.NOTICE, holds=DONE)

    # Keys.

    def refresh_tables(self) -> None:
        """Ask for the tables of this screen again."""
        self.trays.refresh()

    def go_on(self) -> None:
        """Enter: take the next step."""
        work = self.tray.work
        if work is None:
            self._begin(self.under_cursor)
        elif work.step in (InputStep.REVIEW, InputStep.DECIDE):
            self._to_confirm()
        elif work.step is InputStep.ROUTE:
            self.query_one(RoutePane).choose()
        elif work.step is InputStep.CONFIRM and not work.waiting:
            self.notice(
                "y seals the document, Esc goes back to the claims",
                Severity.NOTICE,
                holds=lambda: self._step_now is InputStep.CONFIRM,
            )
        self._draw()

    def _begin(self, item: Queued | None) -> None:
        if item is None:
            self.enter_path()
        elif item.place is QueueState.REFUSED and item.index is not None:
            self.open_sealed()
        elif item.place is QueueState.SEALED:
            self._next()
        else:
            self._step(queue.take(self.tray, item.number))

    def _next(self) -> None:
        following = self.tray.first_waiting()
        if following is None:
            self.notice(
                "the queue is done: p gives another path",
                Severity.NOTICE,
                holds=lambda: self.tray.first_waiting() is None,
            )
            self.screen.set_focus(self.queued)
            return
        self._select(following.number)
        self._step(queue.take(self.tray, following.number))

    def _to_confirm(self) -> None:
        self.trays.put(steps.proceed(self.tray))
        work = self.tray.work
        if work is not None and work.step is not InputStep.CONFIRM:
            waits = f"{work.unanswered} claims wait for y, n or s" if work.unanswered else "answers are being recorded"
            unanswered = work.unanswered
            self.notice(
                waits,
                Severity.NOTICE,
                holds=lambda: self.tray.work is not None and self.tray.work.unanswered == unanswered,
            )

    @property
    def _step_now(self) -> InputStep | None:
        work = self.tray.work
        return work.step if work is not None else None

    def say_yes(self) -> None:
        work = self.tray.work
        if work is not None and work.step is InputStep.CONFIRM:
            self._step(steps.seal(self.tray))
        else:
            self._step(steps.decide(self.tray, Decision.YES))

    def say_no(self) -> None:
        self._step(steps.decide(self.tray, Decision.NO))

    def say_misread(self) -> None:
        self._step(steps.decide(self.tray, Decision.MISREAD))

    def say_wrong_kind(self) -> None:
        self._step(steps.decide(self.tray, Decision.WRONG_KIND))

    def say_duplicate(self) -> None:
        self._step(steps.decide(self.tray, Decision.DUPLICATE))

    def say_irrelevant(self) -> None:
        self._step(steps.decide(self.tray, Decision.IRRELEVANT))

    def say_skip(self) -> None:
        self._step(steps.decide(self.tray, Decision.SKIP))

    def enter_path(self) -> None:
        """Move the focus to the path field."""
        self.add_class("-queue")
        self.query_one(PathField).open()

    def on_key(self, event: events.Key) -> None:
        """A key that arrives here although the path field is open was pressed before the field was opened. While the
        person is asked what happens to the document, a key that is no answer does nothing.
        """
        field = self.query_one(PathField)
        if field.is_open:
            field.take(event)
        elif self._leaving and not is_behind(self) and event.key not in AWAY and not self._answers(event.key):
            event.stop()
            event.prevent_default()
            self.notice(ASKED, Severity.NOTICE, holds=lambda: self._leaving)

    def _answers(self, key: str) -> bool:
        """Whether `key` answers the question what happens to the document."""
        return any(key in command.keys for command in self.keys or self.spec.commands if command.id in LEAVING)

    def reason_against(self, command: KeyCommand) -> str:
        if self._leaving and command.id not in LEAVING:
            return ASKED
        return super().reason_against(command)

    def _typed(self, event: events.Key) -> bool:
        """Whether a key at the queue belongs to the path field: it opens the field, or begins a path where there is
        nothing to filter.
        """
        field = self.query_one(PathField)
        if field.is_open:
            return field.take(event)
        is_path = not self.tray.queue and event.character in BEGINS
        if not is_path and event.key not in self._command("input.path").keys:
            return False
        self._run("input.path")
        return not is_path or self.screen.focused is not field or field.take(event)

    def leave(self) -> None:
        """Esc: one step back; for an unfinished document the person is asked."""
        tray = self.tray
        if (
            tray.work is not None
            and tray.work.step is InputStep.CONFIRM
            and not tray.work.waiting
            and not self._leaving
        ):
            self.trays.put(steps.back(tray))
        elif tray.work is not None:
            self._leaving = not self._leaving
            self._draw()
            self._focus_step()
        elif tray.correcting is not None:
            self.trays.put(queue.end_correction(tray))
        else:
            self._to_queue()

    def keep(self) -> None:
        self._step(queue.leave(self.tray, keep=True))

    def abandon(self) -> None:
        item = self.selected
        if item is None:
            return
        if self._leaving:
            self._step(queue.abandon(self.tray, item.number))
            return
        totebox, number = self.model.active or "", item.number
        self.confirm(
            "Abandon this document? Its staging is cleared and no record is made.",
            Danger.CONFIRM,
            lambda: self.trays.apply(totebox, queue.abandon(self.trays.of(totebox), number)),
            name=safe_line(item.name),
        )

    def take_off(self) -> None:
        if (item := self.under_cursor) is not None:
            self.trays.put(queue.remove(self.tray, item.number))

    def open_sealed(self) -> None:
        item = self.selected
        if item is not None and item.index is not None:
            self.open("documents", index=item.index)

    def write_receipt(self) -> None:
        """Write the receipt to a file; the person says where."""
        item = self.selected
        checked = self.stage.check(item, self._bound) if item else None
        if item is None or item.sealed is None or checked is None:
            return
        work = item.sealed.work
        said = (
            f"entity    {self._entity}",
            f"document  {item.name}",
            f"account   {work.account}",
            f"service   {work.service}",
        )
        text = receipt_text(checked, f"Receipt of {item.name}", said)
        name = safe_name(f"{item.name}.entry-{checked.receipt.index}.receipt.txt")
        home, here = str(Path.home()), str(Path.cwd())

        def said_where(path: str) -> None:
            self.request_write("receipt", text.encode("utf-8", "replace"), Path(save_path(path, name, home, here)))

        self.desk.show_dialog(
            LineDialog(
                "SAVE RECEIPT",
                f"Where is the receipt of {safe_line(item.name)} saved? A file, or a folder that ends with /.",
                save_path("", name, home, here),
                said_where,
            )
        )

    def switch_pane(self) -> None:
        """Tab: move between the queue and the document."""
        if self.queued.has_focus or self.query_one(PathField).has_focus:
            self.remove_class("-queue")
            self.stage.focus_step()
        else:
            self._to_queue()

    def _to_queue(self) -> None:
        self.add_class("-queue")
        self.screen.set_focus(self.queued)

    # Why not.

    def why_no_yes(self) -> str:
        return reasons.against_yes(self.tray)

    def why_no_answer(self) -> str:
        return reasons.against_answer(self.tray)

    def why_no_work(self) -> str:
        return "" if self.tray.work is not None else "no document is at work"

    def why_not_abandoned(self) -> str:
        return reasons.against_abandon(self.selected)

    def why_no_entry(self) -> str:
        return reasons.against_entry(self.selected)

    def why_no_receipt(self) -> str:
        return reasons.against_receipt(self.selected)

    def why_not_taken_off(self) -> str:
        if not self.query_one("#tray").display:
            return "the queue is not on the screen: Tab shows it"
        return reasons.against_removal(self.under_cursor)

    # Messages of the panes.

    def on_path_field_given(self, event: PathField.Given) -> None:
        event.stop()
        self._give(event.text)

    def on_path_field_left(self, event: PathField.Left) -> None:
        event.stop()
        if self.tray.correcting is not None:
            self.trays.put(queue.end_correction(self.tray))
        self._to_queue()
        self._draw()
        if event.entered and self.tray.queue:
            self._run("input.go")

    def on_route_pane_routed(self, event: RoutePane.Routed) -> None:
        event.stop()
        work = self.tray.work
        if work is not None:
            self._step(steps.choose(self.tray, event.account, event.service))

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        event.stop()
        self._run("input.go")

    def _run(self, command_id: str) -> None:
        self.run_command(self._command(command_id))

    def _command(self, command_id: str) -> KeyCommand:
        return next(command for command in self.keys or self.spec.commands if command.id == command_id)

    def on_ledger_table_moved(self, event: LedgerTable.Moved) -> None:
        event.stop()
        work = self.tray.work
        if event.row_id != event.table.cursor_id:
            return  # an earlier position of the cursor, which has moved on since
        if event.table.id == "claims" and work is not None:
            at = next((at for at, claim in enumerate(work.claims) if claim.number == event.row_id), None)
            if at is not None and at != work.cursor:
                self.trays.put(steps.move(self.tray, at))
        elif event.table.id == "queue":
            self._draw()

    # The next state.

    def _step(self, outcome: Outcome) -> None:
        self._leaving = False
        self.trays.do(outcome)

    def _give(self, text: str) -> bool:
        """Add the files that `text` names to the queue."""
        paths = [absolute(path, str(Path.home()), str(Path.cwd())) for path in split_paths(text)]
        if not paths:
            return False
        before = {item.number for item in self.tray.queue}
        self.trays.put(queue.add_paths(self.tray, paths))
        added = [item.number for item in self.tray.queue if item.number not in before]
        if added and self.tray.work is None:
            self._select(added[0])
            self._to_queue()
        said = f"{len(added)} in the queue" if len(added) != 1 else f"{safe_line(paths[0])} is in the queue"
        meant = added or [item.number for item in self.tray.queue if item.path in paths]
        self.notice(said if added else "already in the queue", holds=lambda: all(map(self._waits, meant)))
        return True

    def _waits(self, number: int) -> bool:
        item = self.tray.find(number)
        return item is not None and item.place is QueueState.WAITING

    def _select(self, number: int) -> None:
        self.queued.select(number)
        self._draw()

    def _turned(self, before: Tray) -> None:
        """Draw the screen; if another step or document is shown now, move the focus to it."""
        if not self.is_mounted:
            return
        if before.work is not None and self.tray.work is None and before.at_work is not None:
            self._draw()
            self._select(before.at_work)
        self._draw()
        if _place(before) != _place(self.tray):
            self.remove_class("-queue")
            self._focus_step()

    # Drawing.

    @property
    def _entity(self) -> str:
        return self.totebox.entity if self.totebox else ""

    @property
    def _bound(self) -> Bound | None:
        return self.totebox.bound if self.totebox else None

    def on_resize(self) -> None:
        self.set_class(self.size.width < NARROW, "-narrow")
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if not self.is_mounted or not self.size.width:
            return
        tray = self.tray
        self.queued.empty = self.trays.why_empty(("drops", "intakes"), "no document waits")
        self.queued.set_rows(map(queue_row, tray.queue))
        item, work = self.selected, tray.work
        done = work is None and item is not None and item.place is QueueState.SEALED
        self.set_class(work is not None or done, "-busy")
        shown = sheets.steps(work.step if work else None, sealed=done, narrow=self.size.width < 70)
        self.query_one("#input-head", Lines).set_lines([sheets.heading(item, tray, self.size.width), shown])
        self.stage.show(tray, item, self.model.active or "", self._entity, self._bound, leaving=self._leaving)
        self.query_one(RoutePane).say_why_empty(self.trays.why_empty(("chart",), "the chart of accounts is empty"))
        totebox = self.totebox
        standing = (self.query_one("#input-head"), *self.stage.standing(item, leaving=self._leaving))
        set_stale(self, totebox is None or totebox.is_stale(self.desk.now()), standing)
        self.desk.hints_changed()

    def _focus_step(self) -> None:
        """Move the focus to the keys of the step; without a document at work to the queue."""
        item = self.selected
        if self.tray.work is not None or (item is not None and item.place is QueueState.SEALED):
            self.stage.focus_step()
        elif not self.query_one(PathField).value:
            self.screen.set_focus(self.queued)


def _place(tray: Tray) -> tuple[object, ...]:
    """The values on which the place of the focus depends."""
    work = tray.work
    return (tray.at_work, work and work.step, bool(work and work.waiting))
