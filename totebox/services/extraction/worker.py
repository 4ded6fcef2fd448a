"""The process in which one document is read: `python -m totebox.services.extraction.worker WIRE DOCUMENT DICTIONARY VAULT GRADE [log]`.

WIRE and DOCUMENT are descriptors: a socket on which the job comes, JSON with `limits`, and the document, open for reading.
DICTIONARY is the operator's file, '' for the shipped one; VAULT the directory of which nothing but the document may be read, '' for none.
Before the document is touched the process shuts itself in (`READER` in totebox/cage/profiles.py) and takes its limits upon itself: CPU,
memory, open files, and no file may grow. It answers with one JSON object, `{"document": ..., "claims": [...]}`, and ends.
Whatever a library prints goes nowhere.
"""

import importlib
import json
import mimetypes
import resource
import socket
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from protocol.schema.numbers import Grade
from totebox.cage.entering import enter
from totebox.cage.grade import settle
from totebox.cage.privileges import become_owner
from totebox.cage.profiles import READER, Access
from totebox.errors import UnreadableDocument
from totebox.service import Document
from totebox.services.extraction.claims import claims
from totebox.services.extraction.dictionary import load_dictionary
from totebox.services.extraction.limits import Limits
from totebox.services.extraction.prose import Full, Prose
from totebox.services.extraction.sniff import CSV, DOCX, EML, MARKDOWN, OTHER, PDF, PLAIN, XLSX, sniff

READERS = {PDF: "pdf", DOCX: "docx", XLSX: "xlsx", EML: "eml", CSV: "csv", MARKDOWN: "plain", PLAIN: "plain"}
WHOLE = {PDF, DOCX, XLSX, EML}
"""Formats whose reader takes the whole file; of the others only the beginning is read."""


def restrain(limits: Limits) -> None:
    """Lower this process's own limits; nothing raises them again."""
    for what, value in (
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def read(path: Path, limits: Limits) -> Document:
    """Sniff and read one file. A bad document is a Document without text, and `trouble` says why."""
    media = sniff(path)
    size = path.stat().st_size
    if size == 0:
        return Document(PLAIN, "", 0, "no text: the file is empty")
    if media == OTHER:
        return Document(OTHER, "", 0, "no text: this kind of file is kept as it is and not read")
    if media in WHOLE and size > limits.input_bytes:
        return Document(
            media, "", 0, f"no text: {size:,} bytes are more than the {limits.input_bytes:,} that are parsed"
        )
    reader = importlib.import_module(f"totebox.services.extraction.readers.{READERS[media]}")
    prose, pages = Prose(limits.text_bytes), 0
    try:
        pages = reader.read(path, prose, limits.text_bytes)
    except Full:
        pass
    except UnreadableDocument as error:
        return Document(media, "", 0, f"no text: {error}")
    text = prose.text()
    return Document(
        media, text, pages, "" if text else "no text: nothing in it can be read as text (a scan, or pictures)"
    )


def shut_in(document: Path, vault: Path | None, *, log: bool = False) -> None:
    """Enter the reader's cage: `document` and the programs of the machine can be read, nothing else, and nothing can be written."""
    mimetypes.init()  # it reads files of the machine, and fails where one is there and may not be read; openpyxl asks it
    enter(READER, {document: Access.READ}, secrets=() if vault is None else (vault,), log=log)


def work(
    job: dict[str, Any], document: Path, dictionary: str, vault: str, asked: Grade, *, log: bool = False
) -> dict[str, object]:
    """Do one job in the cage, under its limits."""
    limits = Limits(**job["limits"])
    terms = load_dictionary(Path(dictionary) if dictionary else None)
    if vault:
        become_owner(Path(vault))
    if settle(asked, log=log).is_caged:
        shut_in(document, Path(vault) if vault else None, log=log)
    restrain(limits)
    read_one = read(document, limits)
    found = claims(read_one, terms, limits.claims)
    return {"document": asdict(read_one), "claims": [asdict(claim) for claim in found]}


def main(wire: str, document: str, dictionary: str, vault: str, grade: str, log: str = "") -> int:
    """Answer on the wire; libraries that print find nobody there."""
    # openpyxl asks for the types of suffixes. They are Python's own: the host's tables lie outside the cage.
    mimetypes.init(())
    with socket.socket(fileno=int(wire)) as end:
        with end.makefile("rb") as said:
            job = json.loads(said.read())
        # A descriptor names its file where /proc is there; its path would do as well, but may not be in reach.
        name = Path(f"/proc/self/fd/{document}")
        try:
            path = name if name.exists() else Path(job["path"])
            result = work(job, path, dictionary, vault, Grade(grade), log=bool(log))
        except MemoryError:
            result = {"trouble": "no text: reading it takes more memory than one document may use"}
        end.sendall(json.dumps(result).encode("ascii"))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
