"""What a cartridge is: a SPEC, and a widget that reads the model and posts commands. It never awaits the network."""

from collections.abc import Callable
from dataclasses import field
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol, TypeVar

from textual import events
from textual.screen import ModalScreen
from textual.widget import Widget

from console.chassis.keys import Danger, KeyCommand
from console.chassis.layers import is_behind
from console.chassis.notice import Holds
from console.chassis.strip import StripKey
from console.model.events import Answer
from console.model.link import Lent
from console.model.refusals import still_refuses
from console.model.safe_text import safe_line
from console.model.state import Model, ToteboxState
from protocol.schema import Arguments, CapGrant, DeviceKey, Refusal
from protocol.schema.numbers import Role, Severity
from protocol.trust.approval import Approval
from protocol.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CartridgeSpec:
    """One cartridge. `key` is a key name ("f5"), `title` the text on the strip, `summary` one sentence for help.

    `words` are other names by which the command line finds it.
    """

    id: str
    key: str
    title: str
    summary: str
    make: Callable[[], "Cartridge"]
    commands: tuple[KeyCommand, ...] = ()
    least_role: Role = Role.INTERFACE
    words: tuple[str, ...] = field(default=())


class Desk(Protocol):
    """What a cartridge can ask for. It is all that a cartridge knows of the application."""

    @property
    def ledger(self) -> Model: ...

    def now(self) -> float:
        """The console's monotonic clock in seconds."""
        ...

    def today(self) -> str:
        """The present as RFC 3339 UTC text, for the ages of recorded times."""
        ...

    def fingerprint(self) -> str:
        """This console's device key as Toteboxes name it; '' where it is not known."""
        ...

    def ask_for(self, asker: "Cartridge", key: str, arguments: Arguments, once: bytes, totebox: str | None) -> None: ...

    def lend_for(self, asker: "Cartridge", key: str, wish: CapGrant, holder: DeviceKey, chain: str) -> None: ...

    def seal_for(
        self, asker: "Cartridge", key: str, approval: Approval, note: str, once: bytes, totebox: str | None
    ) -> None: ...

    def cosign_for(self, asker: "Cartridge", key: str, totebox: str | None) -> None: ...

    def upload_for(self, asker: "Cartridge", key: str, path: Path) -> None: ...

    def download_for(self, asker: "Cartridge", key: str, index: int, target: Path) -> None: ...

    def read_for(self, asker: "Cartridge", key: str, index: int, most: int) -> None: ...

    def write_for(self, asker: "Cartridge", key: str, data: bytes, target: Path) -> None: ...

    def say(self, text: str, severity: Severity, detail: str, holds: Holds | None) -> None: ...

    def ask_person(self, question: str, danger: Danger, then: Callable[[], None], name: str, detail: str) -> None: ...

    def show_dialog(self, dialog: ModalScreen[T], then: Callable[[T | None], None] | None = None) -> None:
        """Show `dialog` above the pane; `then` is called with its answer (None where it has none)."""
        ...

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None: ...

    def terminal_bytes(self) -> int:
        """Bytes that were sent to the terminal since the console opened; 0 where there is none."""
        ...

    def press(self, key: str) -> None:
        """Do what a press of the F-key `key` does."""
        ...

    def strip_keys(self) -> list[StripKey]:
        """The twelve F-keys as the strip shows them."""
        ...

    def spec_on(self, key: str) -> CartridgeSpec | None:
        """The cartridge on an F-key; None where none is installed."""
        ...

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]:
        """A cartridge's commands under their keys on this console."""
        ...

    def activate(self, totebox: str) -> None: ...

    def hints_changed(self) -> None: ...


