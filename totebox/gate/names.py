"""Names from outside, made safe and still reversible: characters that cannot be shown are percent-encoded, and none is
dropped.
"""

import re
import unicodedata

_ESCAPE = re.compile("%(?=[0-9A-Fa-f]{2})")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MAX_NAME_BYTES = 1_024


def safe_name(raw: bytes) -> str:
    """The last part of the path `raw` as NFC text without control, bidirectional or invisible characters.

    Bytes that are not UTF-8 and characters that hide or reorder others are percent-encoded (`%E2%80%AE`), and so is a `%`
    that looks like such an escape. Empty and dot names become `unnamed`.
    """
    last = raw.rstrip(b"/").rpartition(b"/")[2]
    text = unicodedata.normalize("NFC", last.decode("utf-8", "surrogateescape"))
    safe = "".join("%25" if _ESCAPE.match(text, at) else _shown(char) for at, char in enumerate(text)).strip()
    return safe if safe.strip(".") else "unnamed"


def safe_line(text: str, limit: int = 1_000) -> str:
    """`text` on one line for a row of the log: NFC, each character that hides or breaks lines becomes a space, at most
    `limit` characters.

    The text is cut last, because composing changes its length. Blanks at its ends are removed first and do not count.
    """
    normal = unicodedata.normalize("NFC", text)
    return "".join(" " if unicodedata.category(char) in _HIDDEN else char for char in normal).strip()[:limit].strip()


def safe_text(text: str) -> str:
    """`text` for a terminal or a log: nothing is dropped, what would hide, reorder or begin a line is percent-encoded."""
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN:
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
