"""The application: which cartridge is on the screen, how the person moves between cartridges, and when the screen is
painted.
"""

from asyncio import AbstractEventLoop, Lock, TimerHandle, get_running_loop
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from functools import cached_property
from inspect import getfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.app import App, ComposeResult, ScreenStackError, SystemCommand
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.screen import ModalScreen
from textual.worker import WorkerFailed

from console.app.desk import LedgerDesk
from console.app.frame import Frame
from console.app.keyboard import Keyboard
from console.app.view import View
from console.chassis.anchor import ANCHOR
from console.chassis.cartridge import Cartridge, CartridgeSpec, is_field
from console.chassis.history import VisitedScreen, Wayback
from console.chassis.keys import ANYWHERE, IN_LISTS, KeyCommand
from console.chassis.notice import DONE, Holds, Notice
from console.chassis.painter import Painter
from console.chassis.palette import Destination
from console.chassis.segments import one_line
from console.chassis.strip import StripKey
from console.chassis.table import LedgerTable
from console.chassis.theme import THEMES, after
from console.config import Config, device_label
from console.errors import ConfigError
from console.model.link import Link, Mailbox
from console.model.safe_text import safe_copy
from console.model.state import Model
from protocol.schema.numbers import Severity

if TYPE_CHECKING:
    from console.chassis.clipboard import Takeaway, TakeawayNotice
    from console.chassis.help import Offered

T = TypeVar("T")
Settings = AsyncIterator[Config | ConfigError]
CHASSIS = Path(__file__).parents[1] / "chassis"
TICK_S = 0.9
"""Seconds between two looks at the clock, which move the ages on the screen."""
AGAIN_WITHIN_S = 3.0
"""A second Ctrl+C within this time closes the console."""


