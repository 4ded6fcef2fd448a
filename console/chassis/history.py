"""Where one is, and the way back: breadcrumbs and a short memory of places."""

from console.chassis.cartridge import Cartridge
from console.chassis.segments import crop
from console.model.safe_text import safe_line
from console.model.state import Model
from protocol.values import dataclass

MOST = 50
SHORT = 12
"""Cells of a Totebox's name in short breadcrumbs: whose rows one sees is said on every screen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A key, and which Totebox it addressed."""

    key: str
    totebox: str | None


class Wayback:
    """Places that were left, newest last."""

    def __init__(self) -> None:
        self._places: list[Place] = []

    def left(self, place: Place) -> None:
        self._places = [*self._places[1 - MOST :], place]

    def back(self) -> Place | None:
        """The place before this one; None where there is none."""
        return self._places.pop() if self._places else None


def where(pane: Cartridge, model: Model, *, short: bool = False) -> str:
    """`F8 LEDGER › 412`, with the Totebox's name before it if there are several; where it is `short`, with the first cells of it."""
    crumbs = [f"{pane.spec.key.upper()} {pane.spec.title}"]
    if len(model.toteboxes) > 1 and model.totebox is not None and pane.spec.key != "f10":
        name = safe_line(model.totebox.name)
        crumbs.insert(0, crop(name, SHORT) if short else name)
    if crumb := pane.crumb:
        crumbs.append(safe_line(crumb))
    return " › ".join(crumbs)
