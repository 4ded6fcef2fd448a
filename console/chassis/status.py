"""The status line: the device and its role, whether the link is up, and the state of the active Totebox."""

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from console.chassis.inks import inks
from console.chassis.segments import Piece, PieceSpan, crop, keep, lay
from console.model.cells import age, number, since_us, whole_minute
from console.model.integrity import broken
from console.model.safe_text import safe_line
from console.model.state import LinkPhase, Model, ToteboxState
from protocol.schema.numbers import Grade

GAP = " │ "

_LINK = {
    LinkPhase.KNOWN: ("muted", "○ NOT YET"),
    LinkPhase.DIALING: ("warn", "◌ DIALING"),
    LinkPhase.LINKED: ("good", "● LINKED"),
    LinkPhase.LOST: ("warn", "✗ LOST"),
}
_GRADE = {Grade.KERNEL: ("good", "▣ kernel"), Grade.PROCESS: ("notice", "▤ process"), Grade.NONE: ("warn", "□ none")}


def describe(model: Model, device: str, now: float, present_us: int) -> tuple[list[Piece], list[Piece]]:
    """The line's pieces, left and right. `present_us` is Unix time, `now` the monotonic clock."""
    totebox = model.totebox
    who = Piece((("text", f"◆ {safe_line(device) or 'this device'}"),), 4)
    clock = Piece((("label", _clock(present_us)),), 1)
    if totebox is None:
        return [who, Piece((("warn", "no Totebox paired"),), 0)], [clock]
    role = totebox.role.name if totebox.role else "-"
    left = [
        who,
        Piece((("text", role),), 3),
        Piece((_link(totebox, now),), 0),
        Piece((("text", crop(safe_line(totebox.entity), 28)),), 0, "fkey('f10')"),
    ]
    if word := broken(totebox) or ("ALARM" if totebox.alarm else ""):
        left.insert(0, Piece((("bad", f"✗ {word}"),), 0, "fkey('f11')"))
    return left, [*_state(totebox, now, present_us), clock]


def _link(totebox: ToteboxState, now: float) -> tuple[str, str]:
    if totebox.is_linked and totebox.is_stale(now):
        return ("warn", "◐ STALE")
    return _LINK[totebox.link]


def _state(totebox: ToteboxState, now: float, present_us: int) -> list[Piece]:
    status = totebox.status
    if status is None:
        return []
    stale = totebox.is_stale(now)
    tone = "muted" if stale else "text"
    sealed = since_us(status.checkpoint_time_us, whole_minute(present_us))
    checkpoint = age(sealed) if sealed is not None else "unknown"
    grade = _GRADE[status.grade]
    pieces = [
        Piece(
            (("label", "tree "), (tone, number(status.tree_size)), ("label", f" ckpt {checkpoint}")), 2, "fkey('f11')"
        ),
        Piece((("muted" if stale else grade[0], grade[1]),), 5, "fkey('f11')"),
        Piece((("label", status.tier.value),), 6, "fkey('f11')"),
    ]
    if status.read_only:
        pieces.insert(0, Piece((("warn", "READ ONLY"),), 1, "fkey('f11')"))
    return pieces


def _clock(present_us: int) -> str:
    minutes = present_us // 60_000_000
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}Z"


class StatusLine(Widget):
    """Drawn again only when a piece of it reads differently."""

    can_focus = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said: tuple[list[Piece], list[Piece]] = ([], [])
        self._spans: list[PieceSpan] = []

    def say(self, left: list[Piece], right: list[Piece]) -> None:
        if (left, right) != self._said:
            self._said = (left, right)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        left, right = self._said
        width = self.size.width - 2
        kept = keep([*left, *right], width - 2, len(GAP))
        strip, spans = lay(
            self, [piece for piece in left if piece in kept], [piece for piece in right if piece in kept], width, GAP
        )
        self._spans = spans
        blank = inks(self)["chrome--text"]
        return Strip.join([Strip.blank(1, blank), strip, Strip.blank(1, blank)])

    async def on_click(self, event: events.Click) -> None:
        for span in self._spans:
            if span.action and span.start <= event.x - 1 < span.end:
                await self.run_action(f"app.{span.action}")
