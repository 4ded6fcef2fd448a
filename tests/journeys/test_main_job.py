"""The main job, end to end: init, serve, pair; documents through F12; what F5, F2, F8, F11 and F10 then show.

The tests of this file share one Totebox: each seals what it needs, and none minds what the others sealed.
"""

import asyncio
import hashlib
import re
from pathlib import Path

import pytest

from tests.journeys.computer import Computer, Totebox
from tests.journeys.desk import Desk, desk
from tests.journeys.papers import CORRECTED, MINUTES, papers

pytestmark = pytest.mark.anyio
VERDICTS = ("signed checkpoint ✓", "inclusion proof   ✓", "register row      ✓", "SHA-256           ✓")


@pytest.fixture(scope="module")
def acme(shared: Computer) -> Totebox:
    """Init, serve, pair: as a person types them."""
    return shared.paired("acme")


def yes_but_dates(attribute: str, value: str) -> str:
    """A careful person: no to dates, skips amounts, yes to the rest."""
    return {"date": "n", "amount": "s"}.get(attribute, "y")


def sealed_bytes(totebox: Totebox, index: int) -> bytes:
    """What lies in the vault for one entry, found as an auditor would: through the register."""
    row = next(line for line in totebox.register().splitlines() if line.startswith(f"{index},"))
    found = re.search(r"assets/[a-z0-9._/-]+", row)
    assert found is not None
    return (totebox.directory / found[0]).read_bytes()


async def minutes(here: Desk, shared: Computer, name: str, text: bytes = b"") -> int:
    """Board minutes that differ by their last line, sealed with every claim approved."""
    return await here.keeps(shared.file(name, MINUTES + text))


async def test_every_kind_of_document_goes_through_the_five_steps(shared: Computer, acme: Totebox) -> None:
    """PDF, DOCX, XLSX, EML, Markdown and CSV by path: each ends in a receipt that the console verified itself."""
    async with desk(shared, start="f12") as here:
        await here.sees("LINKED")
        for name, data in papers().items():
            await here.takes(shared.file(name, data))
            claims = await here.answers(yes_but_dates)
            index = await here.seals()
            assert claims >= 1, f"{name}: nothing was found to ask about\n{here.screen}"
            await here.sees(f"SEALED  {name} is entry {index}", *VERDICTS)
            assert "✗" not in "".join(row[40:] for row in here.rows), here.screen
            assert sealed_bytes(acme, index) == data


async def test_a_dropped_file_leaves_its_folder_when_it_is_a_record(shared: Computer, acme: Totebox) -> None:
    """A file in `app-console-input/` joins the queue by itself, is listed once, and is gone from the folder once sealed."""
    dropped = acme.drop("dropped.md", b"# Dropped\n\nFrom Ole Brandt <ole@brandt.example>\n")
    async with desk(shared, start="f12") as here:
        await here.sees("LINKED", "○ waiting", "dropped.md")
        await here.press("enter")
        await here.answers()
        assert [item.name for item in here.tray.queue] == ["dropped.md"]
        assert dropped.exists(), "it left before it was a record"
        index = await here.seals()
        assert sealed_bytes(acme, index).startswith(b"# Dropped")
        assert not dropped.exists()
        await here.until(lambda: [item.place.value for item in here.tray.queue] == ["sealed"])


async def test_a_document_is_found_read_proved_saved_and_corrected(shared: Computer, acme: Totebox) -> None:
    """F5: full text, text, proof, history, the original byte for byte, and a correction that supersedes it."""
    async with desk(shared, start="f12") as here:
        index = await minutes(here, shared, "board.md", b"\nThe lighthouse stays lit.\n")
        await here.goes_to("f5", "MINUTEBOOK", "board.md")
        await here.press("f", *"lighthouse", "enter")
        await here.sees("FOUND 'lighthouse'", "The ‹lighthouse›")
        await here.press("enter")
        await here.sees("TEXT", "The lighthouse stays lit.")
        await here.press("p")
        await here.sees("PROOF", f"entry {index}")
        await here.until(lambda: "✓" in here.screen and "✗" not in here.screen, what="the proof's verdict")
        await here.press("h")
        await here.sees("HISTORY", "original", "text", "claim")
        await saves(here, shared.home / "saved.md", MINUTES + b"\nThe lighthouse stays lit.\n")
        await corrects(here, shared.file("board-2.md", CORRECTED), index)


async def saves(here: Desk, target: Path, data: bytes) -> None:
    """w and a path: the bytes are held against the proven entry before the file gets its name."""
    await here.press("w")
    await here.sees("/board.md")
    await here.press("ctrl+u")
    await here.paste(str(target))
    await here.until(lambda: here.app.focused is not None and str(target) in getattr(here.app.focused, "value", ""))
    await here.press("enter")
    await here.sees("byte for byte")
    assert target.read_bytes() == data


async def corrects(here: Desk, better: Path, index: int) -> None:
    """c leads to F12; the new version supersedes the old one, which stays."""
    await here.press("c")
    await here.sees(f"CORRECTION of entry {index}")
    await here.paste(str(better))
    await here.until(lambda: here.pane.under_cursor and here.pane.under_cursor.path == str(better))  # type: ignore[attr-defined]
    await here.press("enter")
    await here.answers()
    newer = await here.seals()
    await here.press("o")
    await here.sees(f"supersedes entry {index}", "the lighthouse budget")
    await here.press("escape")
    if here.pane.words:  # type: ignore[attr-defined]
        await here.press("escape")
    await here.press("v")
    await here.sees("EVERY VERSION", "v1 old", "v2")
    assert newer > index


