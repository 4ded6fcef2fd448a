"""The child process: its limits hold, and whatever a document does, the answer is a Document."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pipe import silent_pipe
from tests.processes import children, is_gone, watched
from tests.services.extraction.child import parse, read_document
from totebox.service.contract import Document
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.media_type import OTHER

LONG = b"Ab Cd <g@h.example> is on +44 20 7946 0123 at Xy Ltd\n" * 40_000


def put(folder: Path, data: bytes, name: str = "document") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.anyio
async def test_a_document_comes_back_with_its_claims(tmp_path: Path) -> None:
    """One child gives both; reading twice gives the same."""
    path = put(tmp_path, b"# Lease\n\nTenant: Jane Doe\nDue 2026-03-03, HMRC told.\n")
    document, claims = await read_document(path, "lease.md")
    assert document == Document("text/markdown", path.read_text(), 0, "")
    assert [claim.value for claim in claims] == ["Jane Doe", "2026-03-03", "HM Revenue & Customs"]
    assert await read_document(path, "lease.md") == (document, claims)


@pytest.mark.anyio
async def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """The clock on the wall ends it, whatever it is doing."""
    with silent_pipe(tmp_path / "pipe") as pipe:
        document = await parse(pipe.path, "pipe", limits=replace(DEFAULT_LIMITS, wall_s=1))
    assert document == Document(OTHER, "", 0, "no text: reading it takes longer than 1 s")


@pytest.mark.anyio
async def test_nobody_waits_for_the_reader_any_more(tmp_path: Path) -> None:
    """Cancelling ends the child: a named pipe would never answer, and no process is left."""
    others = set(children(os.getpid()))  # of tests that ran before this one
    with silent_pipe(tmp_path / "pipe") as pipe:
        asking = asyncio.create_task(parse(pipe.path, "pipe"))
        await pipe.read_begun()
        [reader] = set(children(os.getpid())) - others
        process = watched(reader)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert is_gone(process) and reader not in children(os.getpid())
        os.close(process)


@pytest.mark.anyio
async def test_claims_that_take_too_long_cost_no_text(tmp_path: Path) -> None:
    """RLIMIT_CPU: the claims' share of computing is used up, the text had arrived whole."""
    path = put(tmp_path, LONG)
    document, _ = await read_document(path, "long.txt", limits=replace(DEFAULT_LIMITS, claims_cpu_s=1, wall_s=600))
    assert document.text.startswith(LONG[:50].decode()) and len(document.text) > 2_000_000
    assert "claims are cut at 0: reading it takes more than 1 s of computing" in document.trouble


@pytest.mark.anyio
async def test_a_text_that_takes_too_long_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    """RLIMIT_CPU of the first phase: the text says where it ends and why, and the claims in it are found."""
    head = b"From: x@y.example\nTo: z@y.example\nSubject: s\nContent-Type: text/html\n\n"
    path = put(tmp_path, head + b"<b>x</b>\n" * (2 << 20))
    limits = replace(DEFAULT_LIMITS, cpu_s=2, claims_cpu_s=60, wall_s=600)
    document, claims = await read_document(path, "x", limits=limits)
    why = "reading it takes more than 2 s of computing"
    assert document.trouble == f"the text is cut: {why}"
    assert document.text.endswith(f"[The text ends here: {why}. The original is kept whole.]\n")
    assert "x@y.example" in [claim.value for claim in claims]


@pytest.mark.anyio
async def test_too_much_memory_ends_the_reading(tmp_path: Path) -> None:
    """RLIMIT_AS: a message of a hundred megabytes does not fit into as many."""
    path = put(tmp_path, b"From: a@x.example\nTo: b@x.example\nSubject: s\n\n" + b"word " * (24 << 20))
    document = await parse(path, "big.eml", limits=replace(DEFAULT_LIMITS, memory_bytes=160 << 20, wall_s=600))
    assert document.text == "" and document.media_type == "message/rfc822" and document.trouble.startswith("no text: ")


@pytest.mark.anyio
async def test_a_vanished_file_is_said_to_be_unreadable(tmp_path: Path) -> None:
    """No exception for what is not there any more."""
    document = await parse(tmp_path / "gone", "gone.pdf")
    assert document.trouble == "no text: the file cannot be read any more"


@pytest.mark.parametrize("name", ["a\x1b[2J\x07.pdf", "\u202efdp.exe", "x" * 300, "\udcff\udcfe.md", "-rf", "a\nb"])
@pytest.mark.anyio
async def test_names_are_only_names(tmp_path: Path, name: str) -> None:
    """Control characters, RTL marks, 300 bytes and broken UTF-8 change nothing."""
    path = put(tmp_path, b"# Title\n")
    assert (await parse(path, name)).text == "# Title\n"


def test_the_child_cannot_write(tmp_path: Path) -> None:
    """RLIMIT_FSIZE is zero in a child that was given the limits."""
    code = (
        "from totebox.services.extraction.worker import restrain; from totebox.services.extraction.limits import DEFAULT_LIMITS;"
        f"restrain(DEFAULT_LIMITS); import os; os.write(os.open({str(tmp_path / 'out')!r}, os.O_WRONLY | os.O_CREAT), b'x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode != 0 and (tmp_path / "out").stat().st_size == 0
