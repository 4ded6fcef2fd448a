"""F11 on a Totebox that is damaged: what it shows by itself, and what Enter reads."""

import pytest

from console.chassis.finding import FindingDialog
from console.chassis.table import LedgerTable
from protocol.schema import Cosigned, Found, IntegrityBody
from protocol.schema.numbers import Log, Scope, Verdict
from tests.chassis.fake_totebox import NOW_US
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
HOUR_US = 3_600_000_000
SHA = "sha256 " + "ab" * 32
DEED = Found("damage", "assets/minutebook/000012-deed.pdf", 12, 4_096, SHA, "sha256 " + "0b" * 32, "restore this file")
WORDS = Found("foreign", "assets/a\x1b[2J\u202egpj.exe", None, None, "nothing", "\x1b]0;owned\x07", "move it elsewhere")


def verdict(*found: Found, total: int = -1) -> IntegrityBody:
    word = Verdict.FINDINGS if found or total > 0 else Verdict.CLEAN
    count = len(found) if total < 0 else total
    vouched = Cosigned(Log.RECORDS, 12, "front-desk", NOW_US - HOUR_US)
    return IntegrityBody(NOW_US - 2 * HOUR_US, "SHA256:desk", Scope.FULL, word, count, found, 38, vouched)


def findings(it: Stage) -> LedgerTable:
    return it.app.query_one("#system-findings", LedgerTable)


async def test_a_damaged_totebox_shows_its_findings_by_itself() -> None:
    """Nobody verified from here: banner, status line, verdict and list say it; a clean verification takes all of it away."""
    async with stage(120, 36, start="f11") as it:
        it.box.tell(verdict(DEED, WORDS))
        await it.settle()
        assert findings(it).display and findings(it).row_count == 2
        assert "✗ DAMAGED" in it.rows[1] and "✗ DAMAGED" in it.rows[-1]
        assert "✗ 2 findings 1h ago" in it.screen and "front-desk 55m ago" in it.screen
        assert "\x1b" not in it.screen and "\u202e" not in it.screen
        it.box.tell(verdict())
        await it.settle()
        assert findings(it).row_count == 0 and "DAMAGED" not in it.screen and "✓ clean 1h ago" in it.screen


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_enter_reads_a_finding_in_full(size: tuple[int, int]) -> None:
    """Path, entry, offset, expected, found and remedy, within the screen; n turns to the next."""
    async with stage(*size, start="f11") as it:
        it.box.tell(verdict(DEED, WORDS))
        await it.settle()
        await it.press("4", "enter")
        assert isinstance(it.app.screen, FindingDialog)
        text = it.app.screen.query_one(".dialog--text")
        assert text.region.bottom < size[1] and text.region.right <= size[0]
        said = str(text.render())
        assert all(
            part in said for part in (DEED.path, "12", "4,096", DEED.expected, DEED.found, DEED.remedy, "1 of 2")
        )
        await it.press("n")
        assert "2 of 2" in str(it.app.screen.query_one(".dialog--text").render())
        assert "\x1b" not in it.screen and "\u202e" not in it.screen


@pytest.mark.parametrize("size", [(60, 20), (120, 36), (200, 60)])
async def test_a_finding_is_wrapped_and_never_cut(size: tuple[int, int]) -> None:
    """Path, what was found and what to do stand whole under each other; they are one row, to the cursor, a filter and the count."""
    async with stage(*size, start="f11") as it:
        it.box.tell(verdict(DEED, WORDS))
        await it.settle()
        await it.press("4")
        table = findings(it)
        top = table.region.y
        drawn = it.rows[top : table.region.bottom]
        said = "".join(row.replace("▌", " ").strip().removeprefix("✗ damage").strip() for row in drawn).replace(" ", "")
        assert all(part.replace(" ", "") in said for part in (DEED.path, "byte 4,096", DEED.found, DEED.remedy))
        assert "…" not in "".join(drawn[2:]) and table.row_count == 2 and "FINDINGS  2" in drawn[0]
        await it.press("j")
        assert table.cursor_id == 1
        await it.press("k", "slash", *"restore", "enter")
        assert table.shown_ids == [0] and table.exported()[1][0][2].endswith(DEED.remedy)


async def test_rows_of_an_older_make_say_verify_again() -> None:
    """A number without details."""
    async with stage(120, 36, start="f11") as it:
        it.box.tell(verdict(total=3))
        await it.settle()
        assert findings(it).row_count == 1 and "3 findings" in it.screen
        await it.press("4", "enter")
        assert "verify again for details" in str(it.app.screen.query_one(".dialog--text").render())
