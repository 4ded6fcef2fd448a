"""The `/` grammar of every list: columns are named by what stands above them."""

import pytest

from console.model.query import column_of, complete, completed, parse

TITLES = {
    "tree_size": "Entries",
    "time": "sealed",
    "entity": "Totebox",
    "rate": "Entries/h",
    "mark": "",
    "granted": "Granted by",
}
PLACES = {name: place for place, name in enumerate(TITLES)}


@pytest.mark.parametrize(
    ("word", "column"),
    [
        ("entries", "tree_size"),
        ("ENTRIES", "tree_size"),
        ("sealed", "time"),
        ("tree_size", "tree_size"),
        ("grantedby", "granted"),
        ("granted_by", "granted"),
        ("se", "time"),
        ("e", None),
        ("mark", None),
        ("", None),
    ],
)
def test_a_column_is_named_by_its_title(word: str, column: str | None) -> None:
    """By its title or its name, or by a beginning that one column alone has; one without a title cannot be named."""
    assert column_of(word, TITLES) == column


def test_titles_are_filtered_by() -> None:
    """`entries>65 sealed>2026-11` reads the columns under these titles."""
    row = (70, "2026-11-22T02:00:00Z", "acme", 1, None, "")
    drawn = ("70", "2026-11-22 02:00:00", "acme", "1", "", "")
    assert parse("entries>65 sealed>2026-11", TITLES).holds(row, drawn, PLACES)
    assert not parse("entries>75", TITLES).holds(row, drawn, PLACES)


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("sort:entries", ("tree_size", False)),
        ("acme sort:-sealed", ("time", True)),
        ("sort:", None),
        ("sort:nothing", None),
        ("sort:mark", None),
    ],
)
def test_a_line_may_sort(text: str, sort: tuple[str, bool] | None) -> None:
    """`sort:` and a title sorts by it, a minus before it from the largest down; what it names wrongly is said."""
    found = parse(text, TITLES)
    assert found.sort == sort
    assert found.unknown == (("nothing",) if "nothing" in text else ("mark",) if "mark" in text else ())


@pytest.mark.parametrize(
    ("text", "offered", "after"),
    [
        ("tot", ("totebox",), "totebox"),
        ("acme se", ("sealed",), "acme sealed"),
        ("en", ("entries", "entriesh"), "entries"),
        ("sort:-gr", ("grantedby",), "sort:-grantedby"),
        ("entries>6", (), "entries>6"),
        ("zzz", (), "zzz"),
        ("", (), ""),
    ],
)
def test_titles_are_completed(text: str, offered: tuple[str, ...], after: str) -> None:
    """The last word, as far as all titles that begin so agree."""
    assert complete(text, TITLES) == offered
    assert (completed(text, offered) if offered else text) == after
