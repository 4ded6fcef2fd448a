"""A reader's answer, frame by frame: what counts of it wherever it ends, and what nothing is believed of."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from totebox.process.frames import Misbehaved, fields, frame
from totebox.service.contract import Claim, Document
from totebox.services.extraction.answer import (
    CLAIM_CHARACTERS,
    MAX_PAGES,
    MORE_TEXT_BYTES,
    SAID_LINES,
    Phase,
    ReaderAnswer,
    ReaderFrame,
    claim_frame,
)
from totebox.services.extraction.limits import DEFAULT_LIMITS, Limits
from totebox.services.extraction.media_type import OTHER, PLAIN
from totebox.services.extraction.worker import AnswerWriter

TEXT = "Jane Doe signs.\n"
JANE = Claim(0, "person", "Jane Doe", "", 1, 0, 0, 8, "⟦Jane Doe⟧ signs.", "label/1")
MEDIA = frame(ReaderFrame.MEDIA, PLAIN.encode())
BEGUN = MEDIA + frame(ReaderFrame.TEXT, TEXT.encode())
READ = BEGUN + frame(ReaderFrame.TEXT_END, fields(2))


def answer(data: bytes, limits: Limits = DEFAULT_LIMITS) -> ReaderAnswer:
    made = ReaderAnswer(limits)
    made.feed(data)
    return made


def claim(**changes: object) -> bytes:
    made = replace(JANE, **changes)  # type: ignore[arg-type]  # fields by name
    return frame(
        ReaderFrame.CLAIM,
        fields(
            made.attribute,
            made.value,
            made.anchor,
            made.line,
            made.page,
            made.start,
            made.end,
            made.excerpt,
            made.rule,
            made.role,
        ),
    )


def test_a_whole_answer_is_a_document_with_its_claims() -> None:
    """However it is cut into blocks."""
    data = READ + claim_frame(JANE) + frame(ReaderFrame.END, b"")
    made = ReaderAnswer(DEFAULT_LIMITS)
    for place in range(len(data)):
        made.feed(data[place : place + 1])
    assert made.phase is Phase.ENDED and made.result("") == (Document(PLAIN, TEXT, 2, ""), (JANE,))


def test_claims_are_numbered_by_their_place() -> None:
    """A reader does not number them."""
    made = answer(READ + claim() + claim(value="J. Doe"))
    assert [one.number for one in made.result("x")[1]] == [0, 1]


@pytest.mark.parametrize(
    ("data", "text", "claims", "trouble"),
    [
        (b"", "", 0, "no text: WHY"),
        (MEDIA, "", 0, "no text: WHY"),
        (MEDIA + frame(ReaderFrame.TEXT, b"\n \n"), "", 0, "no text: WHY"),
        (
            BEGUN,
            TEXT + "\n[The text ends here: WHY. The original is kept whole.]\n",
            0,
            "the text is cut and claims were not",
        ),
        (READ + claim(), TEXT, 1, "claims are cut at 1: WHY"),
        (READ + claim() + frame(ReaderFrame.END, b"claims cut at 1 of 9"), TEXT, 1, "claims cut at 1 of 9"),
        (READ + frame(ReaderFrame.END, b""), TEXT, 0, ""),
    ],
)
def test_what_arrived_before_the_end_counts(data: bytes, text: str, claims: int, trouble: str) -> None:
    """The document says what is missing, and why."""
    document, found = answer(data).result("WHY")
    assert document.text == text and len(found) == claims
    assert document.trouble.startswith(trouble) and bool(document.trouble) == bool(trouble)


def test_what_was_left_out_is_said_in_order() -> None:
    """With what ended the reader behind it; up to sixteen things."""
    lines = b"".join(frame(ReaderFrame.LEFT_OUT, b"sheet %d" % number) for number in range(SAID_LINES))
    document, _ = answer(BEGUN + lines).result("WHY")
    assert document.trouble.startswith("sheet 0; sheet 1; ") and document.trouble.endswith("WHY")
    with pytest.raises(Misbehaved, match="more than 16 things"):
        answer(BEGUN + lines + frame(ReaderFrame.LEFT_OUT, b"one more"))


def test_of_a_worthless_answer_the_media_type_counts() -> None:
    """Unless that is none that a reader has."""
    assert answer(READ + claim()).worthless("WHY") == (Document(PLAIN, "", 0, "no text: WHY"), ())
    made = ReaderAnswer(DEFAULT_LIMITS)
    with pytest.raises(Misbehaved, match="media type"):
        made.feed(frame(ReaderFrame.MEDIA, b"application/x-evil"))
    assert made.worthless("WHY")[0].media_type == OTHER


@pytest.mark.parametrize(
    "data",
    [
        frame(ReaderFrame.TEXT, b"x"),
        frame(ReaderFrame.END, b""),
        MEDIA + MEDIA,
        BEGUN + claim(),
        MEDIA + frame(ReaderFrame.END, b""),
        READ + frame(ReaderFrame.TEXT, b"x"),
        READ + frame(ReaderFrame.LEFT_OUT, b"x"),
        READ + frame(ReaderFrame.TEXT_END, fields(2)),
        READ + frame(ReaderFrame.END, b"") + frame(ReaderFrame.END, b""),
    ],
)
def test_frames_have_an_order(data: bytes) -> None:
    """Any other is out of order."""
    with pytest.raises(Misbehaved, match="out of order"):
        answer(data)


def test_nothing_follows_the_end() -> None:
    """Not even half a frame."""
    with pytest.raises(Misbehaved, match="bytes after the end"):
        answer(READ + frame(ReaderFrame.END, b"") + b"\x06")


@pytest.mark.parametrize("text", [b"", b"a\x1b[2J", "a\u202eb".encode(), b"a\tb"])
def test_text_is_clean_before_it_comes(text: bytes) -> None:
    """The daemon mends nothing of what a reader sends."""
    with pytest.raises(Misbehaved, match="characters that it may not have"):
        answer(MEDIA + frame(ReaderFrame.TEXT, text))


def test_text_has_a_limit() -> None:
    """And the room for the line that says that it was cut."""
    limits = replace(DEFAULT_LIMITS, text_bytes=10)
    whole = MEDIA + frame(ReaderFrame.TEXT, b"x" * (10 + MORE_TEXT_BYTES))
    assert len(answer(whole, limits).result("")[0].text) > 10
    with pytest.raises(Misbehaved, match="more text"):
        answer(whole + frame(ReaderFrame.TEXT, b"x"), limits)


def test_claims_have_a_limit() -> None:
    """By their number."""
    limits = replace(DEFAULT_LIMITS, claims=2)
    assert len(answer(READ + claim() * 2, limits).result("")[1]) == 2
    with pytest.raises(Misbehaved, match="more claims"):
        answer(READ + claim() * 3, limits)


def test_pages_have_a_limit() -> None:
    """A million is the most."""
    assert answer(BEGUN + frame(ReaderFrame.TEXT_END, fields(MAX_PAGES))).phase is Phase.CLAIMS
    with pytest.raises(Misbehaved, match="1000001 pages"):
        answer(BEGUN + frame(ReaderFrame.TEXT_END, fields(MAX_PAGES + 1)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"attribute": "colour"}, "of a kind that no rule makes"),
        ({"value": ""}, "of a kind that no rule makes"),
        ({"rule": ""}, "of a kind that no rule makes"),
        ({"end": len(TEXT) + 1}, "words that are not in the text"),
        ({"start": 8}, "words that are not in the text"),
        ({"line": 0}, "words that are not in the text"),
        ({"line": 2}, "words that are not in the text"),
        ({"page": 3}, "on a page that is not there"),
        ({"value": "a\u202eb"}, "characters that it may not have"),
        ({"anchor": "\x07"}, "characters that it may not have"),
        ({"excerpt": "\x1b"}, "characters that it may not have"),
        ({"rule": "\x1b"}, "characters that it may not have"),
    ],
)
def test_a_claim_is_about_what_is_there(changes: dict[str, object], says: str) -> None:
    """Of a known kind, within the text, on a page of it, and clean."""
    with pytest.raises(Misbehaved, match=says):
        answer(READ + claim(**changes))


@pytest.mark.parametrize(
    "changes", [{"end": len(TEXT)}, {"page": 2}, {"start": 1, "line": 2}, {"anchor": "j@x.example"}]
)
def test_a_claim_at_a_bound_is_one(changes: dict[str, object]) -> None:
    """The last character, the last page, the last line that can be."""
    [found] = answer(READ + claim(**changes)).result("")[1]
    assert all(getattr(found, name) == value for name, value in changes.items())


@pytest.mark.parametrize("changes", [{"value": "x" * (CLAIM_CHARACTERS + 1)}, {"excerpt": "x" * 20_000}, {"value": ""}])
def test_a_claim_that_is_too_long_is_not_sent(changes: dict[str, object]) -> None:
    """It is counted instead; the operator's own dictionary may hold such names."""
    assert claim_frame(replace(JANE, **changes)) == b""  # type: ignore[arg-type]  # fields by name
    assert claim_frame(replace(JANE, value="x" * CLAIM_CHARACTERS))


