"""Labels of a document as people type them: `hold Matter 7`, `until 2031-12-31`, `board`; `lift` in front lifts the
label. Pure.
"""

import re
from collections.abc import Sequence
from datetime import date

from protocol.schema import LabelDocument
from protocol.schema.numbers import LabelKind

USAGE = "write `hold [MATTER]`, `until YYYY-MM-DD` or words of your own; `lift` before it takes it away"
MAX_BYTES = 64
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def label_of(index: int, words: Sequence[str]) -> LabelDocument | str:
    """The command that `words` mean for the document of entry `index`; else why they mean none."""
    lifted = [word.lower() for word in words[:1]] == ["lift"]
    rest = list(words[1:] if lifted else words)
    if not rest:
        return f"no label is named: {USAGE}"
    kind = {"hold": LabelKind.HOLD, "until": LabelKind.RETAIN}.get(rest[0].lower(), LabelKind.FREE)
    value = " ".join(rest if kind is LabelKind.FREE else rest[1:])
    if len(value.encode("utf-8", "replace")) > MAX_BYTES:
        return f"a label has at most {MAX_BYTES} bytes, and this one has {len(value.encode('utf-8', 'replace'))}"
    if kind is LabelKind.RETAIN and (value or not lifted) and not _is_day(value):
        return f"{value!r} is no day: write it as `until 2031-12-31`"
    return LabelDocument(index, kind, value, not lifted)


def _is_day(text: str) -> bool:
    if _DAY.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
