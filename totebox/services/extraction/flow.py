"""Undoes line wrapping for the rules, so that a name or date that was broken into two lines is found.

The result has the same length, so an offset into it is an offset into the text.
"""

import re

MARK = re.compile(r"\s*(?:[|#>*<-]|\d{1,2}[.)]\s|\[)|[A-Z][\w '’-]{0,30}:|\s*$")
SENTENCE_END = (".", ":", ";", "!", "?", "|")
NARROW = 45
FILLED = 0.7


def flow(text: str) -> str:
    """`text` with a space for each line break that seems to be a wrap: after a full line that ends no sentence."""
    lines = text.split("\n")
    lengths = sorted(len(line) for line in lines if line.strip() and not line.startswith("|"))
    if not lengths:
        return text
    full = max(NARROW, FILLED * min(lengths[len(lengths) * 3 // 4], 160))
    parts: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        parts += (line, " " if _wrapped(line, following, full) else "\n")
    return "".join(parts[:-1])


def _wrapped(line: str, following: str, full: float) -> bool:
    marked = MARK.match(line) is not None and not re.match(r"\d+\.|- ", line)
    return len(line) >= full and not marked and not line.rstrip().endswith(SENTENCE_END) and not MARK.match(following)
