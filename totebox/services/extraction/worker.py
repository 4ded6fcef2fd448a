"""The process in which one document is read: the program `reader` of the registry (`totebox.process.surroundings`
describes its words).

Its first descriptor is a socket on which the job comes, JSON with `limits`; its second descriptor is the document, open
for reading. Of the vault it may read only the document and, before anything else, the operator's own dictionary; where
there is none, it uses the shipped one. Before it reads the document the process enters its cage (`READER` in
totebox/cage/profiles.py) and lowers its own limits: CPU, memory, open files, and no file may grow. It answers in the
frames of `totebox.services.extraction.answer`, as it reads: the text within the CPU time for text (SIGXCPU ends that
phase, and what was read is kept), then the claims, with a CPU time of their own. Whatever a library prints is
discarded.
"""

import importlib
import json
import math
import mimetypes
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from totebox.cage.privileges import become_owner
from totebox.cage.profiles import Access
from totebox.errors import UnreadableDocument
from totebox.files.entrance import is_file
from totebox.process.frames import fields, frame
from totebox.process.surroundings import Surroundings, surroundings
from totebox.service.contract import Claim, Document
from totebox.services.extraction.answer import (
    CLAIMS_BYTES,
    PIECE_CHARACTERS,
    SAID_BYTES,
    ReaderFrame,
    claim_frame,
)
from totebox.services.extraction.claims import each_claim
from totebox.services.extraction.dictionary import load_dictionary
from totebox.services.extraction.limits import Limits
from totebox.services.extraction.media_type import CSV, DOCX, EML, MARKDOWN, OTHER, PDF, PLAIN, XLSX, sniff
from totebox.services.extraction.prose import Full, Prose, clean_line
from totebox.vault.api import places

READERS = {PDF: "pdf", DOCX: "docx", XLSX: "xlsx", EML: "eml", CSV: "csv", MARKDOWN: "plain", PLAIN: "plain"}
WHOLE = {PDF, DOCX, XLSX, EML}
"""Formats whose reader needs the whole file; of the others only the beginning is read."""
PAUSE_S = 0.25
"""The most seconds that read text waits before it is sent."""


class OutOfTime(BaseException):
    """The CPU time for text is used up. A BaseException, so that no library's `except Exception` catches it."""


