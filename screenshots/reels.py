"""What is photographed: each reel is one console from its start, and the keys that lead from picture to picture."""

from typing import NamedTuple

SIZES = ((120, 36), (80, 24))


class Shot(NamedTuple):
    """One picture: its name, and the keys that lead to it from the shot before."""

    name: str
    keys: tuple[str, ...]


class Reel(NamedTuple):
    """Shots of one console, in order. `totebox` is the one entity that this console is paired with ('' for all six)."""

    name: str
    totebox: str
    shots: tuple[Shot, ...]


REELS = (
    Reel("fleet", "", (Shot("fleet", ("f10",)), Shot("keys", ("question_mark",)))),
    Reel("help", "Harbour Row Properties", (Shot("help", ("f1",)),)),
    Reel(
        "input",
        "Harbour Row Properties",
        (
            Shot("input-queue", ("f12",)),
            Shot("input-route", ("escape", "enter")),
            Shot("input-review", ("enter",)),
            Shot("input-decide", ("y", "y", "n", "y")),
            Shot("input-confirm", ("y",) * 10 + ("enter",)),
            Shot("input-receipt", ("y",)),
        ),
    ),
    Reel(
        "minutebook",
        "Harbour Row Properties",
        (
            Shot("minutebook", ("f5",)),
            Shot("document", ("enter",)),
            Shot("document-proof", ("p",)),
            Shot("document-history", ("h",)),
        ),
    ),
    Reel("people", "Harbour Row Properties", (Shot("people", ("f2",)), Shot("person", ("enter",)))),
    Reel("ledger", "Harbour Row Properties", (Shot("ledger", ("f8",)), Shot("ledger-proof", ("z", "enter")))),
    Reel("system", "Harbour Row Properties", (Shot("system", ("f11",)),)),
)
