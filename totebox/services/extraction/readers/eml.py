"""Mail: sender, recipients, date, subject, and text. HTML is only stripped to text; no reference in it is followed."""

import email
import html.parser
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path

from totebox.services.extraction.prose import Prose, clean_line

HEADERS = ("From", "To", "Cc", "Reply-To", "Date", "Subject")
MAX_HEADER = 4_096
MAX_PARTS = 256
BROKEN = (ValueError, LookupError, AttributeError, TypeError, AssertionError)
"""What the standard library raises on malformed headers and bodies."""


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add the headers as a list and the plain text to `out`; attachments are named, not opened. Pages: 0."""
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=default)
    for name in HEADERS:
        value = _header(message, name)
        if value:
            out.add(f"- {name}: {value}")
    out.add("")
    for text in _bodies(message):
        out.add(text.strip() + "\n")
    for line in _attachments(message):
        out.add(line)
    return 0


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
        if not part.is_multipart():
            yield part


def _is_attachment(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or part.get_content_maintype() != "text"
    except BROKEN:
        return True


def _bodies(message: Message) -> list[str]:
    texts = [part for part in _parts(message) if not _is_attachment(part)]
    plain = [part for part in texts if part.get_content_subtype() != "html"]
    if any(_content(part).strip() for part in plain):
        return [_content(part) for part in plain]
    return [strip_html(_content(part)) for part in texts if part.get_content_subtype() == "html"]


def _content(part: Message) -> str:
    try:
        if isinstance(part, EmailMessage):
            return str(part.get_content())
    except BROKEN:
        pass
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload or "")


def _attachments(message: Message) -> Iterator[str]:
    for part in _parts(message):
        if not _is_attachment(part):
            continue
        try:
            name = clean_line(part.get_filename() or "without a name")[:255]
        except BROKEN:
            name = "without a name"
        payload = part.get_payload(decode=True)
        size = len(payload) if isinstance(payload, bytes) else 0
        yield f"- Attachment: {name} ({clean_line(part.get_content_type())}, {size:,} bytes)"


class _Stripper(html.parser.HTMLParser):
    """Keeps the words: scripts, styles and every attribute are dropped."""

    HIDDEN = ("script", "style", "head", "title", "template", "noscript", "svg", "object")
    BLOCKS = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "blockquote", "hr", "ul", "ol")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self.hidden += 1
        elif tag in self.BLOCKS:
            self.words.append("\n")
        elif tag in ("td", "th"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in self.BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(re.sub(r"\s+", " ", data))


def strip_html(text: str) -> str:
    """The words of an HTML text, one line a block."""
    stripper = _Stripper()
    stripper.feed(text)
    stripper.close()
    return re.sub(r" *\n[ \n]*", "\n", "".join(stripper.words)).strip()
