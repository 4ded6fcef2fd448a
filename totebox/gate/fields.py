"""Fields in the column `note` of a row: `name=value; name=value`. A value can hold anything and never be read as another field.

A name is lower-case letters. In a value `%`, `;` and whatever hides, reorders or breaks lines are percent-encoded as UTF-8, so
that splitting at `; ` and at the first `=` is all that a reader needs. Written and read here alone.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from totebox.gate.names import safe_text

_FIELD = re.compile(r"([a-z]+)=(.*)", re.DOTALL)


def fields_text(fields: Iterable[tuple[str, str]]) -> str:
    """The note of these fields, in order."""
    return "; ".join(f"{name}={_escaped(value)}" for name, value in fields)


def fields_of(note: str) -> Mapping[str, str] | None:
    """The fields of a note; None where it is words of a person, or fields that are written twice."""
    found: dict[str, str] = {}
    for part in note.split("; "):
        match = _FIELD.fullmatch(part)
        if match is None or match[1] in found:
            return None
        found[match[1]] = unquote(match[2], errors="replace")
    return found


def _escaped(value: str) -> str:
    return safe_text(value.replace("%", "%25").replace(";", "%3B"))
