"""The answer of a reader process: frames in a fixed order, and what the daemon makes of them, whatever ends the reader.
Pure.

    MEDIA  (TEXT | LEFT_OUT)*  TEXT_END  CLAIM*  END

    MEDIA     its media type, one of `MEDIA_TYPES`
    TEXT      1 to 65,536 bytes of UTF-8, as `prose.clean` leaves it
    LEFT_OUT  one line: what of the document is not in the text, and why
    TEXT_END  the number of pages
    CLAIM     attribute, value, anchor, line, page, start, end, excerpt, rule, role
    END       one line: what claims are missing, and why; empty where none are

States: text, claims, ended. The reader drives them, and its process may end in each. What arrived before its end
counts, and the document says what is missing. Bytes that break the grammar, a bound or a type are `Misbehaved`: nothing
of such an answer counts, because a reader that breaks its own rules may have been taken over by the document. The
original can be sealed in any case.
"""

from enum import Enum, IntEnum, auto
from typing import cast

from totebox.process.frames import NUMBERS, TEXTS, Cutter, Misbehaved, fields, frame, get_fields, get_text
from totebox.service.contract import Claim, Document
from totebox.services.extraction.hit import AMOUNT_ROLES, ATTRIBUTES
from totebox.services.extraction.limits import Limits
from totebox.services.extraction.media_type import MEDIA_TYPES, OTHER
from totebox.services.extraction.prose import clean_line, is_clean, says_cut

TEXT_BYTES = 1 << 16
PIECE_CHARACTERS = TEXT_BYTES // 4
MAX_TEXT_FRAMES = 1_024
SAID_BYTES = 1_024
SAID_LINES = 16
CLAIM_BYTES = 16 << 10
CLAIM_CHARACTERS = 2_000
"""The most characters of each text in a claim."""
CLAIMS_BYTES = 4 << 20
"""The most bytes of all claims together."""
MORE_TEXT_BYTES = 1_024
"""Bytes beyond the limit of the text, for the line that says that it was cut."""
MAX_PAGES = 1_000_000
_CLAIM = (TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, TEXTS, TEXTS, TEXTS)
MISBEHAVED = "the reader misbehaved"


class ReaderFrame(IntEnum):
    """The frames of an answer."""

    MEDIA = 1
    TEXT = 2
    LEFT_OUT = 3
    TEXT_END = 4
    CLAIM = 5
    END = 6


MOST: dict[int, int] = {
    ReaderFrame.MEDIA: 255,
    ReaderFrame.TEXT: TEXT_BYTES,
    ReaderFrame.LEFT_OUT: SAID_BYTES,
    ReaderFrame.TEXT_END: 16,
    ReaderFrame.CLAIM: CLAIM_BYTES,
    ReaderFrame.END: SAID_BYTES,
}


class Phase(Enum):
    """Which frames may come next."""

    MEDIA = auto()
    TEXT = auto()
    CLAIMS = auto()
    ENDED = auto()


def claim_frame(claim: Claim) -> bytes:
    """A CLAIM frame; the claim's number is its position. b'' where a text in it is longer than its bound."""
    # The operator's own dictionary may contain characters that the text of a document cannot.
    texts = [
        text if is_clean(text) else clean_line(text) for text in (claim.value, claim.anchor, claim.excerpt, claim.rule)
    ]
    value, anchor, excerpt, rule = texts
    body = fields(
        claim.attribute, value, anchor, claim.line, claim.page, claim.start, claim.end, excerpt, rule, claim.role
    )
    if len(body) > CLAIM_BYTES or max(map(len, texts)) > CLAIM_CHARACTERS or not value:
        return b""
    return frame(ReaderFrame.CLAIM, body)


