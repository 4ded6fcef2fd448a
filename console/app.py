"""The application: which cartridge is on the screen, and the wires between links, model and panes. Nothing else."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding
from textual.widgets import ContentSwitcher, Input

from console.cartridges import KEYBOARD, load
from console.chassis import banner, status
from console.chassis.anchor import ANCHOR, keyboard
from console.chassis.banner import Banner
from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.commandline import GO_COLUMNS, CommandLine, GoList
from console.chassis.crash import report, write_report
from console.chassis.destinations import destinations
from console.chassis.dialog import Confirm, Reading
from console.chassis.help import KeysList, Offered
from console.chassis.keys import ANYWHERE, IN_LISTS, Danger, KeyCommand, key_name
from console.chassis.notice import Notice, NoticeLine
from console.chassis.painter import Painter
from console.chassis.palette import Destination
from console.chassis.segments import Piece
from console.chassis.status import StatusLine
from console.chassis.strip import Key, Strips
from console.chassis.table import LedgerTable
from console.chassis.takeaway import Takeaway
from console.chassis.theme import THEMES, after
from console.chassis.wayback import Place, Wayback, where
from console.errors import LinkDown
from console.model.events import Activated, Answer, Answered
from console.model.link import Link, Mailbox
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema import Arguments, Refusal
from protocol.schema.numbers import RefusalCode, Severity

ANSWER_WITHIN_S = 60.0
TRANSFER_WITHIN_S = 24 * 3_600.0


class LedgerApp(App[None]):
    """The console.

    Args:
        links: by Totebox id; each was made with `mailbox` as its `emit`.
        clock: monotonic seconds. today: the present as RFC 3339 UTC text.
        device: how this console names itself. start: the F-key to open on ('': F8 with one pairing, F10 with several).
        keymap: other keys for commands, by id. reports: the folder for exports and crash reports.
    """

    CSS_PATH = str(Path(__file__).parent / "chassis" / "chassis.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        *(Binding(f"f{n}", f"fkey('f{n}')", show=False, priority=True) for n in range(1, 13)),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
    ]

    def __init__(
        self,
        links: Mapping[str, Link],
        mailbox: Mailbox,
        *,
        clock: Callable[[], float],
        today: Callable[[], str],
        device: str = "",
        start: str = "",
        theme: str = "dark",
        keymap: Mapping[str, str] | None = None,
        reports: Path | None = None,
    ) -> None:
        super().__init__()
        self.links, self.mailbox = dict(links), mailbox
        self._clock, self._today = clock, today
        self._device, self._start = device, start
        self.takeaway = Takeaway(reports or Path.cwd(), self.copy_to_clipboard, self._stamp)
        self._ledger = Model()
        self._painted: tuple[object, ...] = ()
        self._frozen: Model | None = None
        self._arrived = 0
        self._troubles: dict[str, str] = {}
        self._serial = 0
        self._specs: dict[str, CartridgeSpec] = {}
        self._absent: dict[str, str] = {}
        self._panes: dict[str, Cartridge] = {}
        self._current = ""
        self._wayback = Wayback()
        self._mouse_taken = True
        self._keymap = dict(keymap or {})
        self._crash_report: Path | None = None
        self.painter = Painter(self, clock, self.paint, self._terminal_is_busy)
        for theme_ in THEMES:
            self.register_theme(theme_)
        self.theme = theme

    # Mounting.

    def compose(self) -> ComposeResult:
        drop = GoList(GO_COLUMNS, empty="nothing by this name", id="drop")
        self._line = CommandLine(self._destinations, drop, id="line")
        self._banner, self._notices = Banner(id="banner"), NoticeLine(id="notice")
        self._switcher = ContentSwitcher(id="panes")
        self._strip, self._status = Strips(id="strip"), StatusLine(id="status")
        yield from (self._line, drop, self._banner, self._switcher, self._notices, self._strip, self._status)

    async def on_mount(self) -> None:
        self._load_keyboard()
        self.mailbox.wake = self.painter.wake
        self._fold()
        await self._show(self._first_key())
        self.painter.start()
        self.paint()
        for link in self.links.values():
            self.run_worker(link.run(), group="links")

    def _load_keyboard(self) -> None:
        for key, slot in KEYBOARD.items():
            spec = load(key)
            if spec is None:
                self._absent[key] = slot.absent
            else:
                self._specs[key] = spec
        places = [spec.commands for spec in self._specs.values()]
        self._commands = {command.id: command for command in keyboard(ANYWHERE, places, self._keymap)}

    def _first_key(self) -> str:
        wanted = self._start or ("f10" if len(self.links) > 1 else "f8")
        return wanted if wanted in self._specs else next(iter(self._specs))

    @property
    def pane(self) -> Cartridge | None:
        """The cartridge on the screen."""
        return self._panes.get(self._current)

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]:
        """A cartridge's commands with the keys that this console's settings give them."""
        return [self._commands.get(command.id, command) for command in spec.commands]

    # Painting.

    @property
    def ledger(self) -> Model:
        """What panes see: what is known now, or what was known when the view was frozen."""
        return self._frozen or self._ledger

    def now(self) -> float:
        return self._clock()

    def today(self) -> str:
        return self._today()

    def _fold(self) -> None:
        arrived = self.mailbox.drain()
        for event in arrived:
            if isinstance(event, Answered):
                self._troubles[event.key] = event.trouble
            self._ledger = reduce(self._ledger, event)
        if self._frozen is not None:
            self._arrived += len(arrived)

    def paint(self) -> None:
        """Fold what arrived; draw what reads differently. Costs nothing when nothing does."""
        self._fold()
        if not self._status.is_attached:
            return
        self._paint_frame()
        model = self.ledger
        seen = (
            self._current,
            model.active,
            *((box.revision, box.is_stale(self.now())) for box in model.toteboxes.values()),
        )
        if seen != self._painted and self.pane is not None:
            self._painted = seen
            self.pane.model_changed(model)
            self.hints_changed()

    def _paint_frame(self) -> None:
        now = self.now()
        self._status.say(*status.describe(self._ledger, self._device, now, self._present_us()))
        self._banner.say(*banner.describe(self._ledger, now))
        self._strip.set_keys(self.strip_keys())
        if self._frozen is not None:
            self.hints_changed()

    def _present_us(self) -> int:
        return int(datetime.fromisoformat(self._today()).timestamp() * 1e6)

    def _stamp(self) -> str:
        return self._today()[:19]

    def strip_keys(self) -> list[Key]:
        return [self._strip_key(key) for key in KEYBOARD]

    def spec_on(self, key: str) -> CartridgeSpec | None:
        return self._specs.get(key)

    def _strip_key(self, key: str) -> Key:
        spec = self._specs.get(key)
        active = spec is not None and spec.id == self._current
        return Key(key, spec.title if spec else KEYBOARD[key].title, self._reason_against(key), active)

    def _reason_against(self, key: str) -> str:
        spec = self._specs.get(key)
        if spec is None:
            return self._absent[key] or "not installed"
        totebox = self._ledger.totebox
        role = totebox.role if totebox else None
        if role is not None and role < spec.least_role:
            return f"needs the role {spec.least_role.name}, this device has {role.name}"
        return ""

    def hints_changed(self) -> None:
        """The keys that work now, shown beside where one is."""
        pane = self.pane
        if pane is None:
            return
        frozen = f" PAUSED +{self._arrived:,} " if self._frozen is not None else ""
        self._line.crumbs.say(where(pane, self._ledger), self._hints(pane, frozen))

    def _hints(self, pane: Cartridge, frozen: str) -> list[Piece]:
        pieces = [Piece((("active", frozen),), 0, "run_here('pause')")] if frozen else []
        for command in sorted(self.commands_of(pane.spec), key=lambda item: item.priority):
            if command.keys and command.priority < 9 and not pane.reason_against(command):
                pieces.append(_hint(command))
        if isinstance(self.focused, LedgerTable):
            pieces += [_hint(command) for command in IN_LISTS if command.priority <= 4]
        pieces += [_hint(command) for command in ANYWHERE if command.priority <= 1 and command.id != "go"]
        return pieces

    def _terminal_is_busy(self) -> bool:
        """Whether the terminal still has an earlier picture to write."""
        writer = getattr(self._driver, "_writer_thread", None)
        queue = getattr(writer, "_queue", None)
        return queue is not None and queue.qsize() > 0

    # Going somewhere.

    async def _show(self, key: str) -> None:
        spec = self._specs[key]
        if spec.id not in self._panes:
            pane = self._panes[spec.id] = spec.make()
            pane.id = f"pane-{spec.id}"
            pane.keys = tuple(self.commands_of(spec))
            await self._switcher.mount(pane)
        if self.pane is not None and self.focused is not None and self.pane in self.focused.ancestors:
            self.pane.had_focus = self.focused
        self._current = spec.id
        self._switcher.current = f"pane-{spec.id}"
        self._focus_pane()
        self._paint_frame()
        self._panes[spec.id].shown()
        self._painted = ()
        self.paint()

    def _focus_pane(self) -> None:
        pane = self.pane
        if pane is None:
            return
        before = pane.had_focus
        first = next((widget for widget in pane.query("*") if widget.focusable and widget.display), None)
        target = before if before is not None and before.is_attached and before.focusable else first
        if target is not None:
            target.focus()

    async def action_fkey(self, key: str) -> None:
        """Open what is on `key`, or say why there is nothing."""
        if self.screen is not self.screen_stack[0]:
            return
        notice = self._notices
        if key == "f1" and notice.is_shown and notice.newest is not None and notice.newest.detail:
            self._read_notice(notice.newest)
            return
        self._line.leave()
        if reason := self._reason_against(key):
            self.say(f"{key.upper()} {KEYBOARD[key].title}: {reason}", Severity.NOTICE, "")
            return
        spec = self._specs[key]
        if spec.id != self._current:
            self._wayback.left(Place(self._key_of(self._current), self._ledger.active))
            await self._show(key)
        else:
            self._focus_pane()

    def press(self, key: str) -> None:
        """As if `key` was pressed."""
        self._spawn(self.action_fkey(key))

    def _key_of(self, cartridge_id: str) -> str:
        return next((key for key, spec in self._specs.items() if spec.id == cartridge_id), "f8")

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None:
        self._spawn(self._open(cartridge_id, focus))

    async def _open(self, cartridge_id: str, focus: dict[str, Any]) -> None:
        key = next((key for key, spec in self._specs.items() if spec.id == cartridge_id), None)
        if key is None:
            self.say(f"{cartridge_id} is not installed", Severity.NOTICE, "")
            return
        await self.action_fkey(key)
        if self._current == cartridge_id and focus:
            self._panes[cartridge_id].focus_object(**focus)

    def _destinations(self) -> list[Destination]:
        return destinations(self)

    def on_command_line_left(self) -> None:
        self._focus_pane()

    def on_ledger_table_chosen(self, event: GoList.Chosen) -> None:
        if event.table.id == "drop" and isinstance(event.row_id, int):
            self._line.go(event.row_id)

    # Keys and pastes that no pane took.

    def on_key(self, event: events.Key) -> None:
        if self.screen is not self.screen_stack[0]:
            return
        if isinstance(self.focused, Input):
            return
        if event.key == "escape":
            self._notices.away()
        for command in ANYWHERE:
            if event.key in self._commands.get(command.id, command).keys:
                event.stop()
                self.action_run_here(command.id)
                return

    async def on_paste(self, event: events.Paste) -> None:
        pane = self.pane
        if self.screen is not self.screen_stack[0] or isinstance(self.focused, Input):
            return
        if pane is not None and pane.paste(event.text):
            return
        if pane is None or self._key_of(self._current) != ANCHOR:
            self._line.enter(" ".join(event.text.split())[:200])

    def action_run_here(self, command_id: str) -> None:
        """Do a command of the chassis, or of the pane that is on the screen."""
        if command_id.startswith("list.") and isinstance(self.focused, LedgerTable):
            self.focused.run_list_key(command_id)
            return
        anywhere = {command.id: command.action for command in ANYWHERE}
        if command_id in anywhere:
            getattr(self, f"do_{anywhere[command_id]}")()
        elif (pane := self.pane) is not None and command_id in self._commands:
            pane.run_command(self._commands[command_id])

    def do_go(self) -> None:
        self._line.enter()

    def do_keys(self) -> None:
        self.push_screen(KeysList(self.offered()))

    def do_back(self) -> None:
        place = self._wayback.back()
        if place is None:
            self.say("this is where you started", Severity.INFO, "")
            return
        if place.totebox is not None and place.totebox != self._ledger.active:
            self.activate(place.totebox)
        self._spawn(self._show(place.key))

    def do_pause(self) -> None:
        self._frozen = None if self._frozen is not None else self._ledger
        self._arrived = 0
        self._painted = ()
        self.paint()
        self.hints_changed()

    def do_theme(self) -> None:
        self.theme = after(self.theme)
        self.say(f"theme {self.theme}", Severity.INFO, "")

    def do_mouse(self) -> None:
        self._mouse_taken = not self._mouse_taken
        word = "_enable_mouse_support" if self._mouse_taken else "_disable_mouse_support"
        getattr(self._driver, word, lambda: None)()
        self.say(
            "the mouse is the console's" if self._mouse_taken else "the mouse is the terminal's", Severity.INFO, ""
        )

    def do_export(self) -> None:
        self.say(*self.takeaway.export(self.pane, self.focused))

    def do_copy(self) -> None:
        self.say(*self.takeaway.copy(self.pane, self.focused))

    def do_detail(self) -> None:
        newest = self._notices.newest
        if newest is None:
            self.say("there was no notice yet", Severity.INFO, "")
        else:
            self._read_notice(newest)

    def do_quit(self) -> None:
        self.exit()

    def _read_notice(self, notice: Notice) -> None:
        self._notices.away()
        self.push_screen(Reading("NOTICE", f"{notice.text}\n\n{notice.detail}" if notice.detail else notice.text))

    def action_leave(self) -> None:
        self.exit()

    def action_interrupt(self) -> None:
        """Ctrl+C copies a selection where there is one; else it says how to leave."""
        if isinstance(self.focused, Input) and self.focused.selected_text:
            self.copy_to_clipboard(self.focused.selected_text)
            return
        self.say("Ctrl+Q closes the console", Severity.NOTICE, "")

    def offered(self) -> list[Offered]:
        """Every command that exists here, with why it cannot be done now."""
        pane = self.pane
        here = []
        if pane is not None:
            here = [
                Offered(command, pane.spec.title, pane.reason_against(command), _runner(self, command.id))
                for command in self.commands_of(pane.spec)
            ]
        lists = [Offered(command, "every list", "", lambda: None) for command in IN_LISTS]
        return [*here, *(Offered(c, "anywhere", "", _runner(self, c.id)) for c in ANYWHERE), *lists]

    def get_system_commands(self, screen: Any) -> "list[SystemCommand]":
        """None: the command line knows every command."""
        return []

    # What cartridges ask for.

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="asks")

    def ask_for(self, asker: Cartridge, key: str, arguments: Arguments, once: bytes, totebox: str | None) -> None:
        link = self.links.get(totebox or self._ledger.active or "")
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            answer = await self._answer(link.ask(wire_key, arguments, once) if link else None, ANSWER_WITHIN_S)
            self._deliver(asker, key, arguments, answer, wire_key)

        self._spawn(work())

    def upload_for(self, asker: Cartridge, key: str, path: Path) -> None:
        link = self.links.get(self._ledger.active or "")
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            from console.transfers import unread, upload

            told, offers = _teller(asker, key), [unread(path)]
            sending = upload(link, wire_key, path, told, offers.append) if link else None
            answer = await self._answer(sending, TRANSFER_WITHIN_S)
            self._deliver(asker, key, offers[-1], answer, wire_key)

        self._spawn(work())

    def download_for(self, asker: Cartridge, key: str, index: int, target: Path) -> None:
        totebox = self._ledger.totebox
        link = self.links.get(totebox.id) if totebox else None

        async def work() -> None:
            from console.transfers import download

            trouble = "there is no link to this Totebox"
            if link is not None and totebox is not None and totebox.bound is not None:
                proof_key, told = self._wire_key(asker, key), _teller(asker, key)
                trouble = await download(link, proof_key, index, target, totebox.bound, told)
            if asker.is_attached:
                asker.saved(key, index, target, trouble)

        self._spawn(work())

    def read_for(self, asker: Cartridge, key: str, index: int, most: int) -> None:
        totebox = self._ledger.totebox
        link = self.links.get(totebox.id) if totebox else None

        async def work() -> None:
            from console.transfers import read

            data, trouble = b"", "there is no link to this Totebox"
            if link is not None and totebox is not None and totebox.bound is not None:
                data, trouble = await read(link, self._wire_key(asker, key), index, totebox.bound, most)
            if asker.is_attached:
                asker.was_read(key, index, data, trouble)

        self._spawn(work())

    def write_for(self, asker: Cartridge, key: str, data: bytes, target: Path) -> None:
        async def work() -> None:
            from console.transfers import write

            trouble = await write(target, data)
            if asker.is_attached:
                asker.saved(key, -1, target, trouble)

        self._spawn(work())

    def _wire_key(self, asker: Cartridge, key: str) -> str:
        self._serial += 1
        return f"{asker.spec.id}/{self._serial}/{key}"

    async def _answer(self, asking: Coroutine[Any, Any, Answer] | None, within_s: float) -> Answer:
        """The answer; a link that is down is a Refusal, so that panes know one way only."""
        if asking is None:
            return Refusal(0, RefusalCode.UNAVAILABLE, "there is no Totebox to ask", "Pair one: os-console pair TICKET")
        try:
            async with asyncio.timeout(within_s):
                return await asking
        except LinkDown as error:
            return Refusal(0, RefusalCode.UNAVAILABLE, str(error), "The console reconnects by itself; ask again then.")
        except TimeoutError:
            return Refusal(
                0, RefusalCode.UNAVAILABLE, f"no answer within {within_s:.0f} s", "Look at F11, then ask again."
            )

    def _deliver(self, asker: Cartridge, key: str, arguments: Arguments, answer: Answer, wire_key: str) -> None:
        self._fold()
        trouble = self._troubles.pop(wire_key, "")
        if trouble:
            self.say("a proof did not hold", Severity.ALARM, trouble)
        if asker.is_attached:
            asker.answered(key, arguments, answer, trouble)
        self.painter.wake()

    def say(self, text: str, severity: Severity, detail: str) -> None:
        self._notices.say(Notice(text, severity, detail))

    def ask_person(self, question: str, danger: Danger, then: Callable[[], None], name: str, detail: str) -> None:
        if danger < Danger.CONFIRM:
            then()
            return
        self.push_screen(Confirm(question, danger, name, detail), lambda yes: then() if yes else None)

    def activate(self, totebox: str) -> None:
        self.mailbox(Activated(totebox, self.now()))
        self._frozen = None
        self.painter.wake()

    # The end.

    def _handle_exception(self, error: Exception) -> None:
        """A crash restores the terminal (Textual does), prints its one line and leaves a report."""
        text = report(error, self._current, self._stamp())
        self._crash_report = write_report(self.takeaway.folder, text, self._stamp())
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """One line on the restored terminal; the traceback is in the report, where no shoulder reads it."""
        where = f"a report is in {self._crash_report}" if self._crash_report else "no report could be written"
        self._exit_renderables.append(Text(f"os-console stopped unexpectedly; nothing is lost; {where}"))
        self._close_messages_no_wait()


def _hint(command: KeyCommand) -> Piece:
    parts = (("key", key_name(command.keys[0])), ("label", f" {command.title}"))
    return Piece(parts, command.priority, f"run_here('{command.id}')")


def _runner(app: LedgerApp, command_id: str) -> Callable[[], None]:
    return lambda: app.action_run_here(command_id)


def _teller(asker: Cartridge, key: str) -> Callable[[int, int], None]:
    """Tells `asker` how far a transfer is, as long as it is there."""

    def told(done: int, total: int) -> None:
        if asker.is_attached:
            asker.progress(key, done, total)

    return told
