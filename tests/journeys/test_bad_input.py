"""Bad input gets a clear error and loses nothing: one test a row of the list, through the real programs.

Documents go through F12 of one console, one after the other; each test then reads the screen that its document got.
"""

import asyncio
import hashlib
import os
import re
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from protocol.schema import Offer
from protocol.schema.numbers import MAX_UPLOAD_BYTES
from tests.journeys.bad_papers import bomb, encrypted, endless
from tests.journeys.computer import Computer, Totebox, program
from tests.journeys.desk import Desk, desk
from tests.journeys.papers import MINUTES, papers
from tests.journeys.sealer import Sealer

FKEYS = {
    "f1": "HELP", "f2": "PEOPLE", "f5": "MINUTEBOOK", "f8": "LEDGER", "f10": "FLEET", "f11": "SYSTEM", "f12": "INPUT",
}  # fmt: skip


READ = {
    "encrypted": "the PDF is encrypted; its text cannot be read without the password",
    "corrupt": "no text:",
    "bomb": "packed more than 200 to 1, like a bomb, and was not opened",
    "endless": "no text:",
}
"""What is said of each document without text."""


@pytest.fixture(scope="module")
def acme(shared: Computer) -> Totebox:
    return shared.paired("acme")


@pytest.fixture(scope="module")
def seen(shared: Computer, acme: Totebox) -> dict[str, str]:
    """What the screen said of each bad document, by row of the list."""
    return asyncio.run(_all_taken(shared, acme))


async def _all_taken(shared: Computer, acme: Totebox) -> dict[str, str]:
    screens: dict[str, str] = {}
    async with desk(shared, start="f12") as here:
        for row, path in _refused(shared.work).items():
            await here.takes(path)
            await here.until(lambda: here.pane.under_cursor.place.value == "refused", what=row)  # type: ignore[attr-defined]
            screens[row] = here.screen
        screens["growing"] = await _growing(here, shared.work / "growing.bin")
        for row, data in _without_text().items():
            await here.takes(shared.file(f"{row}.{'docx' if row == 'bomb' else 'pdf'}", data))
            await here.sees("CHART OF ACCOUNTS")
            await here.until(lambda row=row: READ[row] in flat(here.screen), what=READ[row])
            screens[row] = here.screen
            await here.answers()
            index = await here.seals()
            screens[f"{row} sealed"] = here.screen
            assert hashlib.sha256(data).hexdigest() in acme.register()
        again = shared.file("again.pdf", _without_text()["corrupt"])
        await here.takes(again)
        await here.sees("✗ refused", "already sealed")
        screens["sealed"] = here.screen
        await here.press("enter")
        await here.sees("F5 MINUTEBOOK", "corrupt.pdf")
        screens["sealed, opened"] = here.screen
        assert index
    return screens


def _refused(work: Path) -> dict[str, Path]:
    """Files that cannot be taken."""
    loop = work / "loop.pdf"
    loop.symlink_to(loop)
    empty = work / "empty.pdf"
    empty.touch()
    huge = work / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 1)
    (work / "folder").mkdir()
    return {"unreadable": loop, "vanished": work / "gone.pdf", "empty": empty, "huge": huge, "folder": work / "folder"}


