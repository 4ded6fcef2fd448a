"""The application: which cartridge is on the screen, and how one gets from one to another. Nothing else."""

from asyncio import AbstractEventLoop, Lock, get_running_loop
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cached_property
from inspect import getfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ScreenStackError, SystemCommand
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.worker import WorkerFailed

from console.app.frame import Frame
from console.cartridges import KEYBOARD
from console.chassis.anchor import ANCHOR
from console.chassis.cartridge import Cartridge, is_field
from console.chassis.keys import ANYWHERE, IN_LISTS
from console.chassis.notice import Notice
from console.chassis.palette import Destination
from console.chassis.segments import one_line
from console.chassis.table import LedgerTable
from console.chassis.theme import after
from console.chassis.wayback import Place, Wayback
from console.config import Config
from console.errors import ConfigError
from console.model.events import Activated
from console.model.link import Link, Mailbox
from console.model.safe_text import safe_copy
from protocol.schema.numbers import Severity

if TYPE_CHECKING:
    from console.chassis.help import Offered
    from console.chassis.takeaway import Takeaway

Settings = AsyncIterator[Config | ConfigError]
AGAIN_WITHIN_S = 3.0
"""A second Ctrl+C within this time closes the console."""


class LedgerApp(Frame):
    """The console.

    Args:
        links: by Totebox id; each was made with `mailbox` as its `emit`.
        clock: monotonic seconds. today: the present as RFC 3339 UTC text.
        device: how this console names itself. fingerprint: its device key as Toteboxes name it, asked for when it is needed.
        start: the F-key to open on ('': F8 with one pairing, F10 with several).
        keymap: other keys for commands, by id. settings: gives them anew at every change of their file.
        reports: the folder for exports and crash reports.
    """

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        *(Binding(f"f{n}", f"fkey('f{n}')", show=False, priority=True) for n in range(1, 13)),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
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
        fingerprint: Callable[[], str] = str,
        settings: Callable[[], Settings] | None = None,
    ) -> None:
        given: Mapping[str, str] = keymap or {}
        super().__init__(links, mailbox, clock=clock, today=today, device=device, theme=theme, keymap=given)
        self._start, self._fingerprint, self._settings = start, fingerprint, settings
        self._reports = reports or Path.cwd()
        self._wayback = Wayback()
        self._going = Lock()
        self._mouse_taken = True
        self._interrupted_at = float("-inf")
        self._crash_report: Path | None = None
        self._loop_of_run: AbstractEventLoop | None = None
        self.opened: Callable[[], None] = lambda: None
        """Called when the application runs and its driver has set its signal handlers."""
        self.leaving: Callable[[], None] = lambda: None
        """Called when the application was asked to exit, before it closes its screen and its links."""

    async def on_mount(self) -> None:
        self._loop_of_run = get_running_loop()
        self.opened()
        self._load_keyboard()
        self.mailbox.wake = self.painter.wake
        self._fold()
        await self._show(self._first_key())
        self.painter.start()
        self.paint()
        # The first picture is on the screen before anything is dialed: a link loads cryptography when it begins.
        self.call_after_refresh(self._dial)

    def on_unmount(self) -> None:
        self.painter.stop()

    def _dial(self) -> None:
        if not self.is_running:
            return
        self._furnish()
        for link in self.links.values():
            self.run_worker(link.run(), group="links")

        if self._settings is not None:
            self.run_worker(self._follow(self._settings()), group="settings")

    async def _follow(self, settings: Settings) -> None:
        """Live by each change of the settings; a wrong file is said, and what was in force stays."""
        async for told in settings:
            if not self.is_running:
                return
            try:
                if isinstance(told, ConfigError):
                    raise told
                self.adopt(told)
            except ConfigError as error:
                self.say("the settings have a mistake; those from before stay", Severity.WARNING, str(error))
            else:
                self.say("the settings were read anew", Severity.INFO, "")

    def fingerprint(self) -> str:
        return self._fingerprint()

    def _first_key(self) -> str:
        wanted = self._start or ("f10" if len(self.links) > 1 else "f8")
        return wanted if wanted in self._specs else next(iter(self._specs))

    # Going somewhere.

    async def _show(self, key: str) -> None:
        spec = self._specs[key]
        if spec.id not in self._panes:
            pane = self._panes[spec.id] = spec.make()
            pane.id = f"pane-{spec.id}"
            pane.keys = tuple(self.commands_of(spec))
            self._wear(Path(getfile(type(pane))).with_name("pane.tcss"))
            await self._switcher.mount(pane)
            if not self.is_running:
                return
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
            self.set_focus(target)  # now: the pane may move it on when it is told that it is shown

    async def action_fkey(self, key: str) -> None:
        """Open what is on `key`, or say why there is nothing."""
        if not self.is_running or self.screen is not self.screen_stack[0]:
            return
        notice = self._notices
        if key == "f1" and notice.is_shown and notice.newest is not None and notice.newest.detail:
            self._read_notice(notice.newest)
            return
        self._line.leave()
        if reason := self._reason_against(key):
            self.say(f"{key.upper()} {KEYBOARD[key].title}: {reason}", Severity.NOTICE, "")
            return
        async with self._going:  # whoever comes while a pane is made finds it whole
            if self._specs[key].id != self._current:
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
        pane = self._panes.get(cartridge_id)
        if pane is not None and self._current == cartridge_id and focus and self._hears(pane):
            pane.focus_object(**focus)

    def _destinations(self) -> list[Destination]:
        from console.chassis.destinations import destinations

        return destinations(self)

    def on_command_line_left(self) -> None:
        self._focus_pane()

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        if event.table.id == "drop" and isinstance(event.row_id, int):
            self._line.go(event.row_id)

    # Keys and pastes that no pane took.

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A pane gets the focus back where it had it. A field's cursor stands still: blinking paints an idle screen."""
        if getattr(event.widget, "cursor_blink", False):
            event.widget.cursor_blink = False  # type: ignore[attr-defined]
        for above in event.widget.ancestors:
            if isinstance(above, Cartridge):
                above.had_focus = event.widget
        self.hints_changed()

    def on_key(self, event: events.Key) -> None:
        if self.screen is not self.screen_stack[0]:
            return
        if is_field(self.focused):
            return
        if event.key == "escape":
            self._notices.away()
        for command in ANYWHERE:
            if event.key in self._commands.get(command.id, command).keys:
                event.stop()
                self.action_run_here(command.id)
                return
        if event.is_printable and event.character:
            self.say(f"{event.character} does nothing here; ? lists the keys", Severity.INFO, "")

    async def on_paste(self, event: events.Paste) -> None:
        pane = self.pane
        if self.screen is not self.screen_stack[0] or is_field(self.focused):
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
        from console.chassis.help import KeysList

        self.push_screen(KeysList(self.offered()))

    def do_back(self) -> None:
        place = self._wayback.back()
        if place is None:
            self.say("this is where you started", Severity.INFO, "")
            return
        if place.totebox is not None and place.totebox != self._ledger.active:
            self.activate(place.totebox)
        self._spawn(self._return(place.key))

    async def _return(self, key: str) -> None:
        async with self._going:
            await self._show(key)

    def do_pause(self) -> None:
        self._frozen, self._frozen_at = (None if self._frozen is not None else self._ledger), self._clock()
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

    @cached_property
    def takeaway(self) -> "Takeaway":
        """What can be taken from the screen, and the folder that it goes to."""
        from console.chassis.takeaway import Takeaway

        return Takeaway(self._reports, self.copy_to_clipboard, self._stamp)

    def copy_to_clipboard(self, text: str) -> None:
        """By OSC 52. What is pasted elsewhere is a stranger's text: no key press and no hidden character is in it."""
        super().copy_to_clipboard(safe_copy(text))

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
        from console.chassis.dialog import Reading

        self._notices.away()
        self.push_screen(Reading("NOTICE", f"{notice.text}\n\n{notice.detail}" if notice.detail else notice.text))

    def action_leave(self) -> None:
        self.exit()

    def action_interrupt(self) -> None:
        """Ctrl+C copies a selection where there is one; else it says how to leave, and pressed again it does."""
        from textual.widgets import Input

        if isinstance(self.focused, Input) and self.focused.selected_text:
            self.copy_to_clipboard(self.focused.selected_text)
            return
        if self._clock() - self._interrupted_at < AGAIN_WITHIN_S:
            self.exit()
            return
        self._interrupted_at = self._clock()
        self.say("Ctrl+C again closes the console, as Ctrl+Q does", Severity.NOTICE, "")

    def offered(self) -> "list[Offered]":
        """Every command that exists here, with why it cannot be done now."""
        from console.chassis.help import Offered

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

    def activate(self, totebox: str) -> None:
        self.mailbox(Activated(totebox, self._clock()))
        self._frozen = None
        self.painter.wake()

    # The end.

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """Close the screen and the links, then end `run`."""
        self.leaving()
        super().exit(result, return_code, message)

    def end(self, status: int) -> None:
        """Exit with `status`; may be called from a signal handler at any point of the event loop."""
        if self._loop_of_run is not None:
            self._loop_of_run.call_soon_threadsafe(self.exit, None, status)

    def _handle_exception(self, error: Exception) -> None:
        """A crash restores the terminal (Textual does), prints its one line and leaves a report.

        What looks for a widget that has gone already, while the application closes, is none.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not self.is_running and isinstance(cause, NoMatches | ScreenStackError):
            return
        from console.chassis.crash import report, write_report

        text = report(error, self._current, self._stamp())
        self._crash_report = write_report(self.takeaway.folder, text, self._stamp())
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """One line on the restored terminal; the traceback is in the report, where no shoulder reads it."""
        where = f"a report is in {self._crash_report}" if self._crash_report else "no report could be written"
        self._exit_renderables.append(one_line(f"os-console stopped unexpectedly; nothing is lost; {where}"))
        self._close_messages_no_wait()


def _runner(app: LedgerApp, command_id: str) -> Callable[[], None]:
    return lambda: app.action_run_here(command_id)
