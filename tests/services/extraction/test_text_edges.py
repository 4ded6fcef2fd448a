"""Text from outside at its edges: what is replaced, what is cut, and what kind of file the bytes are."""

from pathlib import Path

import pytest

from protocol.schema.chart import Account
from totebox.reference.chart import Chart
from totebox.service.contract import Document
from totebox.service.keepers import Keeper
from totebox.services.extraction.media_type import (
    CSV,
    EML,
    HEAD_BYTES,
    MARKDOWN,
    OTHER,
    PDF,
    PLAIN,
    delimiter_of,
    sniff_head,
)
from totebox.services.extraction.prose import Full, Prose, clean, decode, is_clean, says_cut, table_row, table_rule
from totebox.services.extraction.suggest import suggest


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\tb", "a    b"),
        ("a\xa0b\u202fc", "a b c"),
        ("a\u00ad\u200b\u2060\ufeffb", "ab"),
        ("a\x0bb\u2029c", "a\nb\nc"),
        ("\x00\x08\x0e\x1f\x7f\x80\x9f", "�" * 7),
        ("\u061c\u200e\u200f\u202a\u202e\u2066\u2069", "�" * 7),
        ("\U000e0001\U000e007f\ufffe", "�" * 3),
        ("\n ~\u202f\u2065\u206a\xa1", "\n ~ \u2065\u206a\xa1"),
    ],
)
def test_what_hides_is_replaced(raw: str, shown: str) -> None:
    """And its neighbours are not; what was replaced is clean."""
    assert clean(raw) == shown and is_clean(shown) and not is_clean("a" + raw if raw[0] == "\n" else raw)


def test_a_table_row_has_a_rule_of_its_width() -> None:
    """As Markdown has it."""
    assert table_rule(2) == "| --- | --- |" and table_row(["a", "b"]) == "| a | b |"


def test_blank_lines_in_a_row_are_one() -> None:
    """None stands at the beginning or the end, and no blank ends a line."""
    prose = Prose(1_000)
    for text in ("\n\n  first  ", "", "\n\n", "second\n\n"):
        prose.add(text)
    prose.end()
    assert prose.text() == "first\n\nsecond\n"


def test_a_text_of_blanks_is_none() -> None:
    """Also where it was cut."""
    prose = Prose(1_000)
    prose.add(" \n\t\n")
    prose.end("it broke")
    assert prose.text() == "" and prose.cut == "it broke"


def test_the_sink_is_given_what_the_text_is() -> None:
    """Piece by piece, the line about the cut included; the first reason is the one that is said."""
    pieces: list[str] = []
    prose = Prose(1_000, pieces.append)
    prose.add("first\n\nsecond")
    prose.end("it broke")
    prose.cut = prose.cut or "another"
    assert "".join(pieces) == prose.text() == "first\n\nsecond\n" + says_cut("it broke")


def test_a_line_that_fills_the_text_is_kept() -> None:
    """Exactly to the last byte, its line end counted; the next one is too much."""
    prose = Prose(6)
    prose.add("12345")
    assert prose.text() == "12345\n"
    with pytest.raises(Full):
        prose.add("")
        prose.add("1")
    assert prose.cut == "it is longer than 6 bytes"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa", "a"),
        ("é".encode(), "é"),
        (b"caf\xe9", "café"),
        ("ab".encode("utf-16-le").join([b"\xff\xfe", b""]), "ab"),
        (b"\xfe\xff\x00a\x00", "a"),
        ("éaé".encode()[:-1], "éa"),
        (b"a\x00b", None),
        (b"\xe9" + b"\x01" * 10, None),
        (b"\xe9" + b"a" * 50 + b"\x01", "é" + "a" * 50 + "\x01"),
    ],
)
def test_bytes_are_text_or_none(data: bytes, text: str | None) -> None:
    """UTF-8, UTF-16 with its mark, Windows-1252 with few controls; a letter of UTF-8 that the end cut off is left out."""
    assert decode(data) == text


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n3,4\n", ","),
        ("a,b\n1,2\n", ""),
        ("a\tb\tc\n1\t2\t3\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("a,b,c\n", ""),
        ("a\n1\n2\n", ""),
        ("a,b,c\n" + "1,2,3\n" * 8 + "1,2\n", ","),
        ("a,b,c\n" + "1,2,3\n" * 7 + "1,2\n", ""),
        ("x" * 65 + ",b,c\n1,2,3\n", ""),
        ("x" * 64 + ",b,c\n1,2,3\n", ","),
    ],
)
def test_a_table_is_what_its_lines_agree_on(text: str, delimiter: str) -> None:
    """Three columns in two lines, or two in three; nine of ten lines alike; a head of short cells."""
    assert delimiter_of(text) == delimiter


