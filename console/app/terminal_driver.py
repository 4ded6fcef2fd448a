"""The terminal as Textual drives it, with frames sent as differences and every byte counted."""

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
    """A `LinuxDriver` whose `write` sends what differs from what the terminal shows.

    Textual writes each frame as one text, between the marks of a synchronised update where the terminal knows them. A text that
    is no frame (modes, the clipboard) goes through as it is. A frame that changes nothing sends nothing, its marks neither.

    What the terminal shows is forgotten when it is resized, resumed, or written to in a way that is not understood here.
    """

    bytes_sent: int = 0
    """Bytes that were handed to the terminal since the console opened."""
    _shown = NOTHING_KNOWN
    _cursor: tuple[int, int] | None = None
    _is_held = False
    """Whether the mark that begins an update waits for something to be sent."""

    def forget(self) -> None:
        """The terminal may show anything: the next frame of each cell is sent whatever it is."""
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