def _without_text() -> dict[str, bytes]:
    whole = papers()["lease.pdf"]
    return {
        "encrypted": encrypted(),
        "corrupt": whole[: len(whole) // 3] + b"\0" * 40,
        "bomb": bomb(),
        "endless": endless(),
    }


async def _growing(here: Desk, path: Path) -> str:
    """Somebody writes to the file as long as the console reads it."""
    path.write_bytes(bytes(96 << 20))
    enough = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not enough.is_set():
                file.write(b"x")

    writing = threading.Thread(target=write)
    writing.start()
    try:
        await here.takes(path)
        await here.sees("✗ refused", "changed")
        return here.screen
    finally:
        enough.set()
        writing.join()


def flat(screen: str) -> str:
    """The right half of the screen as one line, so that wrapped sentences read on."""
    return " ".join(" ".join(row[41:] for row in screen.splitlines()).split())


def test_an_unreadable_file(seen: dict[str, str]) -> None:
    """The system's own reason, the path, and what to do; nothing was sent."""
    assert "cannot read" in flat(seen["unreadable"]) and "loop.pdf" in flat(seen["unreadable"])
    assert "Check the file, then Enter tries again." in flat(seen["unreadable"])


def test_a_vanished_file(seen: dict[str, str]) -> None:
    """There is no such file."""
    assert "there is no file" in flat(seen["vanished"]) and "check the path" in flat(seen["vanished"])


def test_a_folder(seen: dict[str, str]) -> None:
    """It is said what it is, and what is wanted."""
    assert "is a folder; give the path of a file" in flat(seen["folder"])


def test_a_growing_file(seen: dict[str, str]) -> None:
    """Its two sizes, and to wait."""
    assert "wait until it is finished and take it again" in flat(seen["growing"])


def test_an_empty_file(seen: dict[str, str]) -> None:
    """Nothing to seal."""
    assert "is empty (0 bytes); there is nothing to seal" in flat(seen["empty"])


def test_a_huge_file(seen: dict[str, str]) -> None:
    """Its size, and the limit; it is refused before a byte is read."""
    said = flat(seen["huge"])
    assert f"{MAX_UPLOAD_BYTES + 1:,} bytes, more than the {MAX_UPLOAD_BYTES:,} that F12 takes" in said


@pytest.mark.parametrize(("row", "why"), READ.items())
def test_a_document_that_cannot_be_read_is_sealed_whole(seen: dict[str, str], row: str, why: str) -> None:
    """An encrypted PDF, a corrupt one, a zip bomb, one that hangs its reader: said why, and sealed byte for byte."""
    assert why in flat(seen[row]), seen[row]
    assert "✓ SEALED" in seen[f"{row} sealed"]


def test_a_file_that_is_sealed_already(seen: dict[str, str]) -> None:
    """Its entry is named, Enter opens it, nothing new is recorded."""
    assert re.search(r"already sealed as entry \d+", flat(seen["sealed"]))
    assert "Nothing new was recorded." in flat(seen["sealed"])


# Names.


@pytest.mark.anyio
async def test_names_that_hide_or_break(shared: Computer, acme: Totebox) -> None:
    """ESC, a line break, RTL marks and bytes that are no UTF-8 in the drop folder: drawn harmlessly, sealed, still told apart."""
    raw = b"a\x1b[31m\n\xe2\x80\xaefdp\xff.md"
    beside = acme.directory / "cache" / ".arriving"
    beside.write_bytes(b"# A note without claims\n")
    os.replace(beside, os.path.join(os.fsencode(acme.drops), raw))  # noqa: PTH105, PTH118 (names as bytes)
    async with desk(shared, start="f12") as here:
        await here.sees("LINKED", "○ waiting", "a%1B[31m")
        assert "\x1b" not in here.screen and "\u202e" not in here.screen
        await here.press("enter")
        await here.answers()
        index = await here.seals()
    row = next(line for line in acme.register().splitlines() if line.startswith(f"{index},"))
    assert "a%1B[31m%0A%E2%80%AEfdp%FF.md" in row
    assert re.search(r"assets/[a-z0-9._/-]+", row)
    assert list(acme.drops.iterdir()) == []


@pytest.mark.anyio
async def test_a_name_of_300_bytes(shared: Computer, acme: Totebox) -> None:
    """Longer than any file system keeps: sealed under a shorter path, the whole name stays in the register."""
    data, name = b"# Another note without claims\n", b"n" * 297 + b".md"

    async def chunks(offset: int) -> AsyncIterator[bytes]:
        yield data[offset:]

    async with Sealer(shared).running() as sealer:
        offer = Offer(name, len(data), hashlib.sha256(data).digest())
        await sealer.confirm(await sealer.routed(offer, chunks))
        assert len(sealer.receipts) == 1
    assert name.decode() in acme.register()
    assert acme.verify().returncode == 0


# The Totebox's side.


@pytest.fixture
def small_disk(computer: Computer) -> Iterator[Path]:
    """A file system of 64 MB."""
    if os.geteuid():
        pytest.skip("needs root, to mount a small tmpfs")
    place = computer.home / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this host lets nobody mount a tmpfs")
    yield place
    computer.close()
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.anyio
async def test_a_full_disk(computer: Computer, small_disk: Path) -> None:
    """What does not fit is refused with both sizes and what to do; with room it goes through; the vault is clean."""
    acme = computer.paired("small/acme")
    paper = computer.file("big.bin", os.urandom(20 << 20))
    (small_disk / "filler").write_bytes(bytes(30 << 20))
    async with desk(computer, start="f12") as here:
        await here.takes(paper)
        await here.sees("✗ refused", "DISK_FULL")
        assert "Make room on the Totebox's host. Enter tries again; nothing is lost." in flat(here.screen)
        (small_disk / "filler").unlink()
        await here.press("enter")
        await here.answers()
        await here.seals()
    assert acme.verify().returncode == 0


@pytest.mark.anyio
async def test_two_consoles_at_the_same_document(shared: Computer, acme: Totebox) -> None:
    """The second one is told who holds it; when that one lets go, it may."""
    done = shared.totebox("pair", acme.directory, "--role", "input")
    other = shared.home / "second"
    assert shared.console("--keyring", other, "pair", done.stdout.strip()).returncode == 0
    paper = shared.file("both.md", MINUTES + b"\nBoth want it.\n")
    async with desk(shared, start="f12") as here, desk(shared, start="f12", keyring=other) as there:
        await here.takes(paper)
        await here.sees("CHART OF ACCOUNTS")
        await there.takes(paper)
        await there.sees("HELD", "is held by")
        assert "Another device works on it." in flat(there.screen)
        await here.press("escape")
        await here.until(lambda: "CHART OF ACCOUNTS" not in here.screen)
        await here.press("a")
        await here.sees("– abandoned")
        await there.press("enter")
        await there.answers()
        await there.seals()


def test_a_second_daemon_on_the_same_directory(shared: Computer, acme: Totebox) -> None:
    """It says who serves it, and touches nothing."""
    done = shared.totebox("serve", acme.directory)
    assert done.returncode == 2
    assert f"is already served at {acme.uris[0]}; use that one, or stop it first" in done.stderr


# Tickets.


def test_a_mistyped_or_used_ticket(shared: Computer, acme: Totebox) -> None:
    """Each is told apart, with what to do; none of them pairs anything."""
    ticket = shared.totebox("pair", acme.directory, "--role", "user").stdout.strip()
    ring = shared.home / "tickets"
    mistyped = ticket[:20] + ("a" if ticket[20] != "a" else "b") + ticket[21:]
    assert "mistyped" in shared.console("--keyring", ring, "pair", mistyped).stderr
    assert "cut off" in shared.console("--keyring", ring, "pair", ticket[:-5]).stderr
    assert shared.console("--keyring", shared.home / "used", "pair", ticket).returncode == 0
    assert "used" in shared.console("--keyring", ring, "pair", ticket).stderr


def test_an_expired_ticket(computer: Computer) -> None:
    """Ten minutes later, by the Totebox's journal, it opens nothing and says to ask for another."""
    acme, ticket = computer.made("acme")
    journal = acme.directory / "secret/devices/pairings"
    journal.write_text(re.sub(r'"expires_us": ?\d+', '"expires_us":1', journal.read_text("utf-8")), "utf-8")
    acme.start()
    done = computer.console("pair", ticket)
    assert done.returncode == 2 and "the ticket has expired; it lives ten minutes: ask for a new one" in done.stderr


def test_a_ticket_of_another_totebox(computer: Computer) -> None:
    """A ticket whose Totebox does not know it (its directory was made anew) is unknown, not an error of the link."""
    acme, ticket = computer.made("acme")
    acme.remove()
    acme, _ = computer.made("acme")
    acme.start()
    done = computer.console("pair", ticket)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert computer.console("pairings").stdout.startswith("no Totebox is paired")


# The programs.


def test_a_newer_format_on_disk(computer: Computer) -> None:
    """An older program touches nothing, and says that a newer one is wanted."""
    acme, _ = computer.made("acme")
    identity = acme.directory / "totebox.yaml"
    identity.chmod(0o644)
    newer = re.sub(r"^format: \d+$", "format: 99", identity.read_text(), flags=re.M)
    identity.write_text(newer)
    done = computer.totebox("serve", acme.directory)
    assert done.returncode == 2
    assert "has format 99" in done.stderr and "use a newer os-totebox. Nothing was touched" in done.stderr
    assert identity.read_text() == newer


@pytest.mark.parametrize("name", ["os-console", "os-totebox"])
def test_a_foreign_protocol_package(computer: Computer, name: str) -> None:
    """A stranger's `protocol` before ours on the path: its place is named, and what to do; status 2."""
    (computer.home / "stranger" / "protocol").mkdir(parents=True)
    (computer.home / "stranger" / "protocol" / "__init__.py").write_text("")
    environ = {**computer.environ, "PYTHONPATH": str(computer.home / "stranger")}
    done = subprocess.run([program(name), "pairings", "."], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "another package named `protocol`" in done.stderr and "stranger" in done.stderr
    assert "environment of its own" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.anyio
async def test_a_terminal_of_60_by_20(shared: Computer, acme: Totebox) -> None:
    """Every pane opens and is usable: a document goes through F12, and is read at F5."""
    async with desk(shared, width=60, height=20, start="f8") as here:
        await here.sees("LINKED")
        for key, title in FKEYS.items():
            await here.goes_to(key, title)
            assert len(here.rows) == 20 and not any(len(row) > 60 for row in here.rows), here.screen
        await here.keeps(shared.file("narrow.md", b"# Narrow\n\nA narrow terminal of Jane Doe <jane@doe.example>.\n"))
        await here.goes_to("f5", "narrow.md")
        await here.press("g", "enter")
        await here.sees("A narrow terminal of Jane Doe")


def test_nothing_was_lost(seen: dict[str, str], acme: Totebox) -> None:
    """After all of it the vault is clean, and staging is empty."""
    assert acme.verify().returncode == 0
    assert list((acme.directory / "cache" / "intake").iterdir()) == []