class ReaderAnswer:
    """What has arrived of one reader's answer, bounded by `limits`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._cutter = Cutter(MOST)
        self.phase = Phase.MEDIA
        self._media = OTHER
        self._parts: list[str] = []
        self._text_bytes = self._characters = self._claims_bytes = 0
        self._left_out: list[str] = []
        self._pages = 0
        self._claims: list[Claim] = []
        self._missing = ""

    def feed(self, data: bytes) -> None:
        """Decode the next block.

        Raises:
            Misbehaved: it breaks the grammar, a bound or a type.
        """
        for kind, body in self._cutter.feed(data):
            self._take(ReaderFrame(kind), body)
        if self.phase is Phase.ENDED and not self._cutter.is_between:
            raise Misbehaved("bytes after the end")

    def _take(self, kind: ReaderFrame, body: bytes) -> None:
        match self.phase, kind:
            case Phase.MEDIA, ReaderFrame.MEDIA:
                self._media = get_text(body)
                if self._media not in MEDIA_TYPES:
                    self._media = OTHER
                    raise Misbehaved("a media type that no reader has")
                self.phase = Phase.TEXT
            case Phase.TEXT, ReaderFrame.TEXT:
                self._take_text(body)
            case Phase.TEXT, ReaderFrame.LEFT_OUT:
                if len(self._left_out) >= SAID_LINES:
                    raise Misbehaved(f"more than {SAID_LINES} things left out")
                self._left_out.append(_line(body))
            case Phase.TEXT, ReaderFrame.TEXT_END:
                self._pages = cast("int", get_fields(body, (NUMBERS,), 0)[0])
                if self._pages > MAX_PAGES:
                    raise Misbehaved(f"{self._pages} pages")
                self.phase = Phase.CLAIMS
            case Phase.CLAIMS, ReaderFrame.CLAIM:
                self._take_claim(body)
            case Phase.CLAIMS, ReaderFrame.END:
                self._missing = _line(body) if body else ""
                self.phase = Phase.ENDED
            case _:
                raise Misbehaved(f"{kind.name} out of order")

    def _take_text(self, body: bytes) -> None:
        text = get_text(body)
        self._text_bytes += len(body)
        if self._text_bytes > self._limits.text_bytes + MORE_TEXT_BYTES or len(self._parts) >= MAX_TEXT_FRAMES:
            raise Misbehaved("more text than a document may have")
        if not text or not is_clean(text):
            raise Misbehaved("a text with characters that it may not have")
        self._characters += len(text)
        self._parts.append(text)

    def _take_claim(self, body: bytes) -> None:
        values = get_fields(body, _CLAIM, CLAIM_CHARACTERS)
        claim = Claim(len(self._claims), *cast("tuple[str, str, str, int, int, int, int, str, str, str]", values))
        self._claims_bytes += len(body)
        if len(self._claims) >= self._limits.claims or self._claims_bytes > CLAIMS_BYTES:
            raise Misbehaved("more claims than a document may have")
        if claim.attribute not in ATTRIBUTES or not claim.value or not claim.rule:
            raise Misbehaved("a claim of a kind that no rule makes")
        if claim.role not in AMOUNT_ROLES or (claim.role and claim.attribute != "amount"):
            raise Misbehaved("a claim with a role that no rule gives")
        if not claim.start < claim.end <= self._characters or not 1 <= claim.line <= claim.start + 1:
            raise Misbehaved("a claim about words that are not in the text")
        if claim.page > self._pages:
            raise Misbehaved("a claim on a page that is not there")
        if not all(map(is_clean, (claim.value, claim.anchor, claim.excerpt, claim.rule))):
            raise Misbehaved("a claim with characters that it may not have")
        self._claims.append(claim)

    def result(self, why: str) -> tuple[Document, tuple[Claim, ...]]:
        """The document and the claims so far; `why` says what ended the reader before its end."""
        text, said, found = "".join(self._parts), list(self._left_out), tuple(self._claims)
        match self.phase:
            case Phase.MEDIA | Phase.TEXT:
                found = ()
                if text.strip():
                    text += says_cut(why)
                    said.append(f"the text is cut and claims were not searched: {why}")
                else:
                    text, said = "", [f"no text: {why}"]
            case Phase.CLAIMS:
                said.append(f"claims are cut at {len(found)}: {why}")
            case Phase.ENDED:
                said += [self._missing] if self._missing else []
        return Document(self._media, text, self._pages, "; ".join(said)), found

    def worthless(self, why: str) -> tuple[Document, tuple[Claim, ...]]:
        """The document without text and claims: of this answer only the media type counts."""
        return Document(self._media, "", 0, f"no text: {why}"), ()


def _line(body: bytes) -> str:
    text = get_text(body)
    if not text.strip() or "\n" in text or not is_clean(text):
        raise Misbehaved("a line that is none")
    return text
