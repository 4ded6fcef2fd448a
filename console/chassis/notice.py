"""Notices: one line, of which the newest is shown; F1 shows more. An alarm stays until it is read.

Law: no notice is on the screen while it is not true. The caller passes `holds`. There are four kinds of notice:

    states a condition        a predicate of the condition   why a key does nothing; "saving: 40 %"; "superseded versions are shown";
                                                             "3 findings"; what is in F12's queue; the theme; a wrong settings file
    refused by a Totebox      `Cartridge.refused`            until the reason is gone (model/refusals.py) or another Totebox is active
    done in a Totebox         `Cartridge.while_active`       a receipt, a label, a cosignature: until another Totebox is active
    done by the console       DONE                           copied, exported, saved to a file, settings read: it stays true

Each but an alarm also ends by time.
"""

from collections.abc import Callable

from textual.timer import Timer
from textual.widgets import Static

from console.chassis.segments import one_line
from protocol.schema.numbers import Severity
from protocol.values import dataclass

_GLYPH = {Severity.INFO: "·", Severity.NOTICE: "›", Severity.WARNING: "▲", Severity.ALARM: "✗"}
Holds = Callable[[], bool]
"""Whether what a notice says is still true."""
DONE = None
"""In place of a `Holds`: a finished act of this console, which no change makes untrue."""
_SHOWN_S = {Severity.INFO: 5.0, Severity.NOTICE: 7.0, Severity.WARNING: 15.0}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice; `detail` is '' when there is no further text. Where `holds` is given, the notice ends when it gives
    False; one that `stays` is ended only by Esc or by another notice.
    """

    text: str
    severity: Severity
    detail: str
    holds: Holds | None = DONE
    stays: bool = False


class NoticeLine(Static):
    """The line above the strip."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.newest: Notice | None = None
        self._timer: Timer | None = None

    @property
    def is_shown(self) -> bool:
        return self.has_class("-shown")

    def say(self, notice: Notice) -> None:
        """Show `notice` in place of the present one."""
        self.newest = notice
        more = "   F1 says more" if notice.detail else ""
        shown_s = None if notice.stays else _SHOWN_S.get(notice.severity)
        stays = "   Esc" if shown_s is None else ""
        text = f"{_GLYPH[notice.severity]} {notice.text}{more}{stays}"
        self.update(one_line(text))
        self.set_class(notice.severity is Severity.NOTICE, "-notice")
        self.set_class(notice.severity is Severity.WARNING, "-warning")
        self.set_class(notice.severity is Severity.ALARM, "-alarm")
        self.add_class("-shown")
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(shown_s, self.away) if shown_s is not None else None

    def check(self) -> None:
        """Hide the notice if it is no longer true."""
        if self.is_shown and self.newest is not None and self.newest.holds is not None and not self.newest.holds():
            self.away()

    def away(self) -> None:
        """Hide the notice; `newest` stays."""
        self.remove_class("-shown")
