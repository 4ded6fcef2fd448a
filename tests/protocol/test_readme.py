"""The specification's tables say what the code does: each is rendered from the code and held against the text."""

import hashlib
import re
from enum import Enum

import pytest

from protocol.schema import numbers
from protocol.schema.numbers import Kind, Verb
from tests.protocol.specification import README, TABLED, TABLES, WORD_LIST, stated, word_list, written


@pytest.mark.parametrize("name", TABLES)
def test_table_is_what_the_code_does(name: str) -> None:
    """The table in the text is the one that the code gives (`make spec` writes it)."""
    assert stated(README.read_text(), name) == TABLES[name]()


def test_make_spec_changes_nothing_that_is_right() -> None:
    """What it would write is what stands there."""
    text = README.read_text(encoding="utf-8")
    assert written(text) == text


def test_no_table_is_unchecked() -> None:
    """Every marked table has a rendering here."""
    assert set(re.findall(r"<!-- (\w+) -->\n", README.read_text())) - {"end"} == set(TABLES)


def test_the_list_of_words_is_the_one_of_the_code() -> None:
    """`trust/words.txt` holds the words in their order, a line each; its SHA-256 stands in the text."""
    assert WORD_LIST.read_bytes() == word_list() and len(word_list().split()) == 256
    assert hashlib.sha256(WORD_LIST.read_bytes()).hexdigest() in stated(README.read_text(), "words")


@pytest.mark.parametrize("members", TABLED)
def test_every_number_that_has_a_table_stands_in_it(members: type[Enum]) -> None:
    """A kind, verb, topic, refusal, closing, audit row or record that no table names is found here; `enums` has all others."""
    rows = "".join(stated(README.read_text(), name) for name in TABLES)
    named = [member.title if isinstance(member, Verb) else member.name for member in members]
    if members is Kind:
        named = [name.replace("_", "") for name in named]
    assert not [name for name in named if name.casefold() not in rows.casefold()]


def test_layouts_name_their_sizes() -> None:
    """The drawn layouts have the sizes that the code uses."""
    text = README.read_text()
    assert f"{numbers.PREFACE_BYTES} bytes in the clear" in text
    assert f"at most {numbers.HANDSHAKE_MAX_BYTES} bytes" in text
    assert f"{numbers.MAX_FRAME_BYTES:,} bytes" in text
