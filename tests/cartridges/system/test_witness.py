"""F11: roles that need a key in hardware, and heads that this console cosigns."""

import pytest

from console.chassis.dialog import ConfirmDialog
from console.model.events import HeadChecked
from protocol.schema import Cosign, PairRequire, Refusal
from protocol.schema.numbers import Log, RefusalCode, Role
from protocol.trust.cosignature import parse_witness_key, verify_cosignature
from tests.cartridges.system.test_trust import listed, on_pairings, trusted
from tests.chassis.declared import declared
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio
NAMES = ("fingerprint", "label", "role", "provider", "state", "granted", "ended", "sessions", "agent", "words")


def required(box: FakeTotebox) -> None:
    """ADMIN needs keys in hardware, USER does not; one of each is paired, the USER's key is not marked."""
    trusted(box)
    rows = (
        ("SHA256:a", "desk", "ADMIN", "agent", "paired", None, None, 1, "", "", True, True, b""),
        ("SHA256:u", "tablet", "USER", "file", "paired", None, None, 1, "", "", False, False, b""),
    )
    box.tables["gate.pairings"] = declared("gate.pairings", (*NAMES, "hardware", "required", "key"), rows)


async def test_a_role_is_made_to_need_hardware() -> None:
    """r lists the roles with what they need; the question says whose sessions end, and Cancel is its default."""
    async with stage(120, 40, start="f11", furnished=required) as it:
        await it.wait(lambda: listed(it, "pairings").row_count == 2)
        await it.press("r")
        (admin,) = (row for row in it.rows if "ADMIN" in row and "1 paired" in row)
        (user,) = (row for row in it.rows if "USER" in row and "1 paired" in row)
        assert "▣ a key in hardware" in admin and "1 marked" in admin
        assert "any key" in user and "0 marked" in user and "not told: nobody has it" in it.screen
        await it.press("j", "j", "enter")
        assert isinstance(it.app.screen, ConfirmDialog) and "1 paired without one" in it.screen
        await it.press("enter")
        assert not [asked for asked in it.box.asked if isinstance(asked, PairRequire)]
        await it.press("r", "j", "j", "enter", "right", "enter")
        await it.wait(lambda: PairRequire(Role.USER, True) in it.box.asked)
        await it.wait(lambda: "required; audit row" in it.screen)


async def test_a_requirement_is_taken_back() -> None:
    """The role that needs hardware needs none after a second confirmed r."""
    async with stage(80, 24, start="f11", furnished=required) as it:
        await it.wait(lambda: listed(it, "pairings").row_count == 2)
        await it.press("r", "enter")
        assert "Any key will do for ADMIN?" in it.screen
        await it.press("right", "enter")
        await it.wait(lambda: PairRequire(Role.ADMIN, False) in it.box.asked)


async def test_a_role_that_nobody_has_can_be_told_either_way() -> None:
    """h and a say what it needs, whatever it needed."""
    async with stage(120, 40, start="f11", furnished=required) as it:
        await it.wait(lambda: listed(it, "pairings").row_count == 2)
        for key, hardware in (("h", True), ("a", False)):
            await it.press("r", "j", "j", "j", key, "right", "enter")
            await it.wait(lambda hardware=hardware: PairRequire(Role.INTERFACE, hardware) in it.box.asked)


async def test_before_the_pairings_are_told_nothing_is_required() -> None:
    """The command says what it waits for."""

    def quiet(box: FakeTotebox) -> None:
        trusted(box)
        del box.tables["gate.pairings"]

    async with stage(120, 40, start="f11", furnished=quiet) as it:
        await it.press("r")
        assert "who is paired was not told yet" in it.screen


async def test_both_heads_are_cosigned_and_stand_in_the_facts() -> None:
    """o hands both back with a witness's line; the facts say up to where this console vouched."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await it.press("o")
        await it.wait(lambda: "heads cosigned; audit row" in it.screen)
        kept = [asked for asked in it.box.asked if isinstance(asked, Cosign)]
        assert [asked.log for asked in kept] == [Log.RECORDS, Log.AUDIT]
        for asked in kept:
            verify_cosignature(asked.note, parse_witness_key(asked.vkey))
        await it.settle()
        assert "cosigned by this console at 1" in it.screen


async def test_what_is_refused_is_said() -> None:
    """A vault that takes no writes keeps no cosignature."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        it.box.refuse["Cosign"] = Refusal(0, RefusalCode.READ_ONLY, "the vault takes no writes", "")
        await it.press("o")
        await it.wait(lambda: "the vault takes no writes" in it.screen)
        assert "heads cosigned" not in it.screen


async def test_a_log_that_raised_the_alarm_is_not_cosigned() -> None:
    """Nothing is sent; the command says why."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        head = it.box.records.head
        it.box.emit(HeadChecked(it.box.id, False, 3, head.root, it.box.records.note, "the log forked", 0.0))
        await it.settle()
        await on_pairings(it, "o")
        assert "vouches for no log that raised the alarm" in it.screen
        assert not [asked for asked in it.box.asked if isinstance(asked, Cosign)]
