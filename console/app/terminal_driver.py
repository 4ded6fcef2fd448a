"""Textual's terminal driver, with frames sent as differences and every byte counted."""

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers.linux_driver import LinuxDriver

from console.app.terminal_diff import (
    ENTERS_SCREEN,
    NOTHING_KNOWN,
    SHOWS_NOTHING,
    UnreadableFrame,
    difference,
    drawn,
    position,
)


class DifferenceDriver(LinuxDriver):
    """A `LinuxDriver` whose `write` sends the difference to what the terminal shows.

    Textual writes each frame as one text, between the marks of a synchronised update where the terminal knows them. A
    text that is no frame (modes, the clipboard) is sent as it is. For a frame that changes nothing, nothing is sent,
    not even its marks.

    The terminal's state counts as unknown when it is resized, resumed, or written to in a way that is not understood
    here.
    """

    bytes_sent: int = 0
    """Bytes that were sent to the terminal since the console opened."""
    _shown = NOTHING_KNOWN
    _cursor: tuple[int, int] | None = None
    _is_held = False
    """Whether the mark that begins an update has not been sent yet, because nothing had to be sent after it."""

    def forget(self) -> None:
        """Count the terminal's state as unknown: every cell of the next frame is sent."""
        self._shown, self._cursor = NOTHING_KNOWN, None

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
            if self._is_held:
                self._is_held = False
                self._send(SYNC_START)
            self._send(text)

    def _as_difference(self, data: str) -> str:
        try:
            frame = drawn(self._shown, data)
        except UnreadableFrame:
            if not data.startswith(SHOWS_NOTHING) or ENTERS_SCREEN in data:
                self.forget()
            return data
        text = difference(self._shown, frame.screen, frame.cursor)
        if not text and frame.cursor is not None and frame.cursor != self._cursor:
            text = position(*frame.cursor)
        self._shown, self._cursor = frame.screen, frame.cursor
        return text

    def _send(self, data: str) -> None:
        self.bytes_sent += len(data.encode("utf-8", "replace"))
        super().write(data)
