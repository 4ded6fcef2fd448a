"""The claims in a document about people, organisations, times and money, which a person accepts or rejects.

Deterministic: the same text, dictionary and rule version give the same claims in the same order.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from totebox.service.contract import Claim, Document
from totebox.services.extraction.amounts import amounts
from totebox.services.extraction.dictionary import EMPTY, Dictionary, known
from totebox.services.extraction.flow import flow
from totebox.services.extraction.hit import ATTRIBUTES, Hit
from totebox.services.extraction.media_type import PDF
from totebox.services.extraction.names import organisations, people
from totebox.services.extraction.patterns import dates, emails, ibans, phones

EXCERPT = 200
OPEN, CLOSE = "⟦", "⟧"
PAGE = re.compile(r"^<!-- page (\d+) -->$", re.MULTILINE)
RANK = {attribute: rank for rank, attribute in enumerate(ATTRIBUTES)}


def claims(document: Document, dictionary: Dictionary = EMPTY, most: int = 2_000) -> tuple[Claim, ...]:
    """Every claim in `document.text`, in reading order. Each value of an attribute is claimed once, at its first place.

    Args:
        most: the most claims that are returned.
    """
    return tuple(islice(each_claim(document, dictionary), most))


def each_claim(document: Document, dictionary: Dictionary = EMPTY) -> Iterator[Claim]:
    """As `claims`, one after another, without a bound."""
    text = document.text
    hits = sorted(_surnames_once(_unique(_apart(_hits(flow(text), dictionary)))))
    lines = _Lines(text, paged=document.media_type == PDF)
    return (_claim(number, hit, text, lines) for number, hit in enumerate(hits))


def _hits(text: str, dictionary: Dictionary) -> Iterator[Hit]:
    return chain(
        known(text, dictionary),
        emails(text),
        ibans(text),
        phones(text),
        organisations(text),
        people(text),
        dates(text),
        amounts(text),
    )


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """Of hits that overlap, keep the one of the stronger kind; of the same kind, the longer one."""
    ranked = sorted(
        hits,
        key=lambda hit: (not hit.rule.startswith("dictionary"), RANK[hit.attribute], hit.start - hit.end, hit.start),
    )
    kept: list[Hit] = []
    taken: set[int] = set()
    for hit in ranked:
        span = range(hit.start, hit.end)
        if not taken.intersection(span):
            taken.update(span)
            kept.append(hit)
        elif hit.anchor and hit.attribute == "person":
            kept = [_anchored(other, hit) for other in kept]
    return kept


def _anchored(kept: Hit, other: Hit) -> Hit:
    if kept.attribute != "person" or kept.anchor or (kept.start, kept.end) != (other.start, other.end):
        return kept
    return other


def _unique(hits: Iterable[Hit]) -> list[Hit]:
    """The first hit of each value, with the anchor of a later hit where the first has none."""
    first: dict[tuple[str, str], Hit] = {}
    for hit in sorted(hits):
        key = (hit.attribute, hit.value.casefold())
        if key not in first:
            first[key] = hit
        elif hit.anchor and not first[key].anchor:
            known_before = first[key]
            first[key] = Hit(
                known_before.start, known_before.end, hit.attribute, known_before.value, known_before.rule, hit.anchor
            )
    return list(first.values())


def _surnames_once(hits: list[Hit]) -> list[Hit]:
    """Leave out a surname with a title (`Ms Lindqvist`) where the same document has the full name (Karin Lindqvist)."""
    full = {
        hit.value.split()[-1].casefold()
        for hit in hits
        if hit.attribute == "person" and not hit.rule.startswith("surname")
    }
    return [hit for hit in hits if not (hit.rule.startswith("surname") and hit.value.split()[-1].casefold() in full)]


class _Lines:
    """The line, the page and the line's bounds for a position in the text."""

    def __init__(self, text: str, *, paged: bool) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.pages = [(found.start(), int(found[1])) for found in PAGE.finditer(text)] if paged else []

    def line(self, offset: int) -> int:
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= offset else (low, middle)
        return low + 1

    def page(self, offset: int) -> int:
        return max((number for start, number in self.pages if start <= offset), default=0)


def _claim(number: int, hit: Hit, text: str, lines: _Lines) -> Claim:
    line = lines.line(hit.start)
    return Claim(
        number=number,
        attribute=hit.attribute,
        value=hit.value,
        anchor=hit.anchor,
        line=line,
        page=lines.page(hit.start),
        start=hit.start,
        end=hit.end,
        excerpt=excerpt(text, hit.start, hit.end, lines.starts[line - 1]),
        rule=hit.rule,
        role=hit.role,
    )


def excerpt(text: str, start: int, end: int, line_start: int) -> str:
    """The source line with the hit between ⟦ and ⟧; for a long line the part around the hit."""
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    room = max(20, (EXCERPT - (end - start)) // 2)
    left, right = max(line_start, start - room), min(line_end, end + room)
    before = ("…" if left > line_start else "") + _plain(text[left:start])
    after = _plain(text[end:right]) + ("…" if right < line_end else "")
    return f"{before}{OPEN}{_plain(text[start:end])}{CLOSE}{after}".strip()


def _plain(text: str) -> str:
    return text.replace(OPEN, "[[").replace(CLOSE, "]]").replace("\n", " ")
