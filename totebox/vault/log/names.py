"""Names of payload files, words for services and kinds, and original file names as text. Pure."""

import re
import unicodedata
from functools import lru_cache

from totebox.errors import RecordRejected

MAX_NAME_BYTES = 120
WORD = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ESCAPED = re.compile(r"%[0-9A-F]{2}")


def file_name(index: int, hint: str, kind: str, sha256: bytes) -> str:
    """The name of a whole file: `<index>-<slug of hint>-<8 hash digits>.<suffix>`, lower-case ASCII, at most 120 bytes.

    The hash digits keep names apart on file systems that fold case, the index keeps them in the order of the log.
    """
    plain = unicodedata.normalize("NFKD", hint).encode("ascii", "ignore").decode().lower()
    stem, _, suffix = plain.rpartition(".")
    if not stem or not re.fullmatch(r"[a-z0-9]{1,10}", suffix):
        stem, suffix = plain, ""
    slug = re.sub(r"[^a-z0-9._]+", "-", stem).strip("-._") or kind
    head, tail = f"{index:08d}-", f"-{sha256.hex()[:8]}{'.' + suffix if suffix else ''}"
    return head + slug[: MAX_NAME_BYTES - len(head) - len(tail)].rstrip("-._") + tail


def subject_of(name: bytes) -> str:
    """An original file name as text that a row can hold. Bytes that are not UTF-8 text are percent-encoded, so nothing is lost.

    Raw bytes, control characters and line breaks become `%XX`, and a `%` before two upper-case hex digits becomes `%25`.
    """
    text = name.decode("utf-8", "surrogateescape")
    text = _ESCAPED.sub(lambda match: "%25" + match.group()[1:], text)
    return "".join(_percent(character) if _is_untextual(character) else character for character in text)


def name_of(subject: str) -> bytes:
    """The original name from which `subject_of` made the text (NFC where it was text)."""
    raw = subject.encode()
    return re.sub(rb"%([0-9A-F]{2})", lambda match: bytes([int(match.group(1), 16)]), raw)


def check_word(word: str, what: str) -> str:
    """Check `word`, the name of a service, a segment or a kind, and return it. `what` begins the message of a refusal.

    Raises:
        RecordRejected: not lower-case ASCII `[a-z][a-z0-9-]*`, at most 32 characters.
    """
    if not _is_word(word):
        raise RecordRejected(f"{what} is a lower-case word of letters, digits and dashes; {word!r} is not")
    return word


@lru_cache(256)
def _is_word(word: str) -> bool:
    return WORD.fullmatch(word) is not None


def _is_untextual(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
