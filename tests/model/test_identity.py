"""Claims about people, and where they differ."""

import pytest

from console.model.identity import Statement, as_of, conflicts


def said(index: int, attribute: str, value: str, status: str = "verified") -> Statement:
    return Statement(index, "a", attribute, value, 1, 1, 1, "", status, "", "")


def test_two_names_are_a_conflict_two_phones_are_not() -> None:
    """Only what an anchor can have once conflicts; the rest is compared on demand."""
    claims = [
        said(1, "person", "Ada Okafor"),
        said(2, "person", "Ada Okafor-Lee"),
        said(3, "phone", "1"),
        said(4, "phone", "2"),
    ]
    assert [conflict.attribute for conflict in conflicts(claims, every=False)] == ["person"]
    assert [conflict.attribute for conflict in conflicts(claims, every=True)] == ["person", "phone"]


def test_the_same_value_twice_is_one_side() -> None:
    """Blanks and case do not make a difference; the newest claim stands for the value."""
    claims = [said(1, "person", "Ada  Okafor"), said(2, "person", "ADA OKAFOR"), said(3, "person", "Bo")]
    assert [side.index for side in conflicts(claims, every=False)[0].sides] == [2, 3]


def test_rejected_claims_do_not_conflict() -> None:
    """What a person said no to stands against nothing."""
    assert conflicts([said(1, "person", "Ada"), said(2, "person", "Bo", "rejected")], every=True) == ()


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("", ""),
        ("now", ""),
        ("2026", "2026-12-31T23:59:59.999999Z"),
        ("2024-02", "2024-02-29T23:59:59.999999Z"),
        (" 2026-11-20 ", "2026-11-20T23:59:59.999999Z"),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("2026-11-20t10:00", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00.5+02:00", "2026-11-20T08:00:00.500000Z"),
        ("0001-01-01T00:00:00+23:00", None),
        ("2026-13", None),
        ("2026-02-30", None),
        ("yesterday", None),
        ("20", None),
    ],
)
def test_a_date_is_its_last_moment(typed: str, moment: str | None) -> None:
    """A year, a month, a day or a whole time; anything else is no date."""
    assert as_of(typed) == moment
