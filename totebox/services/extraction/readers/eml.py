"""Mail: sender, recipients, date, subject, and text. HTML is only stripped to text; no reference in it is followed."""

import email
import html.parser
import re
import textwrap
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.policy import default
from itertools import chain
from pathlib import Path

from totebox.services.extraction.prose import Prose, clean_line, decode

HEADERS = ("From", "To", "Cc", "Reply-To", "Date", "Subject")
MAX_HEADER = 4_096
MAX_PARTS = 256
LATIN = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1", "windows-1252", "cp1252"})
UNNAMED = frozenset({"", "us-ascii", "ascii"})
HEBREW = {"iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8"}
BROKEN = (ValueError, LookupError, AttributeError, TypeError, AssertionError)
"""What the standard library raises on malformed headers and bodies."""


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add the headers as a list and the plain text to `out`; attachments are named, not opened. Pages: 0."""
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=default)
    for line in _headers(message):
        out.add(line)
    out.add("")
    for text in _texts(message, [MAX_PARTS]):
        out.add(text.strip("\r\n").rstrip() + "\n")
    for line in _attachments(message):
        out.add(line)
    return 0


def _headers(message: EmailMessage) -> Iterator[str]:
    for name in HEADERS:
        value = _header(message, name)
        if value:
            yield f"- {name}: {value}"


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message[name]
    except BROKEN:
        value = next((raw for key, raw in message.raw_items() if key.lower() == name.lower()), None)
    if value is None:
        return ""
    moment = getattr(value, "datetime", None)
    if moment is not None:
        return str(moment.isoformat(" ", "seconds")).replace("+00:00", " UTC")
    return clean_line(str(value))[:MAX_HEADER]


def _parts(message: Message) -> Iterator[Message]:
    for count, part in enumerate(message.walk()):
        if count >= MAX_PARTS:
            return
        if not part.is_multipart() or part.get_content_type() == "message/rfc822":
            yield part


def _is_attachment(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text"
    except BROKEN:
        return True


def _texts(part: Message, budget: list[int]) -> Iterator[str]:
    """The texts of a part and of the parts within it, in their order; `budget` holds how many more parts are looked at."""
    budget[0] -= 1
    if budget[0] < 0:
        return
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        for inner in part.get_payload():
            if isinstance(inner, EmailMessage):
                yield from (
                    textwrap.indent(text, "    ") for text in ("\n".join(_headers(inner)), *_texts(inner, budget))
                )
    elif part.is_multipart():
        texts = [list(_texts(one, budget)) for one in part.get_payload() if isinstance(one, Message)]
        yield from chain.from_iterable(_told_apart(texts) if _is_alternative(part) else texts)
    elif not _is_attachment(part):
        yield strip_html(_content(part)) if part.get_content_subtype() == "html" else _content(part)


def _is_alternative(part: Message) -> bool:
    return part.get_content_type() == "multipart/alternative"


def _told_apart(texts: list[list[str]]) -> list[list[str]]:
    """Of alternatives those that say something else than the ones before them: a note that there is HTML does not
    replace the HTML.
    """
    kept: list[list[str]] = []
    seen: set[str] = set()
    for one in texts:
        words = set(" ".join(one).split())
        if len(words - seen) * 2 > len(words):
            kept.append(one)
            seen |= words
    return kept


def _content(part: Message) -> str:
    """The text of a part. Mail that names iso-8859-1 means windows-1252; without a name it is UTF-8 where that is valid."""
    try:
        payload = part.get_payload(decode=True)
        named = (part.get_content_charset() or "").lower()
    except BROKEN:
        return str(part.get_payload())
    if not isinstance(payload, bytes):
        return str(payload or "")
    if named in LATIN:
        return payload.decode("cp1252", "replace")
    if named not in UNNAMED:
        try:
            return payload.decode(HEBREW.get(named, named), "replace")
        except BROKEN:
            pass
    return decode(payload) or payload.decode("utf-8", "replace")


def _attachments(message: Message) -> Iterator[str]:
    for part in _parts(message):
        if not _is_attachment(part):
            continue
        try:
            name = clean_line(part.get_filename() or "without a name")[:255]
        except BROKEN:
            name = "without a name"
        if part.is_multipart():
            yield f"- Attachment: {name} ({clean_line(part.get_content_type())})"
            continue
        payload = part.get_payload(decode=True)
        size = len(payload) if isinstance(payload, bytes) else 0
        yield f"- Attachment: {name} ({clean_line(part.get_content_type())}, {size:,} bytes)"


class _Stripper(html.parser.HTMLParser):
    """Keeps the words: scripts, styles and every attribute are dropped."""

    HIDDEN = ("script", "style", "title", "template", "noscript", "svg", "object")
    BLOCKS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "hr", "ul", "ol")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0
        self.in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "head":
            self.in_head = True
        elif tag == "body" or tag in self.BLOCKS:
            # `</head>` may be left out: what belongs into a body ends the head.
            self.in_head = False
        if tag in self.HIDDEN:
            self.hidden += 1
        elif tag in self.BLOCKS:
            self.words.append("\n")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            self.in_head = False
        elif tag in self.HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in self.BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden and not self.in_head:
            self.words.append(re.sub(r"\s+", " ", data))


def strip_html(text: str) -> str:
    """The words of an HTML text, one line a block."""
    stripper = _Stripper()
    stripper.feed(text)
    stripper.close()
    return re.sub(r" *\n[ \n]*", "\n", "".join(stripper.words)).strip()
