"""The breadcrumbs, and the places to which Back returns."""

from console.chassis.cartridge import Cartridge
from console.chassis.segments import crop
from console.model.safe_text import safe_line
from console.model.state import Model
from protocol.values import dataclass

MOST = 50
SHORT = 12
"""The width of a Totebox's name in short breadcrumbs, which every screen shows."""


@dataclass(frozen=True, slots=True)
class VisitedScreen:
    """An F-key, and the Totebox that it addressed."""

    key: str
    totebox: str | None


class Wayback:
    """The places that were left, newest last."""

    def __init__(self) -> None:
        self._places: list[VisitedScreen] = []

    def left(self, place: VisitedScreen) -> None:
        self._places = [*self._places[1 - MOST :], place]

    def back(self) -> VisitedScreen | None:
        """The place before this one; None where there is none."""
        return self._places.pop() if self._places else None


def where(pane: Cartridge, model: Model, *, short: bool = False) -> str:
    """`F8 LEDGER › 412`, with the Totebox's name in front if there are several; if `short`, only the beginning of the
    name.
    """
    crumbs = [f"{pane.spec.key.upper()} {pane.spec.title}"]
    if len(model.toteboxes) > 1 and model.totebox is not None and pane.spec.key != "f10":
        name = safe_line(model.totebox.name)
        crumbs.insert(0, crop(name, SHORT) if short else name)
    if crumb := pane.crumb:
        crumbs.append(safe_line(crumb))
    return " › ".join(crumbs)
