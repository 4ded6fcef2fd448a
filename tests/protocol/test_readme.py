"""The specification's tables say what the code does: each is rendered from the code and held against the text."""

import hashlib
import re
from enum import Enum
from typing import get_args, get_origin, get_type_hints

import pytest

from protocol.capture import RECORDS
from protocol.schema import ARGUMENTS, BODIES, MESSAGES, numbers
from protocol.schema.numbers import Kind, Verb
from protocol.trust.words import WORDS
from protocol.wire.codec import check_depth
from protocol.wire.shape import Wrong
from tests.protocol.specification import README, TABLED, TABLES, WORD_LIST, stated, word_list, written
from totebox.config import MAX_OPEN_INTAKES
from totebox.gate import read_spans, row_budget
from totebox.gate.ballast import BALLAST_BYTES
from totebox.gate.disk_floor import FLOOR_BYTES
from totebox.gate.door import MAX_DEVICE_SESSIONS
from totebox.gate.held_rows import MAX_HELD
from totebox.gate.intake import MAX_PER_DEVICE
from totebox.service.pages import MAX_CELL_CHARACTERS, ROOM_BYTES
from totebox.service.query import MAX_ITEMS_OF_QUERY
from totebox.vault.log.record import COLUMNS


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


IN_SENTENCES = {
    "A device has at most {} documents open": MAX_PER_DEVICE,
    "documents open, all together {}: TOO_MANY": MAX_OPEN_INTAKES,
    "A text cell of more than {} characters is cut": MAX_CELL_CHARACTERS,
    "would fill the frame (about {} KiB)": ROOM_BYTES // 1_024,
    "more than {} items": MAX_ITEMS_OF_QUERY,
    "A device has {} rows": row_budget.BURST_ROWS,
    "refilled with {} a second": int(row_budget.ROWS_A_SECOND),
    "It has at most {} sessions": MAX_DEVICE_SESSIONS,
    "at most {} within": read_spans.SPAN_ACTS,
    "within {} s, session N": int(read_spans.SPAN_S),
    "a session has at most {} open": read_spans.OPEN_SPANS,
    "Below {} MiB of free disk": FLOOR_BYTES >> 20,
    "gives a ballast of {} MiB back": BALLAST_BYTES >> 20,
    "up to {} rows are held in memory": MAX_HELD,
    "A row has {} cells": len(COLUMNS),
    "The list has {} words": len(WORDS),
}


@pytest.mark.parametrize("sentence", IN_SENTENCES)
def test_sentences_state_the_numbers_of_the_code(sentence: str) -> None:
    """A number that stands in a sentence is the one that the code uses."""
    text = " ".join(README.read_text(encoding="utf-8").split()).replace(",", "")
    number = IN_SENTENCES[sentence]
    assert sentence.replace(",", "").format(number) in text


def test_depth_counts_as_the_text_says() -> None:
    """Arrays within `MAX_DEPTH` arrays are too deep, the outermost counted; no class of the schema needs more than 4."""
    check_depth(b"\x91" * (numbers.MAX_DEPTH - 1) + b"\x90")
    with pytest.raises(Wrong):
        check_depth(b"\x91" * numbers.MAX_DEPTH + b"\x90")
    needed = max(_depth(cls) for registry in (MESSAGES, ARGUMENTS, BODIES, RECORDS) for cls in registry.values())
    assert f"No message of this version is deeper than {needed}" in README.read_text(encoding="utf-8")


def _depth(hint: object) -> int:
    """How deep the arrays of a value of this type lie."""
    if hasattr(hint, "__dataclass_fields__"):
        return 1 + max((_depth(each) for each in get_type_hints(hint, include_extras=True).values()), default=0)
    inner = max(map(_depth, get_args(hint)), default=0)
    return inner + (get_origin(hint) is tuple)