async def test_a_claim_leads_to_the_line_that_says_so(shared: Computer, acme: Totebox) -> None:
    """F2: an approved name, its claim, and from there the very line in the document."""
    async with desk(shared, start="f12") as here:
        await minutes(here, shared, "claims.md", b"\nWitness: Ms Irja Halonen, irja.halonen@acme.example\n")
        await here.goes_to("f2", "PEOPLE", "Irja Halonen")
        await here.press("f", *"irja", "enter")
        await here.sees("FOUND 'irja'")
        await here.press("enter")
        await here.sees("CLAIMS", "✓ verified", "Witness: Ms Irja Halonen")
        await here.press("enter")
        await here.sees("F5 MINUTEBOOK", "TEXT", "Witness: Ms Irja Halonen")
        cited = next(row for row in here.rows if "Witness: Ms Irja Halonen" in row)
        assert re.search(r"\b7\b", cited), f"the cited line is not marked with its number:\n{here.screen}"


async def test_the_ledger_shows_every_command_and_decision_live(shared: Computer, acme: Totebox) -> None:
    """F8: approvals, rejections and the sealing, as they happen elsewhere; filtered; a row proved."""
    async with desk(shared, start="f12") as here:
        await here.takes(shared.file("ledger.md", MINUTES + b"\nFor the ledger.\n"))
        claims = await here.answers(yes_but_dates)
        await here.seals()
        await here.goes_to("f8", "COMMAND LEDGER", "RECORD_VERIFIED", "RECORD_REJECTED", "APPROVED")
        assert claims >= 3
        issued = await asyncio.to_thread(shared.totebox, "pair", acme.directory, "--role", "user", "--label", "auditor")
        assert issued.returncode == 0, issued.stderr
        await here.sees("USER ticket issued")
        await here.press("slash", *"kind", "equals_sign", *"RECORD_REJECTED", "enter")
        await here.sees("RECORD_REJECTED")
        listed = [row for row in here.rows if re.match(r".\s+\d+ \d\d:\d\d:", row)]
        assert listed and all("RECORD_REJECTED" in row for row in listed), here.screen
        await here.press("enter")
        await here.sees("PROVED BY THIS CONSOLE", "the checkpoint is signed by")


async def test_the_state_is_live_and_pairings_are_issued_and_revoked(shared: Computer, acme: Totebox) -> None:
    """F11: figures of the present, a ticket as text that pairs another device, and its end within a second."""
    async with desk(shared, start="f11") as here:
        await here.sees("LINKED", "root", "✓ consistent", "enforced", "mem", "disk", "● running")
        size = here.totebox.status.tree_size if here.totebox.status else 0
        assert re.search(rf"records +{size:,} +root", here.screen)
        await here.press("n")
        await here.sees("NEW PAIRING", "What may the other device do?")
        await here.press("enter")
        await here.sees("PAIRING TICKET", "psp://", "os-console pair TICKET", "▀")
        await here.press("y", "escape")
        ticket = here.app.clipboard
        other = shared.home / "other"
        done = await asyncio.to_thread(shared.console, "--keyring", other, "pair", ticket, "--name", "elsewhere")
        assert done.returncode == 0, done.stderr + ticket
        assert "INPUT" in done.stdout
        await here.press("2")
        await here.until(lambda: here.screen.count("● paired") == 2, what="the other device")
        await here.until(lambda: here.app.focused is not None and here.app.focused.id == "system-pairings")
        await revokes(here)
        refused = await asyncio.to_thread(shared.console, "--keyring", other, "run", "status", "--timeout", "60")
        assert refused.returncode != 0
        assert "revoked" in refused.stderr + refused.stdout


async def revokes(here: Desk) -> None:
    """The device that is not this one; the dialog's first choice is Cancel."""
    pairings = here.pane.query_one("#system-pairings")
    own = here.app.desk.fingerprint()
    other = next(each for each in pairings.shown_ids if each != own)  # type: ignore[attr-defined]
    pairings.select(other)  # type: ignore[attr-defined]
    await here.press("x")
    await here.sees("CONFIRM", "Cancel", "End this pairing?")
    await here.press("enter")
    await here.misses("End this pairing?")
    assert here.screen.count("● paired") == 2
    await here.press("x")
    await here.sees("End this pairing?")
    await here.press("right", "enter")
    await here.sees("revoked; audit row")
    await here.until(lambda: here.screen.count("● paired") == 1, what="the end of the pairing")


async def test_the_fleet_lists_all_and_enter_activates_one(shared: Computer, acme: Totebox) -> None:
    """F10: two Toteboxes with their state; Enter on the other one makes it the one that the keys address."""
    shared.paired("birch", "Birch Household", "household")
    async with desk(shared) as here:
        await here.sees("F10 FLEET", "acme", "birch")
        await here.until(lambda: here.screen.count("● up") >= 2, what="both up")
        table = here.pane.query_one("#fleet-table")
        other = next(each for each in here.app.ledger.toteboxes.values() if each.id != here.app.ledger.active)
        while table.cursor_id != other.id:  # type: ignore[attr-defined]
            await here.press("j" if table.shown_ids.index(other.id) else "k")  # type: ignore[attr-defined]
        await here.press("enter")
        await here.sees("F8 LEDGER", other.entity)
        assert here.app.ledger.active == other.id
        await here.goes_to("f10", "F10 FLEET", "(active)")


async def test_what_was_sealed_verifies_from_its_bytes(shared: Computer, acme: Totebox) -> None:
    """After all of it the vault is clean, on a live daemon, and each register row has the hash of its bytes."""
    async with desk(shared, start="f12") as here:
        index = await minutes(here, shared, "last.md", b"\nThe last ones.\n")
    done = acme.verify()
    assert done.returncode == 0, done.stdout + done.stderr
    row = next(line for line in acme.register().splitlines() if line.startswith(f"{index},"))
    assert hashlib.sha256(sealed_bytes(acme, index)).hexdigest() in row
