"""F10 on Toteboxes that are damaged, forked or rolled back."""

from collections.abc import Iterable

import pytest

from benchmarks.simulated_fleet import START_US, SimulatedFleet
from console.chassis import banner
from console.chassis.finding import FindingDialog
from console.fleet.condition import BROKEN, Condition, condition_of, trouble_rank, why
from console.fleet.detail import detail
from console.fleet.grid import COLUMNS, PLACES, Grid
from console.model.cells import draw
from console.model.contradiction import Break, Contradiction
from console.model.events import Contradicted, Echo, Event, Heard
from console.model.integrity import findings
from console.model.reduce import reduce
from console.model.state import Model, ToteboxState
from protocol.schema import ColumnKind, Cosigned, Cursor, Found, IntegrityBody, Telemetry
from protocol.schema.numbers import Log, Scope, Verdict
from protocol.wire.codec import encode_body
from tests.fleet.test_screen import Desk

FLEET = SimulatedFleet(3)
MINUTE_US = 60_000_000
SHA = "sha256 " + "ab" * 32
DEED = Found(
    "damage",
    "assets/minutebook/000012-the-deed.pdf",
    12,
    4_096,
    SHA,
    "sha256 " + "0b" * 32,
    "restore this file from a copy",
)
COSIGNED = Cosigned(Log.RECORDS, 60, "front-desk", START_US - 60 * MINUTE_US)


def verified(*found: Found, total: int = -1, ago_us: int = 14 * MINUTE_US) -> IntegrityBody:
    verdict = Verdict.FINDINGS if found or total > 0 else Verdict.CLEAN
    count = len(found) if total < 0 else total
    return IntegrityBody(START_US - ago_us, "SHA256:desk", Scope.FULL, verdict, count, found, 231, COSIGNED)


def told(number: int, body: IntegrityBody, at: float = 1.0) -> Event:
    topic, data = encode_body(body)
    return Heard(FLEET.id(number), Telemetry(topic, Cursor(bytes(8), 1), START_US, data), at)


def forked(number: int, broken: Break = Break.FORKED) -> Event:
    held = Contradiction(Log.RECORDS, broken, "does not extend what was seen", START_US, b"seen", b"shown")
    return Contradicted(FLEET.id(number), (held,), 1.0)


def after(events: Iterable[Event]) -> Model:
    model = Model()
    for event in [*FLEET.beginning(0.0), *events]:
        model = reduce(model, event)
    return model


def box(*events: Event) -> ToteboxState:
    return after(events).toteboxes[FLEET.id(0)]


def test_a_finding_makes_it_damaged() -> None:
    """Linked, echoing and writing as it is, it is not up; the reason names the entry."""
    damaged = box(told(0, verified(DEED)))
    assert condition_of(damaged, 1.0) is Condition.DAMAGED
    assert why(damaged, Condition.DAMAGED, 1.0).startswith("entry 12: sha256 0b")


def test_a_clean_full_verification_heals_it() -> None:
    """Then it is up again."""
    assert condition_of(box(told(0, verified(DEED)), told(0, verified())), 1.0) is Condition.UP


def test_what_is_lost_stays_damaged_and_says_both() -> None:
    """The link of a damaged Totebox is gone: it is damaged, and the reason says that it is away as well."""
    lost = box(told(0, verified(DEED)), FLEET.lost(0, 2.0))
    assert condition_of(lost, 9.0) is Condition.DAMAGED
    assert "no answer for 3 s" in why(lost, Condition.DAMAGED, 9.0)


@pytest.mark.parametrize(
    ("broken", "condition"), [(Break.FORKED, Condition.FORKED), (Break.ROLLED_BACK, Condition.ROLLED_BACK)]
)
def test_what_this_console_proved_outranks_a_verdict(broken: Break, condition: Condition) -> None:
    """A Totebox that says it is clean is forked all the same, until the contradiction is cleared."""
    assert condition_of(box(told(0, verified()), forked(0, broken)), 1.0) is condition
    cleared = box(told(0, verified()), forked(0, broken), Contradicted(FLEET.id(0), (), 2.0))
    assert condition_of(cleared, 2.0) is Condition.UP


def test_rows_of_an_older_make_say_what_to_do() -> None:
    """A number without details."""
    older = box(told(0, verified(total=3)))
    assert why(older, Condition.DAMAGED, 1.0) == "3 findings"
    [shown] = findings(older)
    assert shown.remedy == "verify again for details: F11, v"