def test_the_last_line_of_a_beginning_does_not_count() -> None:
    """It was cut where the reading ended."""
    text = "a,b,c\n1,2,3\n1,"
    assert delimiter_of(text, whole=True) == "" and delimiter_of(text, whole=False) == ","


@pytest.mark.parametrize(
    ("head", "media"),
    [
        (b"x" * 1_019 + b"%PDF-", PDF),
        (b"x" * 1_020 + b"%PDF-", PLAIN),
        (b"PK\x03\x04", OTHER),
        (b"From: a@b.example\nTo: c@d.example\n\nx", PLAIN),
        (b"From: a@b.example\nTo: c@d.example\nDate: now\n\nx", EML),
        (b"To: a@b.example\nCc: c@d.example\nSubject: x\n\nx", PLAIN),
        (b"From x\nMessage-ID: <1>\nFrom: a@b.example\n\nx", EML),
        (b"Received: by mx\nX-Y: z\n\nx", PLAIN),
        (b"Hello\nMessage-ID: <1>\nFrom: a@b.example\n\nx", PLAIN),
        (b"**bold** words\n", PLAIN),
        (b"**bold** and [a](b)\n", MARKDOWN),
        (b"#hash\n", PLAIN),
        (b"- a\n- b\n\n```\nx\n```\n", MARKDOWN),
        (b"a,b,c\n" * (HEAD_BYTES // 6) + b"a,b,", CSV),
    ],
)
def test_a_kind_of_text_needs_its_marks(head: bytes, media: str) -> None:
    """A mail has a sender and proof, Markdown a heading or two marks, a table lines that agree."""
    assert sniff_head(head) == media


def chart(*accounts: tuple[str, str]) -> Chart:
    return Chart(
        "x",
        Path("x"),
        tuple(Account(number, "P", "D", "S", tuple(words.split("|")), "Sage") for number, words in accounts),
    )


def suggested(found: Chart, text: str, name: str = "x") -> str:
    return suggest(found, Document("text/plain", text, 0, ""), name).account


@pytest.mark.parametrize(
    ("accounts", "text", "account"),
    [
        ([("1", "rent"), ("2", "rent review")], "the rent review", "2"),
        ([("1", "rent|lease"), ("2", "tax")], "tax tax tax rent lease", "1"),
        ([("1", "rent"), ("2", "tax")], "tax tax rent", "2"),
        ([("2", "rent"), ("1", "rent")], "rent", "1"),
        ([("1", "leases")], "one lease", "1"),
        ([("1", "gas")], "ga", ""),
        ([("1", "business")], "busines", ""),
        ([("1", "rent")], "rental parent", ""),
        ([("1", "a b c d")], "a b c d", "1"),
    ],
)
def test_the_account_with_most_weight_is_suggested(accounts: list[tuple[str, str]], text: str, account: str) -> None:
    """Different words before repetitions, longer phrases before short ones, the lower number of equals; whole words."""
    assert suggested(chart(*accounts), text) == account


def test_the_reason_counts_what_was_found() -> None:
    """A word that stands once has no number; the name's words count like the text's."""
    found = suggest(chart(("1", "rent|roll")), Document("text/plain", "rent", 0, ""), "rent-roll.pdf")
    assert found.reason == "P / D / S: rent ×2, roll"


def test_a_file_goes_to_the_keeper_of_its_type() -> None:
    """Also where no account is suggested."""
    keepers = (Keeper("minutebook"), Keeper("mail", ("message/rfc822",)))
    told = [suggest(chart(("1", "x")), Document(media, "", 0, ""), "y", keepers).service for media in (EML, PDF)]
    assert told == ["mail", "minutebook"]


@pytest.mark.parametrize(("letter", "kept"), [("x", "x" * 7), ("é", "é" * 3), ("界", "界" * 2)])
def test_a_first_line_is_cut_at_a_letter(letter: str, kept: str) -> None:
    """To as many bytes as the limit leaves beside the line's end."""
    prose = Prose(8)
    with pytest.raises(Full):
        prose.add(letter * 20)
    assert prose.text().split("\n", 1)[0] == kept
