"""The operator's dictionary: known names, which are found with the Aho-Corasick algorithm.

A CSV file with the columns `attribute,value,aliases` (aliases separated by `|`); lines that begin with `#` are notes.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from totebox.errors import ConfigError
from totebox.files.entrance import read_given
from totebox.services.extraction.hit import Hit

MOST_BYTES = 16 << 20
"""The most bytes of a dictionary."""
SHIPPED = Path(__file__).resolve().parents[2] / "reference" / "dictionary.csv"
ATTRIBUTES = ("person", "organisation")
COLUMNS = ["attribute", "value", "aliases"]


@dataclass(frozen=True, slots=True)
class DictionaryTerm:
    """A name as it is `written`, and the `value` that it stands for."""

    written: str
    attribute: str
    value: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Terms, and the digest of their file, which is part of the rule's name."""

    terms: tuple[DictionaryTerm, ...]
    digest: str


EMPTY = Dictionary((), "")


def load_dictionary(path: Path | None) -> Dictionary:
    """The dictionary at `path`, or the one shipped with the program.

    Raises:
        ConfigError: a line is wrong; the message names file, line and column.
    """
    source = path if path is not None and path.exists() else SHIPPED
    data = read_given(source, MOST_BYTES)
    terms: list[DictionaryTerm] = []
    lines = data.decode("utf-8-sig").splitlines()
    rows = csv.reader(line if not line.startswith("#") else "" for line in lines)
    for row in rows:
        if not row or row == COLUMNS:
            continue
        if len(row) != len(COLUMNS) or row[0] not in ATTRIBUTES or not row[1].strip():
            raise ConfigError(
                f"{source}:{rows.line_num}: expected `attribute,value,aliases` with attribute person or organisation"
            )
        written = [row[1], *row[2].split("|")]
        terms += [DictionaryTerm(word.strip(), row[0], row[1].strip()) for word in written if word.strip()]
    return Dictionary(tuple(terms), hashlib.sha256(data).hexdigest()[:8])


def known(text: str, dictionary: Dictionary) -> Iterator[Hit]:
    """Whole-word hits of the dictionary's terms, longest first where they overlap."""
    if not dictionary.terms:
        return
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for term in dictionary.terms:
        automaton.add_word(term.written, term)
    automaton.make_automaton()
    for last, term in automaton.iter_long(text):
        start, end = last + 1 - len(term.written), last + 1
        if _is_word(text, start, end):
            yield Hit(start, end, term.attribute, term.value, f"dictionary@{dictionary.digest}")


def _is_word(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isalnum() or before == "_") and not (after.isalnum() or after == "_")