class LedgerApp(App[None]):
    """The console. It owns the desk that serves the cartridges, the frame around them, the keyboard and the painter.

    Args:
        links: by Totebox id; each was made with `mailbox` as its `emit`.
        clock: monotonic seconds. today: the present as RFC 3339 UTC text.
        device: the name of this console. fingerprint: its device key as Toteboxes name it, called when it is needed.
        start: the F-key to open on ('': F8 with one pairing, F10 with several).
        greeting: a text for the first screen, shown until another one is opened; '' for none.
        keymap: other keys for commands, by id. settings: yields them again at every change of their file.
        reports: the folder for exports and crash reports.

    Raises:
        ConfigError: the keymap is not valid.
    """

    CSS_PATH = str(CHASSIS / "chassis.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        *(Binding(f"f{n}", f"fkey('f{n}')", show=False, priority=True) for n in range(1, 13)),
        Binding("colon", "go_from_field", show=False, priority=True),
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
        greeting: str = "",
        settings: Callable[[], Settings] | None = None,
    ) -> None:
        super().__init__()
        self.mailbox, self._links = mailbox, dict(links)
        self._view = View(mailbox, clock, today)
        self._keyboard = Keyboard(keymap or {})
        self._keyboard.load()
        self.desk = LedgerDesk(self, self._view, self._links, fingerprint)
        self._frame = Frame(self, self._view, self._keyboard, device, self._destinations)
        self.painter = Painter(self, clock, self.paint, self._terminal_is_busy)
        self._clock = clock
        self._panes: dict[str, Cartridge] = {}
        self._current = ""
        self._painted: tuple[object, ...] = ()
        self._ticked_at = -TICK_S
        self._start, self._settings, self._theme_set, self._greeting = start, settings, theme, greeting
        self._reports = reports or Path.cwd()
        self._wayback = Wayback()
        self._going = Lock()
        self._mouse_taken = True
        self._interrupted_at = float("-inf")
        self._crash_report: Path | None = None
        self._wrong_settings = ""
        """What is wrong with the settings' file; '' while it is in force."""
        self._loop_of_run: AbstractEventLoop | None = None
        self.opened: Callable[[], None] = lambda: None
        """Called when the application runs and its driver has set its signal handlers."""
        self.leaving: Callable[[], None] = lambda: None
        """Called when the application was asked to exit, before it closes its screen and its links."""
        for known in THEMES:
            self.register_theme(known)
        self._dress(theme)

    def _dress(self, theme: str) -> None:
        """Set the first theme. Set as a change it would have every style sheet parsed twice before the first
        picture.
        """
        if self.available_themes[theme].ansi:
            self.theme = theme
            return
        self.set_reactive(LedgerApp.theme, theme)
        self.stylesheet.set_variables(self.get_css_variables())

    @property
    def ledger(self) -> Model:
        """What panes see: the present model, or the model at the moment when the view was paused."""
        return self._view.ledger

    @property
    def pane(self) -> Cartridge | None:
        """The cartridge on the screen."""
        return self._panes.get(self._current)

    def compose(self) -> ComposeResult:
        yield from self._frame.widgets()

    async def on_mount(self) -> None:
        self._loop_of_run = get_running_loop()
        self.opened()
        self.mailbox.wake = self.painter.wake
        self._view.fold()
        await self._show(self._first_key())
        self.painter.start()
        self.paint()
        if self._greeting:
            self._frame.say(self._greeting, Severity.NOTICE, "", self._while_here(), stays=True)
        # The first picture is on the screen before anything is dialled, because a link loads cryptography when it
        # begins.
        self.call_after_refresh(self._dial)

    def on_unmount(self) -> None:
        self.painter.stop()

    def _dial(self) -> None:
        if not self.is_running:
            return
        self._furnish()
        for link in self._links.values():
            self.run_worker(link.run(), group="links")

        if self._settings is not None:
            self.run_worker(self._follow(self._settings()), group="settings")

    def _furnish(self) -> None:
        """Make the parts that the first picture does not need."""
        self._wear(CHASSIS / "dialogs.tcss")
        self._frame.line.furnish()

    def _wear(self, sheet: Path) -> None:
        """Read a style sheet, once. It applies to widgets that are mounted afterwards."""
        if sheet.exists() and not self.stylesheet.has_source(str(sheet)):
            self.stylesheet.read(sheet)

    async def _follow(self, settings: Settings) -> None:
        """Apply each change of the settings. A wrong file is reported, and the settings in force stay."""
        async for told in settings:
            if not self.is_running:
                return
            try:
                if isinstance(told, ConfigError):
                    raise told
                self.adopt(told)
            except ConfigError as error:
                self._settings_are_wrong(str(error))
            else:
                self._wrong_settings = ""
                self.say("the settings were read anew", Severity.INFO, "", DONE)

    def _settings_are_wrong(self, why: str) -> None:
        self._wrong_settings = why
        said = "the settings have a mistake; those from before stay"
        self.say(said, Severity.WARNING, why, lambda: self._wrong_settings == why)

    def adopt(self, settings: Config) -> None:
        """Apply other settings, all of them or none.

        Raises:
            ConfigError: its keys are not valid; nothing was changed.
        """
        self._keyboard.remap(settings.keys)
        for pane in self._panes.values():
            pane.keys = tuple(self._keyboard.commands_of(pane.spec))
        if settings.theme != self._theme_set:
            self.theme = self._theme_set = settings.theme
        self._frame.device = device_label(settings)
        self._frame.paint()
        self.hints_changed()

    def _first_key(self) -> str:
        specs = self._keyboard.specs
        wanted = self._start or ("f10" if len(self._links) > 1 else "f8")
        return wanted if wanted in specs else next(iter(specs))

    # Painting.

    def later(self, delay: float, callback: Callable[[], None]) -> TimerHandle:
        """Call `callback` after `delay` seconds by the event loop's own clock. A Textual timer is a task, of which an
        idle console would make two a second.
        """
        return get_running_loop().call_later(delay, self.call_next, callback)

    def wake(self) -> None:
        self.painter.wake()

    def paint(self) -> None:
        """Fold the events that arrived, and draw what reads differently. Costs nothing when nothing does."""
        self._view.fold()
        if not (self.is_running and self._frame.is_attached):
            return
        self._frame.paint()
        model, now = self._view.ledger, self._view.now()
        seen = (
            self._current,
            model.active,
            *((box.revision, box.is_stale(now)) for box in model.toteboxes.values()),
        )
        if seen != self._painted and self.pane is not None:
            self._painted = seen
            self.pane.model_changed(model)
            self.hints_changed()
        self._tick()

    def _tick(self) -> None:
        """Move the ages on the screen when no event arrives. In a paused view the clock stands still."""
        if (now := self._view.now()) - self._ticked_at >= TICK_S:
            self._ticked_at = now
            for pane in self._panes.values():
                if pane.is_mounted and self.desk.hears(pane):
                    pane.ticked()

    def _terminal_is_busy(self) -> bool:
        """Whether the terminal still has an earlier picture to write."""
        writer = getattr(self._driver, "_writer_thread", None)
        queue = getattr(writer, "_queue", None)
        return queue is not None and queue.qsize() > 0

    # What the desk needs.

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="asks")

    def say(self, text: str, severity: Severity, detail: str, holds: Holds | None) -> None:
        """Show the person one line."""
        if self.is_running:
            self._frame.say(text, severity, detail, holds, stays=False)

    def _while_here(self) -> Holds:
        """Holds while the present cartridge is on the screen: for a notice about this screen."""
        here = self._current
        return lambda: self._current == here

    def show_dialog(self, dialog: ModalScreen[T], then: Callable[[T | None], None] | None = None) -> None:
        """Show a dialog above everything; `then` is called with its answer."""
        self.push_screen(dialog, then)

    def hints_changed(self) -> None:
        self._frame.hints_changed()

    def strip_keys(self) -> list[StripKey]:
        return self._frame.strip_keys()

    def spec_on(self, key: str) -> CartridgeSpec | None:
        return self._keyboard.specs.get(key)

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]:
        return self._keyboard.commands_of(spec)

    # The terminal.

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver; on Linux and macOS one that sends differences."""
        from textual.drivers.linux_driver import LinuxDriver

        found = super().get_driver_class()
        if found is not LinuxDriver:
            return found
        from console.app.terminal_driver import DifferenceDriver

        return DifferenceDriver

    @property
    def terminal_bytes(self) -> int:
        """Bytes that were sent to the terminal so far; 0 where there is none."""
        sent = getattr(self._driver, "bytes_sent", 0)
        return sent if isinstance(sent, int) else 0

    def do_redraw(self) -> None:
        """Send the whole screen, because another program may have written to the terminal."""
        getattr(self._driver, "forget", lambda: None)()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Forget what the terminal shows: after a change of size it may show anything, also when it has its old size
        again.
        """
        getattr(self._driver, "forget", lambda: None)()
        if self.screen_stack and event.size == self.screen.size:
            self.screen.refresh()

    # Going somewhere.

    async def _show(self, key: str) -> None:
        spec = self._keyboard.specs[key]
        if spec.id not in self._panes:
            pane = self._panes[spec.id] = spec.make()
            pane.id = f"pane-{spec.id}"
            pane.desk, pane.keys = self.desk, tuple(self._keyboard.commands_of(spec))
            self._wear(Path(getfile(type(pane))).with_name("pane.tcss"))
            await self._frame.panes.mount(pane)
            if not self.is_running:
                return
        self._current = spec.id
        self._frame.panes.current = f"pane-{spec.id}"
        self._focus_pane()
        self._frame.paint()
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
            self.set_focus(target)  # now, because the pane may move the focus when it is shown

    async def action_fkey(self, key: str) -> None:
        """Open the cartridge on `key`, or say why there is none."""
        if not self.is_running or self.screen is not self.screen_stack[0]:
            return
        notice = self._frame.notices
        if key == "f1" and notice.is_shown and notice.newest is not None and notice.newest.detail:
            self._read_notice(notice.newest)
            return
        self._frame.line.leave()
        if reason := self._frame.reason_against(key):
            self.say(
                f"{key.upper()} {self._keyboard.title(key)}: {reason}",
                Severity.NOTICE,
                "",
                lambda: self._frame.reason_against(key) == reason,
            )
            return
        async with self._going:  # a second caller waits until the pane is complete
            if self._keyboard.specs[key].id != self._current:
                self._wayback.left(VisitedScreen(self._key_now, self._view.live.active))
                await self._show(key)
            else:
                self._focus_pane()

    def press(self, key: str) -> None:
        """Do what a press of `key` does."""
        self.spawn(self.action_fkey(key))

    @property
    def _key_now(self) -> str:
        """The F-key of the cartridge on the screen."""
        return self._keyboard.key_of(self._current) or "f8"

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None:
        self.spawn(self._open(cartridge_id, focus))

    async def _open(self, cartridge_id: str, focus: dict[str, Any]) -> None:
        key = self._keyboard.key_of(cartridge_id)
        if key is None:
            said = f"{cartridge_id} is not installed"
            self.say(said, Severity.NOTICE, "", lambda: self._keyboard.key_of(cartridge_id) is None)
            return
        await self.action_fkey(key)
        opened = self._keyboard.specs[key].id
        pane = self._panes.get(opened)
        if pane is not None and self._current == opened and focus and self.desk.hears(pane):
            pane.focus_object(**focus)

    def _destinations(self) -> list[Destination]:
        from console.chassis.destinations import destinations

        return destinations(self.desk, self.offered())

    def on_command_line_left(self) -> None:
        self._focus_pane()

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        if event.table.id == "drop" and isinstance(event.row_id, int):
            self._frame.line.go(event.row_id)

    # Keys and pastes that no pane took.

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Restore the focus within a pane. The cursor of a field does not blink: that would paint an idle screen."""
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
            self._frame.notices.away()
        for command in ANYWHERE:
            if event.key in self._keyboard.commands.get(command.id, command).keys:
                event.stop()
                self.action_run_here(command.id)
                return
        if event.is_printable and event.character:
            said = f"{event.character} does nothing here; ? lists the keys"
            self.say(said, Severity.INFO, "", self._while_here())

    async def on_paste(self, event: events.Paste) -> None:
        pane = self.pane
        if self.screen is not self.screen_stack[0] or is_field(self.focused):
            return
        if pane is not None and pane.paste(event.text):
            return
        if pane is None or self._key_now != ANCHOR:
            self._frame.line.enter(" ".join(event.text.split())[:200])

    def action_run_here(self, command_id: str) -> None:
        """Run a command of the chassis, or of the pane on the screen."""
        if command_id.startswith("list.") and isinstance(self.focused, LedgerTable):
            self.focused.run_list_key(command_id)
            return
        anywhere = {command.id: command.action for command in ANYWHERE}
        if command_id in anywhere:
            getattr(self, f"do_{anywhere[command_id]}")()
        elif (pane := self.pane) is not None and command_id in self._keyboard.commands:
            pane.run_command(self._keyboard.commands[command_id])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow `:` to open the command line from a pane's field too, while the field is empty."""
        if action != "go_from_field":
            return True
        pane, field = self.pane, self.focused
        if self.screen is not self.screen_stack[0] or pane is None or field is None or not is_field(field):
            return False
        is_key = "colon" in self._keyboard.commands["go"].keys
        return is_key and pane in field.ancestors and not getattr(field, "value", "")

    def action_go_from_field(self) -> None:
        self.do_go()

    def do_go(self) -> None:
        self._frame.line.enter()

    def do_keys(self) -> None:
        from console.chassis.help import KeysList

        self.push_screen(KeysList(self.offered()))

    def do_back(self) -> None:
        place = self._wayback.back()
        if place is None:
            self.say("this is where you started", Severity.INFO, "", self._while_here())
            return
        if place.totebox is not None and place.totebox != self._view.live.active:
            self.desk.activate(place.totebox)
        self.spawn(self._return(place.key))

    async def _return(self, key: str) -> None:
        async with self._going:
            await self._show(key)

    def do_pause(self) -> None:
        self._view.pause()
        self._painted = ()
        self.paint()
        self.hints_changed()

    def do_theme(self) -> None:
        self.theme = after(self.theme)
        theme = self.theme
        self.say(f"theme {theme}", Severity.INFO, "", lambda: self.theme == theme)

    def do_mouse(self) -> None:
        self._mouse_taken = not self._mouse_taken
        word = "_enable_mouse_support" if self._mouse_taken else "_disable_mouse_support"
        getattr(self._driver, word, lambda: None)()
        taken = self._mouse_taken
        said = "the mouse is the console's" if taken else "the mouse is the terminal's"
        self.say(said, Severity.INFO, "", lambda: self._mouse_taken is taken)

    def do_export(self) -> None:
        self._tell(self.takeaway.export(self.pane, self.focused))

    @cached_property
    def takeaway(self) -> "Takeaway":
        """What can be copied or exported from the screen, and the folder for files."""
        from console.chassis.clipboard import Takeaway

        return Takeaway(self._reports, self.copy_to_clipboard, lambda: self._view.stamp)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy by OSC 52. The text may come from outside and is pasted elsewhere, so it is made free of key presses and
        hidden characters.
        """
        super().copy_to_clipboard(safe_copy(text))

    def do_copy(self) -> None:
        self._tell(self.takeaway.copy(self.pane, self.focused))

    def _tell(self, taken: "TakeawayNotice") -> None:
        """What came of a copy or an export; that there is nothing to take holds on this screen only."""
        self.say(taken.text, taken.severity, taken.detail, DONE if taken.was_tried else self._while_here())

    def do_detail(self) -> None:
        newest = self._frame.notices.newest
        if newest is None:
            self.say("there was no notice yet", Severity.INFO, "", DONE)
        else:
            self._read_notice(newest)

    def do_quit(self) -> None:
        self.exit()

    def _read_notice(self, notice: Notice) -> None:
        from console.chassis.dialog import TextDialog

        self._frame.notices.away()
        self.push_screen(TextDialog("NOTICE", f"{notice.text}\n\n{notice.detail}" if notice.detail else notice.text))

    def action_leave(self) -> None:
        self.exit()

    def action_interrupt(self) -> None:
        """Ctrl+C copies the selection if there is one; else it says how to leave, and a second one leaves."""
        from textual.widgets import Input

        if isinstance(self.focused, Input) and self.focused.selected_text:
            self.copy_to_clipboard(self.focused.selected_text)
            return
        if self._clock() - self._interrupted_at < AGAIN_WITHIN_S:
            self.exit()
            return
        self._interrupted_at = self._clock()
        self.say(
            "Ctrl+C again closes the console, as Ctrl+Q does",
            Severity.NOTICE,
            "",
            lambda: self._clock() - self._interrupted_at < AGAIN_WITHIN_S,
        )

    def offered(self) -> "list[Offered]":
        """Every command that exists here, and why it cannot be run now."""
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
        """After a crash: restore the terminal (Textual does), print one line and write a report.

        A missing widget, while the application closes, is no crash.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not self.is_running and isinstance(cause, NoMatches | ScreenStackError):
            return
        from console.chassis.crash import report, write_report

        text = report(error, self._current, self._view.stamp)
        self._crash_report = write_report(self.takeaway.folder, text, self._view.stamp)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """One line on the restored terminal; the traceback is in the report, because others may see the terminal."""
        where = f"a report is in {self._crash_report}" if self._crash_report else "no report could be written"
        self._exit_renderables.append(one_line(f"os-console stopped unexpectedly; nothing is lost; {where}"))
        self._close_messages_no_wait()


def _runner(app: LedgerApp, command_id: str) -> Callable[[], None]:
    return lambda: app.action_run_here(command_id)