def test_broken_ones_rank_before_all_others() -> None:
    """Forked, rolled back, damaged, then whatever else."""
    ranks = {each: number for number, each in enumerate(Condition)}
    assert sorted(ranks, key=lambda each: ranks[each])[:3] == [
        Condition.FORKED,
        Condition.ROLLED_BACK,
        Condition.DAMAGED,
    ]
    down = box(FLEET.lost(0, 2.0))
    damaged = box(told(0, verified(DEED)))
    assert trouble_rank(damaged, 2.0) < trouble_rank(down, 2.0)


def test_its_row_says_when_it_was_verified_and_cosigned() -> None:
    """The verdict's mark stands before the age."""
    model = after([told(0, verified(DEED)), told(1, verified(ago_us=3 * 86_400_000_000))])
    rows = Grid().rows(model.toteboxes.values(), 1.0, START_US)
    texts = {row.id: [str(draw(cell, kind)) for cell, kind in zip(row.cells, kinds(), strict=True)] for row in rows}
    assert rows[0].stands_first and rows[0].cells[PLACES["state"]] == "DAMAGED"
    assert texts[FLEET.id(0)][PLACES["verified"]] == "✗ 10m" and texts[FLEET.id(0)][PLACES["cosigned"]] == "1h"
    assert texts[FLEET.id(1)][PLACES["verified"]] == "✓ 3d"


def kinds() -> list[ColumnKind]:
    return [column.kind for column in COLUMNS]


def test_times_of_any_clock_are_drawn() -> None:
    """A verification in the year 586524 is one of just now."""
    wild = IntegrityBody(2**64 - 1, "x", Scope.FULL, Verdict.CLEAN, 0, (), 2**64 - 1, None)
    model = after([told(0, wild)])
    Grid().rows(model.toteboxes.values(), 1.0, START_US)
    assert "just now" in " ".join(entry.text for entry in detail(model.toteboxes[FLEET.id(0)], 1.0, START_US, True))


def test_the_banner_is_red_for_any_of_the_fleet() -> None:
    """Whichever Totebox is active; text of the vault draws nothing by itself."""
    wicked = Found("damage", "a\x1b[2J\u202egpj.exe", None, None, "x", "\x1b]0;y\x07", "z")
    text, kind = banner.describe(after([told(2, verified(wicked))]), 1.0)
    assert kind == "-alarm" and "DAMAGED" in text and "\x1b" not in text and "\u202e" not in text
    assert banner.describe(after([told(2, verified())]), 1.0) == ("", "")


@pytest.mark.anyio
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_enter_opens_the_finding_in_full(size: tuple[int, int]) -> None:
    """Path, entry, offset, expected, found and remedy, all of it on the screen."""
    desk = Desk(SimulatedFleet(3), size)
    async with desk.open() as pilot:
        desk.say(told(2, verified(DEED)))
        await desk.moves(pilot, 4.0)
        assert desk.states[0][1] == "DAMAGED"
        desk.pane.table.select(FLEET.id(2))
        await pilot.press("enter")
        await pilot.pause()
        shown = desk.app.screen
        assert isinstance(shown, FindingDialog)
        region = shown.query_one(".dialog--text").region
        assert region.bottom <= size[1] and region.right <= size[0]
        text = str(shown.query_one(".dialog--text").render())
        for part in (DEED.path, "4,096", DEED.expected, DEED.found, DEED.remedy, "12"):
            assert part in text, part


@pytest.mark.anyio
@pytest.mark.parametrize("column", ["name", "tree_size", "verified", "state"])
async def test_it_comes_first_in_every_sort(column: str) -> None:
    """Sorted by whatever, in either direction."""
    desk = Desk(SimulatedFleet(3), (200, 60))
    async with desk.open() as pilot:
        desk.say(told(1, verified(DEED)))
        await desk.moves(pilot, 4.0)
        for descending in (False, True):
            desk.pane.table.sort_by(column, descending=descending)
            assert desk.states[0][1] == "DAMAGED"


def test_every_state_of_breakage_is_red() -> None:
    """And says so by its word."""
    assert {each.tone for each in BROKEN} == {"bad"} and all(each.word.isupper() for each in BROKEN)


@pytest.mark.parametrize("broken", list(Break))
def test_the_row_of_a_broken_one_that_is_not_heard_is_grey(broken: Break) -> None:
    """Its figures are grey while its link is lost; its state stands, and stays red."""
    heard = box(told(0, verified()), forked(0, broken), Echo(FLEET.id(0), 1.0, 1.0))
    lost = reduce(Model({heard.id: heard}), FLEET.lost(0, 2.0)).toteboxes[heard.id]
    (before,), (after,) = Grid().rows([heard], 1.5, START_US), Grid().rows([lost], 2.5, START_US)
    assert (before.tone, after.tone) == ("", "stale")
    assert (before.tones[PLACES["verified"]], after.tones[PLACES["verified"]]) == ("good", "")
    assert after.tones[PLACES["state"]] == "bad"
