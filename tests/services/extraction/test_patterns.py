"""Validated patterns find what is there and nothing else."""

import pytest

from totebox.services.extraction import patterns
from totebox.services.extraction.amounts import amounts


def values(hits: object) -> list[str]:
    """The values of hits in the order in which they stand."""
    return [hit.value for hit in sorted(hits)]  # type: ignore[call-overload]  # any iterable of hits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to Jane.Doe@Example.org.", ["jane.doe@example.org"]),
        ("<a@b.example>, c+d@e-f.example", ["a@b.example", "c+d@e-f.example"]),
        ("https://user@host.example/x a..b@c.example a@b @c.example a.@b.example", []),
    ],
)
def test_emails(text: str, found: list[str]) -> None:
    """Addresses, lower-cased; not the user of a URL, not two dots."""
    assert values(patterns.emails(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("IBAN GB29 NWBK 6016 1331 9268 19.", ["GB29NWBK60161331926819"]),
        ("NO9386011117947 and DE89370400440532013000", ["NO9386011117947", "DE89370400440532013000"]),
        ("GB28 NWBK 6016 1331 9268 19", []),
        ("CH93 0076 2011 6238 5295 7 THE", ["CH9300762011623852957"]),
        ("ZZ29 NWBK 6016 1331 9268 19", []),
    ],
)
def test_ibans(text: str, found: list[str]) -> None:
    """The check digits and the country's length have to be right."""
    assert values(patterns.ibans(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-01, 2026-02-30, 12026-03-01, 2026-03-011", ["2026-03-01"]),
        ("3 March 2026; the 1st day of April, 2026; Sept. 5, 2026", ["2026-03-03", "2026-04-01", "2026-09-05"]),
        ("31 February 2026, 3 Mars 2026, May 2026", []),
    ],
)
def test_dates(text: str, found: list[str]) -> None:
    """ISO and written dates that exist."""
    assert values(patterns.dates(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("£48,500.00 and EUR 1.250,00 and 17.5 CHF", ["48500.00 GBP", "1250.00 EUR", "17.50 CHF"]),
        ("C$12.5 million, US$3bn, 250 USD", ["12500000.00 CAD", "3000000000.00 USD", "250.00 USD"]),
        ("$40 is somebody's dollar", ["40.00 $"]),
        ("CHF 1'250.50 and 1 250 000,00 EUR", ["1250.50 CHF", "1250000.00 EUR"]),
        ("EUR 1.250 says not what it is; USD3X; 12 %; £", []),
    ],
)
def test_amounts(text: str, found: list[str]) -> None:
    """Exact decimals with their currency; what is ambiguous is left."""
    assert values(amounts(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ring +44 20 7946 0123 or +1 (604) 555-0142", ["+442079460123", "+16045550142"]),
        ("020 7946 0123, +12 3, +0000000000", []),
    ],
)
def test_phones(text: str, found: list[str]) -> None:
    """Only numbers that say their country and are valid there."""
    assert values(patterns.phones(text)) == found
