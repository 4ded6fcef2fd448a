"""The note of a register row: fields that a program wrote, and words of a person that stay words."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.schema.note_fields import NoteFields, note_text, read_note, shown_note

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "psp-1" / "notes.json").read_text())
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True).filter(lambda name: name not in ("v", "text"))
ANY = st.text(st.characters(exclude_categories=()), max_size=40)
"""Every code point, lone surrogates too."""


@given(st.dictionaries(NAMES, ANY, max_size=5), ANY)
@example({}, "pages=9")
@example({"account": "1200; media=x"}, "v=2; account=7; text=no")
@example({"a": "\u0338"}, "\u0338")
@example({"a": "e\u0301"}, " %3B; \n\u202e")
def test_any_note_comes_back(fields: dict[str, str], text: str) -> None:
    """Whatever the values and the words are."""
    assert read_note(note_text(fields.items(), text)) == NoteFields(fields, text)


@given(st.dictionaries(NAMES, ANY, max_size=3), ANY)
def test_a_note_is_one_plain_line_that_a_register_does_not_change(fields: dict[str, str], text: str) -> None:
    """Nothing hides or breaks the line, and composing its characters (NFC) changes none."""
    note = note_text(fields.items(), text)
    assert unicodedata.normalize("NFC", note) == note
    assert not [char for char in note if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert note == "" or note.startswith("v=2; ")


@given(ANY)
def test_any_text_that_a_log_holds_is_read(note: str) -> None:
    """A damaged or hostile note is words; nothing is raised."""
    read_note(note)
    read_note(f"v=2; {note}")
    shown_note(note)


@pytest.mark.parametrize("case", VECTORS["written"], ids=lambda case: case["note"][:40])
def test_a_note_is_written_as_it_was_frozen(case: dict) -> None:
    """The same fields and words give the same bytes as ever, and are read from them."""
    fields = dict(case["fields"])
    assert note_text(fields.items(), case["text"]) == case["note"]
    assert read_note(case["note"]) == NoteFields(fields, case["text"])


@pytest.mark.parametrize("case", VECTORS["older"] + VECTORS["broken"], ids=lambda case: case["note"][:40])
def test_a_note_of_before_is_read_by_its_rule(case: dict) -> None:
    """Notes without `v=2`, and those that break the rules."""
    assert read_note(case["note"]) == NoteFields(dict(case["fields"]), case["text"])


@pytest.mark.parametrize("name", ["text", "v", "", "Account", "a b", "a=b", "ä"])
def test_a_field_has_a_name_of_its_own(name: str) -> None:
    """The codec's own words, and what is no lower-case word, name no field."""
    with pytest.raises(ValueError, match="a note cannot have a field"):
        note_text(((name, "1"),))


def test_a_note_is_shown_in_words() -> None:
    """People read fields and words; an older note stands as it was written."""
    note = note_text((("account", "1200"), ("media", "text/plain")), "50%; pages=9")
    assert shown_note(note) == "account 1200, media text/plain: 50%; pages=9"
    assert shown_note("v=2; approval=UFNQ; signature=c2ln; text=seal it") == "seal it"
    assert shown_note("account=1200, media=text/plain") == "account=1200, media=text/plain"
