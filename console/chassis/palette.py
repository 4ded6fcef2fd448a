"""The destinations of the command line, and how well they fit the typed text. Pure: no widgets, no I/O."""

from collections.abc import Callable, Iterable

from protocol.values import dataclass

MOST = 12


@dataclass(frozen=True, slots=True)
class Destination:
    """One thing that GO can do.

    `word` is matched first and completed; `words` match as well; `kind` is one short word (key, command, Totebox,
    record); `does` says in one sentence what GO will do; `reason` is '' or why it cannot be done now.
    """

    word: str
    kind: str
    does: str
    go: Callable[[], None]
    words: tuple[str, ...] = ()
    hint: str = ""
    reason: str = ""
    weight: int = 0


def rank(destinations: Iterable[Destination], typed: str) -> list[Destination]:
    """The best fits for `typed`, best first, at most MOST; everything by weight when nothing was typed."""
    wanted = typed.strip().lower().lstrip(":")
    scored = []
    for number, destination in enumerate(destinations):
        score = max(_score(word.lower(), wanted) for word in (destination.word, *destination.words))
        if score > 0:
            unavailable = 3 if destination.reason else 0
            scored.append((-(score + destination.weight - unavailable), number, destination))
    return [destination for _, _, destination in sorted(scored, key=lambda item: item[:2])[:MOST]]


def _score(word: str, wanted: str) -> int:
    """0 no fit; exact 100, prefix 80, start of a word 60, inside 40, letters in order 20, less for longer words."""
    if not wanted:
        return 1
    if word == wanted:
        return 100
    if word.startswith(wanted):
        return 80 - min(19, len(word) - len(wanted))
    for separator in (" ", ".", "-"):
        if separator + wanted in word:
            return 60
    if wanted in word:
        return 40
    return 20 if len(wanted) > 2 and _in_order(word, wanted) else 0


def _in_order(word: str, wanted: str) -> bool:
    letters = iter(word)
    return all(letter in letters for letter in wanted)
