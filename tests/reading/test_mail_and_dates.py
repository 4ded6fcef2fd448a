"""The words of a mail are read by its structure, and numeric dates where day and month can be told."""

from pathlib import Path

import pytest

from totebox.services.extraction.claims import claims
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.patterns import dates
from totebox.services.extraction.worker import read

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mail-html-then-footer.eml", ["The rent is 950.00 GBP from 1 April 2026.", "Tenants mailing list"]),
        ("mail-plain-stub.eml", ["Balance 1,234.56 GBP on 12 March 2026.", "rob.tan@acme.example"]),
        ("mail-head-unclosed.eml", ["Total 45.00 GBP paid on 12 March 2026."]),
        (
            "mail-nested.eml",
            ["Olga Plum", "2026-02-09", "Notice to quit", "leave by 30 June 2026", "Attachment: notice.eml"],
        ),
        ("mail-utf8-nocharset.eml", ["Grüße aus München, Müller schuldet 950.00 EUR."]),
        ("mail-latin1-nocharset.eml", ["Grüße aus München, Müller schuldet 950.00 EUR."]),
        ("mail-iso8859-8-i.eml", ["שלום, התשלום הוא 950.00 ILS"]),
        ("mail-wrong-charset-cp1252.eml", ["The “lease” costs €950 – per month"]),
    ],
)
def test_the_words_of_a_mail_are_read(name: str, words: list[str]) -> None:
    """Every body, in its order and in its encoding; an attached mail with its own headers."""
    text = read(HERE / name, DEFAULT_LIMITS).text
    assert all(word in text for word in words) and "\ufffd" not in text


def test_an_html_part_that_repeats_the_plain_one_is_read_once(tmp_path: Path) -> None:
    """Of alternatives that say the same the first is kept."""
    path = tmp_path / "mail"
    path.write_bytes(
        (HERE / "mail-plain-stub.eml")
        .read_bytes()
        .replace(
            b"This message contains HTML. Please use a mail reader that shows HTML.",
            b"Balance 1,234.56 GBP on 12 March 2026. Questions: rob.tan@acme.example",
        )
    )
    assert read(path, DEFAULT_LIMITS).text.count("Balance") == 1


def test_a_mail_gives_the_claims_of_its_html() -> None:
    """The rent, the day and the address stand in the HTML part alone."""
    found = {claim.value for claim in claims(read(HERE / "mail-html-then-footer.eml", DEFAULT_LIMITS))}
    assert {"950.00 GBP", "2026-04-01", "rob.tan@acme.example"} <= found


def test_numeric_dates_of_the_file_are_found() -> None:
    """Day first where the day is above 12 or dots stand, year first with slashes; the ambiguous one is left."""
    found = sorted(dates((HERE / "dates-numeric.txt").read_text("utf-8")))
    assert [hit.value for hit in found] == ["2026-12-25"] * 4 + ["2026-03-12"] * 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("31.01.2026, 01/31/2026, 2026/01/31, 2026.1.31, 31-01-2026", ["2026-01-31"] * 5),
        ("03/04/2026, 03-04-2026, 03.04.26, 1.2.26", []),
        ("03/03/2026 and 3.4.2026.", ["2026-03-03", "2026-04-03"]),
        ("31/13/2026, 32.01.2026, 29.02.2025, 2026/13/01, 2026/31/01", []),
        ("25.12.2026.1, 1.25.12.2026, v25.12.2026, 25/12/2026/7, 25.12-2026", []),
        ("12-Mar-2026, 12/Mar/2026, 12-Mar/2026", ["2026-03-12"] * 2),
    ],
)
def test_a_numeric_date_is_told_or_left(text: str, found: list[str]) -> None:
    """By the mark and by what cannot be a month; a longer number is no date."""
    assert [hit.value for hit in sorted(dates(text))] == found
