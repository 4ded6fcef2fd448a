"""The one grammar of queries: text becomes typed terms, or is refused with what would be right."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.schema.numbers import Op
from protocol.schema.terms import Term
from totebox.service.pages import columns
from totebox.service.query import MAX_HELD, MAX_ITEMS_OF_QUERY, MAX_NUMBER, BadQuery, Query, matcher, parse
from totebox.service.table import Key, TableSpec
from totebox.services.minutebook.tables import HISTORY

PAPERS = TableSpec(
    "desk.papers",
    columns("index index", "time time", "name text", "kind text", "source index"),
    own=(
        Key("kind", "of that kind", written=str.lower),
        Key("source", "from entry N"),
        Key("by", "x", "name", Op.STARTS),
    ),
    searched=("name", "kind"),
    dated="time",
)
TRAYS = TableSpec("desk.trays", columns("tray text"), own=(Key("tray", "of that tray", needed=True),))


def asked(text: str, as_of: str = "", cursor: str = "") -> Query:
    return parse(PAPERS, text, as_of, cursor, 10)


def refusal(text: str, as_of: str = "", cursor: str = "", spec: TableSpec = PAPERS) -> BadQuery:
    with pytest.raises(BadQuery) as caught:
        parse(spec, text, as_of, cursor, 10)
    return caught.value


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("index:5", (Term("index", Op.IS, 5),)),
        ("after:5", (Term("index", Op.ABOVE, 5),)),
        ("source:7 kind:TEXT", (Term("source", Op.IS, 7), Term("kind", Op.IS, "text"))),
        ('kind:"two words"', (Term("kind", Op.IS, "two words"),)),
        ("by:Jane", (Term("name", Op.STARTS, "Jane"),)),
        (f"index:{MAX_NUMBER}", (Term("index", Op.IS, MAX_HELD),)),
    ],
)
def test_a_key_with_its_value_is_a_term(text: str, terms: tuple[Term, ...]) -> None:
    """Typed by the column it is about, in the form in which the column holds its values."""
    assert asked(text).terms == terms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  rent\t\n lease ", ("rent", "lease")),
        ('"the old rent" due', ("the old rent", "due")),
        ('"http://x.example"', ("http://x.example",)),
        ('6" pipe', ('6"', "pipe")),
        ('"never closed', ('"never', "closed")),
        ("12:30 SHA256:abc", ("12:30", "SHA256:abc")),
        ('""', ()),
        ("a\u00a0b \u200d", ("a", "b", "\u200d")),
    ],
)
def test_what_is_no_term_is_a_word(text: str, words: tuple[str, ...]) -> None:
    """Spaces separate words, quotes hold them together, and a quote that nothing closes is a letter like any other."""
    assert (asked(text).words, asked(text).terms) == (words, ())


def test_all_asks_for_what_is_left_out_otherwise() -> None:
    """So does naming an entry: it is shown wherever it stands."""
    assert asked("all: rent") == Query((), ("rent",), True, "", None, 10)
    assert asked("index:5").everything and not asked("after:5").everything and not asked("rent").everything


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red", "no key 'colour'"),
        ("index:x", "index: takes a number"),
        ("after:-1", "after: takes a number"),
        ("index:٣", "index: takes a number"),
        (f"source:{MAX_NUMBER + 1}", "source: takes a number"),
        ("kind:", "kind: stands without a value"),
        ('kind:""', "kind: stands without a value"),
        ("all:x", "all: takes no value"),
    ],
)
def test_a_term_that_the_table_does_not_take_is_refused(text: str, said: str) -> None:
    """The reason names the term, the remedy what is right."""
    error = refusal(text)
    assert said in error.reason and error.remedy


def test_the_remedy_of_an_unknown_field_names_the_known_ones() -> None:
    """And says how the same text is searched for as words."""
    remedy = refusal("http://x").remedy
    assert "index:, after:, kind:, source:, by:, all:" in remedy and '"http://x"' in remedy


@pytest.mark.parametrize("char", ["\0", "\x1b", "\x1c", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(char: str) -> None:
    """Wherever they stand: in a word, in a value, in quotes."""
    for text in (f"a{char}b", f"kind:{char}", f'"{char}"', char):
        assert "control character" in refusal(text).reason


def test_long_text_is_one_word_and_too_many_words_are_refused() -> None:
    """8 KiB of one word are a word; the 65th word is refused."""
    assert asked("x" * 8_192).words == ("x" * 8_192,)
    assert len(asked("x " * MAX_ITEMS_OF_QUERY).words) == MAX_ITEMS_OF_QUERY
    assert "more than 64" in refusal("x " * (MAX_ITEMS_OF_QUERY + 1)).reason


@pytest.mark.parametrize(
    ("as_of", "moment"),
    [
        ("", ""),
        ("2026-11-20T09:30:00Z", "2026-11-20T09:30:00.000000Z"),
        ("2026-11-20t09:30:00.5z", "2026-11-20T09:30:00.500000Z"),
        ("2026-11-20T09:30:00.1234567+02:00", "2026-11-20T07:30:00.123456Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_time_is_brought_into_the_form_of_the_rows(as_of: str, moment: str) -> None:
    """UTC with microseconds, so that it can be compared as text."""
    assert asked("", as_of).as_of == moment


@pytest.mark.parametrize(
    "as_of",
    [
        "yesterday",
        "2026",
        "2026-11-20",
        "2026-13-01T00:00:00Z",
        "2026-11-20T09:30:00",
        "0001-01-01T00:00:00+23:00",
        "\0",
    ],
)
def test_what_is_no_time_is_refused(as_of: str) -> None:
    """With a time that would be one."""
    error = refusal("", as_of)
    assert "as_of" in error.reason and "2026-11-20T09:30:00Z" in error.remedy


def test_a_table_without_a_past_is_not_asked_for_it() -> None:
    """Its present would be a wrong answer."""
    assert "the present alone" in refusal("tray:a", "2026-11-20T09:30:00Z", spec=TRAYS).reason


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", " 1", "٣", "9" * 20, str(MAX_HELD + 1)])
def test_a_cursor_that_no_table_gives_is_refused(cursor: str) -> None:
    """It would begin again, and be taken for the rest."""
    assert "cursor" in refusal("", "", cursor).reason


def test_a_cursor_is_a_number() -> None:
    """None where the table is asked from its beginning."""
    assert (asked("").cursor, asked("", "", "17").cursor) == (None, 17)


def test_a_key_that_the_table_needs_has_to_be_given() -> None:
    """The remedy says how."""
    assert "tray:" in refusal("", spec=TRAYS).remedy
    assert parse(TRAYS, "tray:a", "", "", 10).terms == (Term("tray", Op.IS, "a"),)


def test_the_document_of_an_entry_is_a_search() -> None:
    """Its answer tells which other entries belong together: a capability for some rows alone does not hold it."""
    assert parse(HISTORY, "document:4", "", "", 10).searches_beyond(())
    assert not parse(HISTORY, "index:4", "", "", 10).searches_beyond(())


def test_which_entries_is_no_search() -> None:
    """`index:`, `after:` and `all:` tell nothing of what rows hold; words and other fields do."""
    assert not asked("all: index:1 after:2").searches_beyond(())
    assert asked("rent").searches_beyond(()) and asked("kind:text").searches_beyond(())


def test_what_is_told_already_is_no_search() -> None:
    """A term that every row agrees with anyway asks nothing; another value of the same column does."""
    told = (Term("kind", Op.IS, "text"),)
    assert not asked("kind:text index:1").searches_beyond(told)
    assert asked("kind:claim").searches_beyond(told) and asked("kind:text rent").searches_beyond(told)


@pytest.mark.parametrize(
    ("text", "as_of", "agrees"),
    [
        ("", "", True),
        ("LEASE text", "", True),
        ("lease invoice", "", False),
        ("index:5 after:4 source:3 kind:text by:Lea", "", True),
        ("after:5", "", False),
        ("source:5", "", False),
        ("by:ase", "", False),
        ("", "2026-11-20T00:00:00Z", True),
        ("", "2026-11-19T23:59:59Z", False),
    ],
)
def test_a_row_is_judged_by_every_term_and_word(text: str, as_of: str, agrees: bool) -> None:
    """All have to agree."""
    row = (5, "2026-11-20T00:00:00.000000Z", "Lease of the flat", "text", 3)
    assert matcher(PAPERS, asked(text, as_of))(row) is agrees


def test_a_cell_that_is_empty_agrees_with_no_number() -> None:
    """Nor does a yes or no."""
    assert not matcher(PAPERS, asked("source:1"))((5, "", "", "", None))
    assert not matcher(PAPERS, asked("source:1"))((5, "", "", "", True))


TEXT = st.text(st.sampled_from(string.printable + 'é\u00a0\0\ud800":' * 3), max_size=60) | st.text(max_size=40)


@given(TEXT, TEXT, TEXT)
def test_any_text_is_a_query_or_is_refused_with_a_remedy(text: str, as_of: str, cursor: str) -> None:
    """Nothing else comes out of the parser; what it gives is bounded and typed."""
    try:
        query = parse(PAPERS, text, as_of, cursor, 10)
    except BadQuery as error:
        assert error.reason and error.remedy and len(error.reason) < 200 and len(error.remedy) < 400
        return
    assert len(query.terms) + len(query.words) <= MAX_ITEMS_OF_QUERY
    assert all(isinstance(term.value, int) == PAPERS.is_number(term.field) for term in query.terms)
    assert not query.as_of or len(query.as_of) == 27


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"], exclude_characters='"'), min_size=1),
        max_size=8,
    )
)
def test_words_in_quotes_come_back_as_they_stood(words: list[str]) -> None:
    """Whatever is in them: colons, commas, signs."""
    assert asked(" ".join(f'"{word}"' for word in words)).words == tuple(words)
