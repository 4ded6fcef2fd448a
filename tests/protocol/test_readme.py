"""The specification's tables say what the code does: each is rendered from the code and held against the text."""

import re

import pytest

from protocol.schema import numbers
from tests.protocol.specification import README, TABLES, stated, written


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


def test_layouts_name_their_sizes() -> None:
    """The drawn layouts have the sizes that the code uses."""
    text = README.read_text()
    assert f"{numbers.PREFACE_BYTES} bytes in the clear" in text
    assert f"at most {numbers.HANDSHAKE_MAX_BYTES} bytes" in text
    assert f"{numbers.MAX_FRAME_BYTES:,} bytes" in text
