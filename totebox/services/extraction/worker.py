"""The child process in which documents are parsed: `python -m totebox.services.extraction.worker JOB`.

JOB is JSON: `path`, `name`, `limits`, `dictionary` (a path or ''). Before the document is touched the process takes its
limits upon itself: CPU, memory, open files, and no file may grow. It prints one JSON
object, `{"document": ..., "claims": [...]}`, and ends. Whatever a library prints goes nowhere.
"""

import importlib
import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

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


def work(job: dict[str, Any]) -> dict[str, object]:
    """Do one job under its limits."""
    limits = Limits(**job["limits"])
    dictionary = load_dictionary(Path(job["dictionary"]) if job["dictionary"] else None)
    restrain(limits)
    document = read(Path(job["path"]), limits)
    found = claims(document, dictionary, limits.claims)
    return {"document": asdict(document), "claims": [asdict(claim) for claim in found]}


def main() -> int:
    """Answer on what was standard output; libraries that print find it closed to them."""
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        result = work(json.loads(sys.argv[1]))
    except MemoryError:
        result = {"trouble": "no text: reading it takes more memory than one document may use"}
    data = json.dumps(result).encode("ascii")
    with os.fdopen(answer, "wb") as out:
        out.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
