"""The strip F1 to F12: where the person is, which screens there are, and which are missing."""

from collections.abc import Sequence

from textual import events
from textual.strip import Strip
from textual.widget import Widget

from console.chassis.inks import inks
from console.chassis.segments import Piece, PieceSpan, lay
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class StripKey:
    """One F-key; `reason` is '' when it can be opened now."""

    key: str
    title: str
    reason: str
    is_active: bool


def pieces(keys: Sequence[StripKey], width: int) -> list[Piece]:
    """All twelve in `width` cells: full titles where they fit; else missing ones lose their titles, then all titles are
    cut.
    """
    for cut, missing, lead in ((99, 99, "F"), (99, 99, ""), (99, 0, ""), (6, 0, ""), (4, 0, ""), (3, 0, "")):
        laid = [_piece(key, missing if key.reason else cut, lead) for key in keys]
        if sum(piece.width for piece in laid) + len(laid) - 1 <= width:
            return laid
    return [_piece(key, 0, "") for key in keys]


def _piece(key: StripKey, cut: int, lead: str) -> Piece:
    """Keys that can be opened are in capitals, missing ones in small letters: the strip can be read without colour."""
    name, space = f"{lead}{key.key[1:]}", " " if lead else ""
    title = key.title[:cut]
    if key.is_active:
        return Piece((("active", f"{name}{space}{title}"),), action=key.key)
    if key.reason:
        return Piece((("muted", f"{name}{space}{title.lower()}".rstrip()),), action=key.key)
    return Piece((("key", name), ("label", f"{space}{title}")), action=key.key)


class Strips(Widget):
    """The strip. A click opens the key; for a missing one it says why."""

    can_focus = False

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: tuple[StripKey, ...] = ()
        self._spans: list[PieceSpan] = []

    def set_keys(self, keys: Sequence[StripKey]) -> None:
        """Show these; draws nothing when nothing changed."""
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        laid = pieces(self._keys, self.size.width - 2)
        spare = self.size.width - 2 - sum(piece.width for piece in laid) - (len(laid) - 1)
        gap = " " * (1 + max(0, min(3, spare // max(1, len(laid) - 1))))
        strip, self._spans = lay(self, laid, (), self.size.width - 1, gap)
        return Strip.join([Strip.blank(1, inks(self)["chrome--text"]), strip])

    async def on_click(self, event: events.Click) -> None:
        for span in self._spans:
            if span.start <= event.x - 1 < span.end:
                await self.run_action(f"app.fkey('{span.action}')")
