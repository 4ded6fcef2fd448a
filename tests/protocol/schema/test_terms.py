"""Typed terms: one encoding a value, one way of writing them, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import CapabilityError
from protocol.schema.numbers import MAX_TERMS_BYTES, Op
from protocol.schema.terms import LARGEST_NUMBER, Term, decode_terms, encode_terms, parse_terms, term_text

LIVE = Term("state", Op.IS, "live")

names = st.from_regex("[a-z][a-z0-9_]{0,9}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
numbers = st.integers(0, LARGEST_NUMBER)
terms = st.one_of(
    st.builds(Term, names, st.sampled_from([Op.IS, Op.STARTS]), texts),
    st.builds(Term, names, st.sampled_from([Op.IS, Op.ABOVE]), numbers),
)


def test_the_bytes_of_a_term() -> None:
    """Column, op, form, value."""
    assert encode_terms((LIVE,)) == b"\x05state\x01\x02\x04live"
    assert encode_terms((Term("index", Op.ABOVE, 258),)) == b"\x05index\x03\x01" + bytes(6) + b"\x01\x02"


@given(st.lists(terms, max_size=4, unique=True))
def test_one_value_has_one_encoding(some: list[Term]) -> None:
    """In whatever order they are given."""
    data = encode_terms(some)
    assert set(decode_terms(data)) == set(some) and encode_terms(decode_terms(data)) == data


@given(st.lists(terms, max_size=4, unique=True))
def test_what_is_written_is_read(some: list[Term]) -> None:
    """A term as people write it is that term again."""
    assert set(parse_terms(" ".join(map(term_text, some)))) == set(some)


@given(st.binary(max_size=40))
def test_any_bytes_give_terms_or_an_error(data: bytes) -> None:
    """Nothing else, whatever they are."""
    try:
        assert encode_terms(decode_terms(data)) == data
    except CapabilityError:
        return


WRITTEN = {
    "state:live": LIVE,
    "index:12": Term("index", Op.IS, 12),
    'number:"12"': Term("number", Op.IS, "12"),
    "index:>12": Term("index", Op.ABOVE, 12),
    "name:Acme*": Term("name", Op.STARTS, "Acme"),
    "fingerprint:SHA256:a1*": Term("fingerprint", Op.STARTS, "SHA256:a1"),
    "number:12*": Term("number", Op.STARTS, "12"),
    'name:"Acme ""Holdings"" *"': Term("name", Op.IS, 'Acme "Holdings" *'),
}


@pytest.mark.parametrize(("text", "term"), WRITTEN.items(), ids=WRITTEN)
def test_how_terms_are_written(text: str, term: Term) -> None:
    """Digits alone are a number, quotes make a text of anything."""
    assert parse_terms(f"  {text} ") == (term,)


@pytest.mark.parametrize(
    "text",
    ["live", "State:live", "state:", "state:>live", "index:>12*", 'state:"live', "state:a\x00b", "index:99999999999999999999",
     "a:1 a:1", f"name:{'x' * 256}", " ".join(f"name:{n}{'x' * 30}" for n in range(9))],
)  # fmt: skip
def test_what_is_no_term(text: str) -> None:
    """Says so: no column, no value, a text above which nothing is, a control character, a term twice, too many."""
    with pytest.raises(CapabilityError):
        parse_terms(text)


NOT_ENCODED = {
    "cut": encode_terms((LIVE,))[:-1],
    "a byte more": encode_terms((LIVE,)) + b"\0",
    "no such op": b"\x05state\x04\x02\x04live",
    "no such form": b"\x05state\x01\x03\x04live",
    "not UTF-8": b"\x05state\x01\x02\x01\xff",
    "a column in capitals": b"\x05STATE\x01\x02\x04live",
    "twice": encode_terms((LIVE,)) * 2,
    "descending": encode_terms((Term("b", Op.IS, "x"),)) + encode_terms((Term("a", Op.IS, "x"),)),
    "too long": b"".join(encode_terms((Term(f"c{n:02}", Op.IS, "x" * 40),)) for n in range(6)),
}


@pytest.mark.parametrize("data", NOT_ENCODED.values(), ids=NOT_ENCODED)
def test_bytes_that_are_no_terms(data: bytes) -> None:
    """One encoding a value, of a bounded size."""
    with pytest.raises(CapabilityError):
        decode_terms(data)


def test_the_bound() -> None:
    """As many bytes as stated, and not one more."""
    full = (Term("a", Op.IS, "x" * (MAX_TERMS_BYTES - 5)),)
    assert len(encode_terms(full)) == MAX_TERMS_BYTES
    with pytest.raises(CapabilityError, match="at most 256"):
        encode_terms((*full, Term("b", Op.IS, 1)))
