"""The frame: what is always on the screen around the pane: command line, banner, notice, strip and status."""

from collections.abc import Callable, Iterator
from typing import Protocol

from textual.widget import Widget
from textual.widgets import ContentSwitcher

from console.app.keyboard import Keyboard
from console.app.view import View
from console.cartridges import KEYBOARD
from console.chassis import banner, status
from console.chassis.banner import Banner
from console.chassis.cartridge import Cartridge, is_field
from console.chassis.commandline import CommandLine
from console.chassis.history import where
from console.chassis.keys import ANYWHERE, IN_LISTS, KeyCommand, key_name
from console.chassis.notice import Holds, Notice, NoticeLine
from console.chassis.palette import Destination
from console.chassis.segments import Piece
from console.chassis.status import StatusLine
from console.chassis.strip import StripKey, Strips
from console.chassis.table import LedgerTable
from protocol.schema.numbers import Severity


class Whereabouts(Protocol):
    """Where the person is on the screen: the application knows it."""

    @property
    def pane(self) -> Cartridge | None: ...


class Frame:
    """The widgets around the pane. Each is drawn only when it reads differently.

    Args:
        place: the pane on the screen.
        view: the model. keyboard: the cartridges on the F-keys.
        device: the name of this console.
        destinations: what the command line can go to now.
    """

    line: CommandLine
    notices: NoticeLine
    panes: ContentSwitcher
    """Where cartridges are mounted."""
    _banner: Banner
    _strip: Strips
    _status: StatusLine

    def __init__(
        self,
        place: Whereabouts,
        view: View,
        keyboard: Keyboard,
        device: str,
        destinations: Callable[[], list[Destination]],
    ) -> None:
        self._place, self._view, self._keyboard, self.device = place, view, keyboard, device
        self._destinations = destinations
        self._stripped: tuple[object, ...] = ()

    def widgets(self) -> Iterator[Widget]:
        """Make the widgets, in their order on the screen."""
        self.line = CommandLine(self._destinations, id="line")
        self._banner, self.notices = Banner(id="banner"), NoticeLine(id="notice")
        self.panes = ContentSwitcher(id="panes")
        self._strip, self._status = Strips(id="strip"), StatusLine(id="status")
        yield from (self.line, self._banner, self.panes, self.notices, self._strip, self._status)

    @property
    def is_attached(self) -> bool:
        """Whether its widgets are on the screen."""
        return self._status.is_attached

    def say(self, text: str, severity: Severity, detail: str, holds: Holds | None, stays: bool) -> None:
        """Show the person one line."""
        self.notices.say(Notice(text, severity, detail, holds, stays))

    def paint(self) -> None:
        """Draw what reads differently."""
        model, now = self._view.live, self._view.clock()
        self.notices.check()
        self._status.say(*status.describe(model, self.device, now, self._view.present_us))
        self._banner.say(*banner.describe(model, now))
        pane, totebox = self._place.pane, model.totebox
        strip = (pane, totebox.role if totebox else None, len(self._keyboard.specs))
        if strip != self._stripped:
            self._stripped = strip
            self._strip.set_keys(self.strip_keys())
        if self._view.is_paused:
            self.hints_changed()

    # The strip.

    def strip_keys(self) -> list[StripKey]:
        """All twelve F-keys as the strip shows them."""
        return [self._strip_key(key) for key in KEYBOARD]

    def reason_against(self, key: str) -> str:
        """'' when an F-key can be opened now, else why not."""
        totebox = self._view.live.totebox
        return self._keyboard.reason_against(key, totebox.role if totebox else None)

    def _strip_key(self, key: str) -> StripKey:
        pane = self._place.pane
        is_active = pane is not None and self._keyboard.specs.get(key) is pane.spec
        return StripKey(key, self._keyboard.title(key), self.reason_against(key), is_active)

    # The hints.

    def hints_changed(self) -> None:
        """Show the hints again: the keys that work now."""
        pane = self._place.pane
        if pane is None:
            return
        self.notices.check()
        paused = f" PAUSED +{self._view.arrived:,} " if self._view.is_paused else ""
        model = self._view.live
        self.line.crumbs.say(where(pane, model), where(pane, model, short=True), self._hints(pane, paused))

    def _hints(self, pane: Cartridge, paused: str) -> list[Piece]:
        focused = pane.screen.focused if pane.is_attached else None  # not the focus of a dialog above the pane
        pieces = [Piece((("active", paused),), 0, "run_here('pause')")] if paused else []
        if focused is not None and is_field(focused) and pane in focused.ancestors:
            said = getattr(focused, "hints", (("Enter", "Done"),))
            if asks := getattr(focused, "asks", ""):
                pieces.append(Piece((("label", asks),), 0))
            return pieces + [Piece((("key", key), ("label", f" {title}")), 0) for key, title in said]
        for command in sorted(self._keyboard.commands_of(pane.spec), key=lambda item: item.priority):
            if command.keys and command.priority < 9 and not pane.reason_against(command):
                pieces.append(_hint(command))
        if isinstance(focused, LedgerTable) and focused.is_filled:
            own = focused.own_keys
            pieces += [_hint(c) for c in IN_LISTS if c.priority <= 4 and own.isdisjoint(c.keys)]
        pieces += [_hint(command) for command in ANYWHERE if command.priority <= 1 and command.id != "go"]
        return pieces


def _hint(command: KeyCommand) -> Piece:
    parts = (("key", key_name(command.keys[0])), ("label", f" {command.title}"))
    return Piece(parts, command.priority, f"run_here('{command.id}')")
