"""The column `note` of a register row: fields by name, and the free words of a person. Written and read here alone. Pure.

    v=2; account=1200; media=application/pdf; text=corrects the second page

A note begins with `v=2`; each field is `name=value`, and the free words are the field `text`, the last one. Parts stand apart by `; `.
In a value and in the words, `%`, `;` and whatever hides, reorders, breaks or composes are percent-encoded as UTF-8: splitting at
`; ` and at the first `=` is all that a reader needs, and words that look like a field (`pages=9`) stay words.

Notes without `v=2` were written before and are read by the rule of their time:

    account=1200, media=application/pdf, note=corrects the second page      a record
    pages=3                                                                 a text
    finding=1/20; scope=full; path=assets/a%3Bb                             a verdict in the audit log

What is neither is words. A reader meets whatever a log holds, so reading never fails: a note that breaks the rules is words.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field

from protocol.values import dataclass

VERSION = "v=2"
FOR_PROGRAMS = frozenset({"approval", "signature", "public"})
"""Fields whose value is base64."""
TEXT = "text"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELD = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)
_ESCAPED = re.compile(r"%(?:[0-9A-F]{2}|(.?))", re.DOTALL)
_OLD_RECORD = re.compile(r"(account|media|pages)=([^,]*)(?:, |$)")
_OLD_FIELD = re.compile(r"([a-z]+)=(.*)", re.DOTALL)
_OLD_WORDS = "note="


@dataclass(frozen=True, slots=True)
class NoteFields:
    """What a note says: its fields by name, in order, and the free words of a person."""

    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def get(self, name: str) -> str:
        """The field `name`; '' where there is none."""
        return self.fields.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self.fields


def note_text(fields: Iterable[tuple[str, str]] = (), text: str = "") -> str:
    """The note of `fields`, in order, and of the free words `text`; '' where there are neither.

    Raises:
        ValueError: a name is no lower-case word, is written twice, or is one of the codec's own (`v`, `text`).
    """
    parts, names = [VERSION], {"v", TEXT}
    for name, value in fields:
        if name in names or not _NAME.fullmatch(name):
            raise ValueError(f"a note cannot have a field {name!r}: names are lower-case words, each written once")
        names.add(name)
        parts.append(f"{name}={_escaped(value)}")
    if text:
        parts.append(f"{TEXT}={_escaped(text)}")
    return "; ".join(parts) if len(parts) > 1 else ""


def read_note(note: str) -> NoteFields:
    """What `note` says, by the rule that it was written by."""
    if note.startswith("v="):
        first, _, rest = note.partition("; ")
        return (_read(rest) if first == VERSION else None) or NoteFields(text=note)
    return _read_old_record(note) or _read_old_fields(note) or NoteFields(text=note)


def shown_note(note: str) -> str:
    """`note` in words for people: `account 1200, media application/pdf: corrects the second page`. An older one stands as it is.

    Fields that hold bytes for a program are left out. It may hold any character: whoever shows it makes it safe.
    """
    if not note.startswith(f"{VERSION}; "):
        return note
    said = read_note(note)
    told = ", ".join(f"{name} {value}" for name, value in said.fields.items() if name not in FOR_PROGRAMS)
    return ": ".join(part for part in (told, said.text) if part)


def _read(rest: str) -> NoteFields | None:
    """The parts behind `v=2`; None where they break the rules."""
    found: dict[str, str] = {}
    for part in rest.split("; "):
        match = _FIELD.fullmatch(part)
        value = _plain(match[2]) if match else None
        if match is None or value is None or match[1] in found or TEXT in found:
            return None
        found[match[1]] = value
    text = found.pop(TEXT, "")
    return NoteFields(found, text)


def _read_old_record(note: str) -> NoteFields | None:
    """`account=…, media=…, note=…` or `pages=…`: a value ends at a comma, the words at the end."""
    found: dict[str, str] = {}
    at = 0
    while (match := _OLD_RECORD.match(note, at)) and match[1] not in found:
        found[match[1]] = match[2]
        at = match.end()
    if not found:
        return None
    return NoteFields(found, note[at:].removeprefix(_OLD_WORDS))


def _read_old_fields(note: str) -> NoteFields | None:
    """`name=value; name=value`, where each is one and none stands twice."""
    found: dict[str, str] = {}
    for part in note.split("; "):
        match = _OLD_FIELD.fullmatch(part)
        if match is None or match[1] in found:
            return None
        found[match[1]] = _old_plain(match[2])
    text = found.pop(TEXT, "")
    return NoteFields(found, text)


def _escaped(value: str) -> str:
    """`value` so that nothing of it parts a note, hides, or is changed where a register composes characters (NFC)."""
    safe = "".join(_code(char) if char in "%;" or unicodedata.category(char) in _HIDDEN else char for char in value)
    if unicodedata.normalize("NFC", f"={safe}") != f"={safe}":
        return "".join(char if char.isascii() else _code(char) for char in safe)
    return safe


def _code(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _plain(value: str) -> str | None:
    """What `value` was before it was escaped; None where it was not escaped by us."""
    if any(match[1] is not None for match in _ESCAPED.finditer(value)):
        return None
    try:
        return _bytes_of(value).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _old_plain(value: str) -> str:
    return _bytes_of(value).decode("utf-8", "replace")


def _bytes_of(value: str) -> bytes:
    """Its UTF-8, with each escape as the byte that it names."""
    data = value.encode("utf-8", "surrogatepass")
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes((int(match[1], 16),)), data)