class Cartridge(Widget):
    """The base of every cartridge. Override `compose`, `answered`, `model_changed`, and what else you need."""

    spec: CartridgeSpec
    desk: Desk
    """Serves its questions; the application sets it before the cartridge is mounted."""
    keys: tuple[KeyCommand, ...] = ()
    """Its commands with their keys under this console's settings; the application sets it."""
    crumb: str = ""
    """The text after the title in the breadcrumbs. Call `desk.hints_changed()` after changing it."""
    had_focus: Widget | None = None
    DEFAULT_CSS = "Cartridge { width: 1fr; height: 1fr; layout: vertical; }"

    @property
    def model(self) -> Model:
        """The present model of the console."""
        return self.desk.ledger

    @property
    def totebox(self) -> ToteboxState | None:
        """The active Totebox."""
        return self.desk.ledger.totebox

    # What a cartridge may ask for.

    def ask(self, key: str, arguments: Arguments, *, once: bytes = b"", totebox: str | None = None) -> None:
        """Post a command to the active Totebox (or to `totebox`); `answered` is called with its answer.

        `key` is the cartridge's own word; a newer ask with the same key does not cancel an older one.
        """
        self.desk.ask_for(self, key, arguments, once, totebox)

    def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> None:
        """Grant a part of this device's pairing (or of `chain`) to `holder`; `lent` is called with the result."""
        self.desk.lend_for(self, key, wish, holder, chain)

    def seal(self, key: str, approval: Approval, note: str, *, once: bytes, totebox: str | None = None) -> None:
        """Sign `approval` with this console's device key and have the document sealed; `answered` is called with the
        answer.
        """
        self.desk.seal_for(self, key, approval, note, once, totebox)

    def cosign(self, key: str, *, totebox: str | None = None) -> None:
        """Cosign the proved heads of the active Totebox (or of `totebox`); `cosigned` is called with the last
        answer.
        """
        self.desk.cosign_for(self, key, totebox)

    def request_upload(self, key: str, path: Path) -> None:
        """Offer the file at `path`. `progress` is called with the bytes sent, `answered` with the result (a Refusal
        when the file is unreadable).
        """
        self.desk.upload_for(self, key, path)

    def request_download(self, key: str, index: int, target: Path) -> None:
        """Save record `index` to `target` (never over an existing file); `progress`, then `saved`."""
        self.desk.download_for(self, key, index, target)

    def request_read(self, key: str, index: int, most: int) -> None:
        """Read the bytes of record `index`, compared with its proved row; then `was_read` is called. More than `most`
        bytes are not requested.
        """
        self.desk.read_for(self, key, index, most)

    def request_write(self, key: str, data: bytes, target: Path) -> None:
        """Write `data` to a new file `target`, whole or not at all; then `saved` (its index is -1)."""
        self.desk.write_for(self, key, data, target)

    def notice(
        self,
        text: str,
        severity: Severity = Severity.INFO,
        detail: str = "",
        *,
        holds: Holds | None,
    ) -> None:
        """Show one line above the strip; F1 or Ctrl+D then shows `detail`. The notice ends when `holds` gives False;
        `chassis/notice.py` lists which notice has which `holds`.
        """
        self.desk.say(text, severity, detail, holds)

    def while_active(self) -> Holds:
        """Holds while the present active Totebox stays active: for a notice about something done in it."""
        active = self.model.active
        return lambda: self.model.active == active

    def refused(self, refusal: Refusal, what: str = "") -> None:
        """Show a refusal by the active Totebox, with `what` before its reason. The notice ends when the reason is gone."""
        then = self.totebox
        self.notice(
            f"{what}{safe_line(refusal.reason)}",
            Severity.WARNING,
            safe_line(refusal.remedy),
            holds=lambda: still_refuses(refusal, then, self.totebox, self.desk.now()),
        )

    def confirm(
        self, question: str, danger: Danger, then: Callable[[], None], *, name: str = "", detail: str = ""
    ) -> None:
        """Ask the person; Cancel is the default. With Danger.TYPED, `name` must be typed. `then` is called only on
        yes.
        """
        self.desk.ask_person(question, danger, then, name, detail)

    def open(self, cartridge_id: str, **focus: Any) -> None:
        """Open the cartridge of that id or word on an object: `open("documents", index=12)`; Back returns here."""
        self.desk.open_cartridge(cartridge_id, focus)

    # What a cartridge is told.

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        """The answer to `ask` or `request_upload`. `trouble` is '' when every proof in it held."""

    def lent(self, key: str, lent: Lent | Refusal) -> None:
        """The answer to `lend`."""

    def cosigned(self, key: str, totebox: str, answer: Answer, trouble: str) -> None:
        """The answer to `cosign`; `trouble` is '' when every proof in it held."""

    def progress(self, key: str, done: int, total: int) -> None:
        """How many bytes of an upload or download went (`total` 0 when unknown)."""

    def saved(self, key: str, index: int, target: Path, trouble: str) -> None:
        """A download ended; `trouble` is '' when `target` holds all of it."""

    def was_read(self, key: str, index: int, data: bytes, trouble: str) -> None:
        """The answer to `request_read`; `trouble` is '' when `data` is all of the record."""

    def model_changed(self, model: Model) -> None:
        """The model changed and this cartridge is on the screen. Called by the painter, at most four times a second."""

    def ticked(self) -> None:
        """A second has passed on the console's clock. Called on the screen or not; the model has all events so far."""

    def shown(self) -> None:
        """The cartridge was put on the screen (also the first time, after it was mounted)."""

    def pressed_again(self) -> None:
        """Its F-key was pressed while it was on the screen."""

    def focus_object(self, **focus: Any) -> None:
        """Show the object that another cartridge passed to `open`."""

    def paste(self, text: str) -> bool:
        """Text was pasted while no field had the focus. Returns whether it was used."""
        return False

    # Keys.

    def reason_against(self, command: KeyCommand) -> str:
        """'' when `command` can be run now, else why not."""
        totebox = self.totebox
        role = totebox.role if totebox else None
        if command.least_role > Role.INTERFACE and (role is None or role < command.least_role):
            if role is None:
                return "there is no link to the Totebox yet"
            return f"needs the role {command.least_role.name}, this device has {role.name}"
        if command.available is None:
            return ""
        return str(attrgetter(command.available)(self)())

    def run_command(self, command: KeyCommand) -> None:
        """Run the command, or say why not."""
        if reason := self.reason_against(command):
            self.notice(
                f"{command.title}: {reason}",
                Severity.NOTICE,
                holds=lambda: self.display and self.reason_against(command) == reason,
            )
            return
        attrgetter(command.action)(self)()

    def on_key(self, event: events.Key) -> None:
        """Single keys act on the pane. While a field has the focus, keys go to the field, except an Esc that it does
        not use. Esc goes on to the chassis when the pane has nothing to close.

        Textual calls this after a subclass's own `on_key`, unless that one calls `event.prevent_default()`.
        """
        if is_behind(self) or (is_field(self.app.focused) and event.key != "escape"):
            return
        for command in self.keys or self.spec.commands:
            if event.key in command.keys and not (event.key == "escape" and self.reason_against(command)):
                event.stop()
                event.prevent_default()
                self.run_command(command)
                return


def is_field(focused: Widget | None) -> bool:
    """Whether typed text goes into a field, which then receives single keys.

    A field says in `hints` what its keys do: pairs of a key's name and a word.
    """
    from textual.widgets import Input  # 15 ms that the first picture does not need

    return isinstance(focused, Input)