def test_a_name_of_the_dictionary_is_cleaned_before_it_is_sent() -> None:
    """Else the daemon would believe nothing of the answer."""
    [found] = answer(READ + claim_frame(replace(JANE, value="Jane\x1b Doe"))).result("")[1]
    assert found.value == "Jane� Doe"


def replied(act: Callable[[AnswerWriter], object]) -> tuple[Document, tuple[Claim, ...]]:
    """What the daemon makes of what `act` sends."""
    made = ReaderAnswer(DEFAULT_LIMITS)
    reply = AnswerWriter(made.feed)
    reply.media(PLAIN)
    act(reply)
    return made.result("")


def test_a_reader_and_the_daemon_agree() -> None:
    """Text in pieces of any size, then claims; what is too many is counted."""

    def act(reply: AnswerWriter) -> None:
        for piece in (TEXT, "x" * 200_000, "é" * 40_000 + "\n"):
            reply.text(piece)
        reply.document(Document(PLAIN, "", 2, "sheet 9 is left out"))
        reply.claims((replace(JANE, number=number) for number in range(5)), 3)

    document, found = replied(act)
    assert document.text == TEXT + "x" * 200_000 + "é" * 40_000 + "\n" and document.pages == 2 and len(found) == 3
    assert document.trouble == "sheet 9 is left out; claims cut at 3 of 5"


def test_claims_that_all_went_say_nothing() -> None:
    """Exactly as many as are allowed are not cut."""

    def act(reply: AnswerWriter) -> None:
        reply.text(TEXT)
        reply.document(Document(PLAIN, "", 0, ""))
        reply.claims(iter([JANE, JANE]), 2)

    document, found = replied(act)
    assert document.trouble == "" and len(found) == 2


def test_a_document_without_text_says_why() -> None:
    """In one line, cut to its bound."""

    def act(reply: AnswerWriter) -> None:
        reply.nothing(PLAIN, "it is\nbroken " + "x" * 2_000, 4)
        reply.claims(iter(()), 2)

    document, _ = replied(act)
    assert document.text == "" and document.pages == 4 and len(document.trouble) == 256
    assert document.trouble.startswith("no text: it is broken x")
