"""Plain text and Markdown: kept as written, made safe."""

from pathlib import Path

from totebox.errors import UnreadableDocument
from totebox.services.extraction.prose import Prose, decode


def load(path: Path, limit_bytes: int) -> str:
    """The beginning of the file as text; a little more than `limit_bytes`, so that a longer file is noticed.

    Raises:
        UnreadableDocument: it is not text.
    """
    with path.open("rb") as file:
        data = file.read(limit_bytes + 8)
    text = decode(data)
    if text is None:
        raise UnreadableDocument("its bytes are not text")
    return text


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add the file's text to `out`. Pages: 0."""
    out.add(load(path, limit_bytes))
    return 0
