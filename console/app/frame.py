"""What is always on the screen: command line, banner, the pane's place, notice, strip and status; and when it is painted."""

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable, Mapping
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import ContentSwitcher

from console.app.errands import Errands
from console.cartridges import KEYBOARD, load
from console.chassis import banner, status
from console.chassis.anchor import keyboard
from console.chassis.banner import Banner
from console.chassis.cartridge import Cartridge, CartridgeSpec, is_field
from console.chassis.commandline import CommandLine
from console.chassis.keys import ANYWHERE, IN_LISTS, Danger, KeyCommand, key_name
from console.chassis.notice import Notice, NoticeLine
from console.chassis.painter import Painter
from console.chassis.palette import Destination
from console.chassis.segments import Piece
from console.chassis.status import StatusLine
from console.chassis.strip import Key, Strips
from console.chassis.table import LedgerTable
from console.chassis.theme import THEMES
from console.chassis.wayback import where
from console.config import Config, device_label
from console.model.link import Link, Mailbox
from protocol.schema.numbers import Severity

CHASSIS = Path(__file__).parents[1] / "chassis"
TICK_S = 0.9
"""Ages move this often at most: with every beat of the painter."""


class Frame(Errands):
    """The frame around the pane. Everything in it draws only when it reads differently."""

    CSS_PATH = str(CHASSIS / "chassis.tcss")

    def __init__(
        self,
        links: Mapping[str, Link],
        mailbox: Mailbox,
        *,
        clock: Callable[[], float],
        today: Callable[[], str],
        device: str,
        theme: str,
        keymap: Mapping[str, str],
    ) -> None:
        super().__init__(links, mailbox, clock, today)
        self._device, self._keymap, self._theme_set = device, dict(keymap), theme
        self._painted: tuple[object, ...] = ()
        self._ticked_at = -TICK_S
        self._stripped: tuple[object, ...] = ()
        self._specs: dict[str, CartridgeSpec] = {}
        self._absent: dict[str, str] = {}
        self._panes: dict[str, Cartridge] = {}
        self._current = ""
        self.painter = Painter(self, clock, self.paint, self._terminal_is_busy)
        for known in THEMES:
            self.register_theme(known)
        self._dress(theme)

    def _dress(self, theme: str) -> None:
        """The first theme. Set as a change it would have every style sheet parsed twice before the first picture."""
        if self.available_themes[theme].ansi:
            self.theme = theme
            return
        self.set_reactive(Frame.theme, theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def compose(self) -> ComposeResult:
        self._line = CommandLine(self._destinations, id="line")
        self._banner, self._notices = Banner(id="banner"), NoticeLine(id="notice")
        self._switcher = ContentSwitcher(id="panes")
        self._strip, self._status = Strips(id="strip"), StatusLine(id="status")
        yield from (self._line, self._banner, self._switcher, self._notices, self._strip, self._status)

    def _furnish(self) -> None:
        """What the first picture did without."""
        self._wear(CHASSIS / "dialogs.tcss")
        self._line.furnish()

    def _wear(self, sheet: Path) -> None:
        """Read a style sheet, once; it holds for what is mounted after it."""
        if sheet.exists() and not self.stylesheet.has_source(str(sheet)):
            self.stylesheet.read(sheet)

    def _destinations(self) -> list[Destination]:
        """What the command line can go to."""
        return []

    def _load_keyboard(self) -> None:
        for key, slot in KEYBOARD.items():
            spec = load(key)
            if spec is None:
                self._absent[key] = slot.absent
            else:
                self._specs[key] = spec
        places = [spec.commands for spec in self._specs.values()]
        self._commands = {command.id: command for command in keyboard(ANYWHERE, places, self._keymap)}

    def adopt(self, settings: Config) -> None:
        """Live by other settings from now on, or by none of them.

        Raises:
            ConfigError: its keys cannot be; everything is as it was.
        """
        places = [spec.commands for spec in self._specs.values()]
        self._commands = {command.id: command for command in keyboard(ANYWHERE, places, settings.keys)}
        self._keymap = dict(settings.keys)
        for pane in self._panes.values():
            pane.keys = tuple(self.commands_of(pane.spec))
        if settings.theme != self._theme_set:
            self.theme = self._theme_set = settings.theme
        self._device = device_label(settings)
        self._paint_frame()
        self.hints_changed()

    @property
    def pane(self) -> Cartridge | None:
        """The cartridge on the screen."""
        return self._panes.get(self._current)

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]:
        """A cartridge's commands with the keys that this console's settings give them."""
        return [self._commands.get(command.id, command) for command in spec.commands]

    def later(self, delay: float, callback: Callable[[], None]) -> TimerHandle:
        """By the event loop's own clock: a Textual timer is a task, and a quiet console would make two a second."""
        return get_running_loop().call_later(delay, self.call_next, callback)

    def paint(self) -> None:
        """Fold what arrived; draw what reads differently. Costs nothing when nothing does."""
        self._fold()
        if not (self.is_running and self._status.is_attached):
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
        self._tick()

    def _tick(self) -> None:
        """Ages move with nothing arriving; in a frozen view the clock stands still."""
        if (now := self.now()) - self._ticked_at >= TICK_S:
            self._ticked_at = now
            for pane in self._panes.values():
                if pane.is_mounted and self._hears(pane):
                    pane.ticked()

    def _paint_frame(self) -> None:
        now = self._clock()
        self._status.say(*status.describe(self._ledger, self._device, now, self._present_us()))
        self._banner.say(*banner.describe(self._ledger, now))
        totebox = self._ledger.totebox
        strip = (self._current, totebox.role if totebox else None, len(self._specs))
        if strip != self._stripped:
            self._stripped = strip
            self._strip.set_keys(self.strip_keys())
        if self._frozen is not None:
            self.hints_changed()

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
        self._line.crumbs.say(
            where(pane, self._ledger), where(pane, self._ledger, named=False), self._hints(pane, frozen)
        )

    def _hints(self, pane: Cartridge, frozen: str) -> list[Piece]:
        pieces = [Piece((("active", frozen),), 0, "run_here('pause')")] if frozen else []
        if self.focused is not None and is_field(self.focused) and pane in self.focused.ancestors:
            said = getattr(self.focused, "hints", (("Enter", "Done"),))
            return pieces + [Piece((("key", key), ("label", f" {title}")), 0) for key, title in said]
        for command in sorted(self.commands_of(pane.spec), key=lambda item: item.priority):
            if command.keys and command.priority < 9 and not pane.reason_against(command):
                pieces.append(_hint(command))
        if isinstance(self.focused, LedgerTable) and self.focused.is_filled:
            own = self.focused.own_keys
            pieces += [_hint(c) for c in IN_LISTS if c.priority <= 4 and own.isdisjoint(c.keys)]
        pieces += [_hint(command) for command in ANYWHERE if command.priority <= 1 and command.id != "go"]
        return pieces

    def _terminal_is_busy(self) -> bool:
        """Whether the terminal still has an earlier picture to write."""
        writer = getattr(self._driver, "_writer_thread", None)
        queue = getattr(writer, "_queue", None)
        return queue is not None and queue.qsize() > 0

    def say(self, text: str, severity: Severity, detail: str) -> None:
        if self.is_running:
            self._notices.say(Notice(text, severity, detail))

    def ask_person(self, question: str, danger: Danger, then: Callable[[], None], name: str, detail: str) -> None:
        if danger < Danger.CONFIRM:
            then()
            return
        from console.chassis.dialog import Confirm

        self.push_screen(Confirm(question, danger, name, detail), lambda yes: then() if yes else None)


def _hint(command: KeyCommand) -> Piece:
    parts = (("key", key_name(command.keys[0])), ("label", f" {command.title}"))
    return Piece(parts, command.priority, f"run_here('{command.id}')")