def restrain(limits: Limits) -> None:
    """Lower this process's own limits, which cannot be raised again. The CPU time for text is the soft limit; the hard
    limit ends the process.
    """
    for what, soft, hard in (
        (resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + limits.claims_cpu_s),
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        most = resource.getrlimit(what)[1]
        bounds = (soft, hard) if most == resource.RLIM_INFINITY else (min(soft, most), min(hard, most))
        resource.setrlimit(what, bounds)


def begin_claims(limits: Limits) -> None:
    """Set the CPU time for claims; when it is used up the process ends."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = math.ceil(time.process_time()) + limits.claims_cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def read(path: Path, limits: Limits, answer: "AnswerWriter | None" = None) -> Document:
    """Find the type of one file and read it, sending the text as it comes. An unreadable document becomes a Document
    without text, and `trouble` says why.
    """
    say = answer or AnswerWriter(lambda data: None)
    media = sniff(path)
    say.media(media)
    size = path.stat().st_size
    if size == 0:
        return say.nothing(PLAIN, "the file is empty")
    if media == OTHER:
        return say.nothing(media, "this kind of file is kept as it is and not read")
    if media in WHOLE and size > limits.input_bytes:
        return say.nothing(media, f"{size:,} bytes are more than the {limits.input_bytes:,} that are parsed")
    prose, pages = Prose(limits.text_bytes, say.text), 0
    try:
        reader = importlib.import_module(f"totebox.services.extraction.readers.{READERS[media]}")
        pages = reader.read(path, prose, limits.text_bytes)
        prose.end()
    except Full:
        prose.end()
    except OutOfTime:
        prose.end(f"reading it takes more than {limits.cpu_s} s of computing")
    except MemoryError:
        prose.end("reading it takes more memory than one document may use")
    except UnreadableDocument as error:
        prose.end(str(error))
    text = prose.text()
    if not text:
        return say.nothing(media, prose.cut or "nothing in it can be read as text (a scan, or pictures)", pages)
    trouble = f"the text is cut: {prose.cut}" if prose.cut else ""
    return say.document(Document(media, text, max(pages, prose.pages), trouble))


def shut_in(document: Path, where: Surroundings) -> None:
    """Enter the reader's cage: `document` and the programs of the machine can be read, nothing else, and nothing can be
    written.
    """
    mimetypes.init()  # reads files of the machine that the cage makes unreadable; openpyxl needs it
    where.shut_in({document: Access.READ})


class AnswerWriter:
    """Sends the frames of an answer in their order. Text is sent in pieces, a moment after it was read."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._pieces: list[str] = []
        self._characters, self._sent_at = 0, 0.0

    def media(self, media: str) -> None:
        self._send(frame(ReaderFrame.MEDIA, media.encode()))

    def text(self, piece: str) -> None:
        self._pieces.append(piece)
        self._characters += len(piece)
        if self._characters >= PIECE_CHARACTERS or time.monotonic() - self._sent_at >= PAUSE_S:
            self._flush()

    def nothing(self, media: str, why: str, pages: int = 0) -> Document:
        """Send that there is no text, because of `why`."""
        return self.document(Document(media, "", pages, f"no text: {why}"))

    def document(self, document: Document) -> Document:
        """Send the end of the text, and what is missing of it."""
        self._flush()
        if document.trouble:
            self._send(frame(ReaderFrame.LEFT_OUT, _line(document.trouble)))
        self._send(frame(ReaderFrame.TEXT_END, fields(document.pages)))
        return document

    def claims(self, found: Iterator[Claim], most: int) -> None:
        """Send the claims, in order. Those beyond `most`, and those that are too long, are counted at the end."""
        sent = count = size = 0
        for claim in found:
            count += 1
            body = claim_frame(claim)
            if body and sent < most and size + len(body) <= CLAIMS_BYTES:
                sent, size = sent + 1, size + len(body)
                self._send(body)
        self.end(f"claims cut at {sent:,} of {count:,}" if sent < count else "")

    def end(self, missing: str = "") -> None:
        """Send the end; `missing` says which claims are missing, and why."""
        self._send(frame(ReaderFrame.END, _line(missing)))

    def _flush(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        self._characters, self._sent_at = 0, time.monotonic()
        for start in range(0, len(text), PIECE_CHARACTERS):
            self._send(frame(ReaderFrame.TEXT, text[start : start + PIECE_CHARACTERS].encode()))


def _line(text: str) -> bytes:
    return clean_line(text)[: SAID_BYTES // 4].encode()


def _out_of_time(number: int, _: object) -> None:
    raise OutOfTime


def work(job: dict[str, Any], document: Path, where: Surroundings, answer: AnswerWriter) -> None:
    """Do one job in the cage, under its limits."""
    limits = Limits(**job["limits"])
    vault = where.vault
    own = vault is not None and is_file(vault, places.DICTIONARY)
    terms = load_dictionary(vault / places.DICTIONARY if vault is not None and own else None)
    if vault is not None:
        become_owner(vault)
    if where.settle().is_caged:
        shut_in(document, where)
    signal.signal(signal.SIGXCPU, _out_of_time)
    restrain(limits)
    read_one = read(document, limits, answer)
    begin_claims(limits)
    try:
        answer.claims(each_claim(read_one, terms), limits.claims)
    except MemoryError:
        answer.end("claims not searched: they take more memory than one document may use")


def main(words: Sequence[str]) -> int:
    """Read the job and send the answer. Output of libraries is discarded."""
    # openpyxl asks for the types of suffixes. Python's own table is used: the host's tables lie outside the cage.
    mimetypes.init(())
    where = surroundings(words)
    wire, document = where.descriptors
    with socket.socket(fileno=wire) as end:
        with end.makefile("rb") as said:
            job = json.loads(said.read())
        # A descriptor has a path where there is /proc. The path of the file itself may not be reachable in the cage.
        name = Path(f"/proc/self/fd/{document}")
        path = name if name.exists() else Path(job["path"])
        work(job, path, where, AnswerWriter(end.sendall))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
