"""Textual's terminal driver, with frames sent as differences and every byte counted."""

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers.linux_driver import LinuxDriver

from console.app.terminal_diff import (
    DEFAULT,
    ENTERS_SCREEN,
    NOTHING_KNOWN,
    RESET,
    SHOWS_NOTHING,
    Pen,
    UnreadableFrame,
    difference,
    drawn,
    moved,
)
from console.chassis.cartridge import is_field

AT_ONCE = 256
"""The most bytes of a frame that is sent without the marks of a synchronised update: a terminal reads so few at once."""


class DifferenceDriver(LinuxDriver):
    """A `LinuxDriver` whose `write` sends the difference to what the terminal shows.

    Textual writes each frame as one text, between the marks of a synchronised update where the terminal knows them. A
    text that is no frame (modes, the clipboard) is sent as it is, with the default style set. For a frame that changes
    nothing, nothing is sent, not even its marks; a short one is sent without them.

    The cursor is hidden. It stays where the last change was, and the style stays set; while a person types into a field
    it goes where Textual wants it, because an input method opens its window there.

    The terminal's state counts as unknown when it is resized, resumed, or written to in a way that is not understood
    here.
    """

    bytes_sent: int = 0
    """Bytes that were sent to the terminal since the console opened."""
    _shown = NOTHING_KNOWN
    _pen: Pen | None = None
    """None where it is not known which style is set."""
    _is_held = False
    """Whether the mark that begins an update has not been sent yet, because nothing had to be sent after it."""

    def forget(self) -> None:
        """Count the terminal's state as unknown: every cell of the next frame is sent."""
        self._shown, self._pen = NOTHING_KNOWN, None

    def start_application_mode(self) -> None:
        self.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual left it untyped

    def write(self, data: str) -> None:
        if data == SYNC_START:
            self._is_held = True
        elif data == SYNC_END:
            if not self._is_held:
                self._send(data)
            self._is_held = False
        elif text := self._as_difference(data):
            if self._is_held and len(text.encode("utf-8", "replace")) > AT_ONCE:
                self._is_held = False
                self._send(SYNC_START)
            self._send(text)

    def _as_difference(self, data: str) -> str:
        try:
            frame = drawn(self._shown, data)
        except UnreadableFrame:
            return self._as_it_is(data)
        pen = self._pen or Pen()
        text, after = difference(self._shown, frame.screen, pen)
        if frame.cursor is not None and self._is_typing():
            way, after = moved(after, *frame.cursor)
            text += way
        if text and self._pen is None:
            text = RESET + text
        self._shown, self._pen = frame.screen, after if text else self._pen
        return text

    def _as_it_is(self, data: str) -> str:
        """`data`, which is no frame: whoever reads it expects the default style."""
        begin = "" if self._pen is not None and self._pen.style == DEFAULT else RESET
        if data.startswith(SHOWS_NOTHING) and ENTERS_SCREEN not in data:
            self._pen = (self._pen or Pen())._replace(style=DEFAULT)
        else:
            self.forget()
        return begin + data

    def _is_typing(self) -> bool:
        return bool(self._app.screen_stack) and is_field(self._app.focused)

    def _send(self, data: str) -> None:
        self.bytes_sent += len(data.encode("utf-8", "replace"))
        super().write(data)
