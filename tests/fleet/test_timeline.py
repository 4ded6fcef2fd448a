"""The events of all Toteboxes in one list."""

from benchmarks.simulated_fleet import SimulatedFleet
from console.cartridges.system.rows import event_rows
from console.fleet.timeline import MOST, Happenings
from console.model.events import HeadChecked, LinkUp
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema.numbers import Severity


def test_events_are_merged_newest_first_and_taken_once() -> None:
    """Events of several Toteboxes stand in one order; what was read is not read again."""
    fleet, model, seen = SimulatedFleet(2), Model(), Happenings()
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    for at, number in enumerate((0, 1, 0), 1):
        model = reduce(model, fleet.event(number, Severity.INFO, f"event {at}", float(at)))
    assert seen.absorb(model.toteboxes.values())
    assert [(row.cells[3], row.cells[5]) for row in seen.rows()] == [
        ("acme-000", "event 3"),
        ("birch-001", "event 2"),
        ("acme-000", "event 1"),
    ]
    assert not seen.absorb(model.toteboxes.values())


def test_what_happened_to_a_totebox_that_is_not_heard_is_grey() -> None:
    """Of two Toteboxes the one that is stale has grey rows; an alarm that this console raised stays red."""
    fleet, model, seen = SimulatedFleet(2), Model(), Happenings()
    alarm = HeadChecked(fleet.id(0), False, 3, bytes(32), b"", "the log forked", 3.0)
    told = [fleet.event(number, Severity.ALARM, f"fault {number}", float(number)) for number in (0, 1)]
    for event in (*fleet.beginning(0.0), *told, alarm):
        model = reduce(model, event)
    seen.absorb(model.toteboxes.values())
    tones = {str(row.cells[5]).partition(" (")[0]: row.tone for row in seen.rows({fleet.id(0)})}
    assert tones == {"fault 0": "stale", "fault 1": "bad", "record log: the log forked": "bad"}
    assert "stale" not in {row.tone for row in seen.rows()}


def test_the_list_is_bounded() -> None:
    """A Totebox that floods pushes out the oldest, not the memory."""
    fleet, model, seen = SimulatedFleet(1), Model(), Happenings()
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    for at in range(MOST + 50):
        model = reduce(model, fleet.event(0, Severity.ALARM, str(at), float(at)))
        if at % 100 == 0:
            seen.absorb(model.toteboxes.values())
    seen.absorb(model.toteboxes.values())
    assert len(seen.rows()) == MOST
    assert seen.rows()[0].cells[5] == str(MOST + 49)


def test_a_loss_and_the_return_are_happenings() -> None:
    """A link that is lost and found has two lines, with the time, the Totebox and the words; tries in between have none."""
    fleet, model, seen = SimulatedFleet(2), Model(), Happenings()
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    back = LinkUp(fleet.id(1), fleet.bound(1), "unix", 9.0)
    for event in (*(fleet.lost(1, at, "nobody listens") for at in (2.0, 3.0, 5.0)), back):
        model = reduce(model, event, 1_790_000_000_000_000 + int(event.at * 1e6))
    seen.absorb(model.toteboxes.values())
    assert [tuple(map(str, row.cells[1:])) for row in seen.rows()] == [
        ("2026-09-21T14:13:29.000000Z", "notice", "birch-001", "console", "linked again after 7s"),
        (
            "2026-09-21T14:13:22.000000Z",
            "warning",
            "birch-001",
            "console",
            "the link is lost: nobody listens (it is dialed again by itself)",
        ),
    ]


def test_events_have_one_order_here_and_at_f11() -> None:
    """What is told late of an earlier time stands at that time, in both lists; of one time the one that came last is first."""
    model, seen = Model(), Happenings()
    fleet = SimulatedFleet(1)
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    for at, text in ((2.0, "second"), (1.0, "first"), (2.0, "second again"), (3.0, "third")):
        model = reduce(model, fleet.event(0, Severity.INFO, text, at))
        seen.absorb(model.toteboxes.values())
    wanted = ["third", "second again", "second", "first"]
    assert [row.cells[5] for row in seen.rows()] == wanted
    assert [row.cells[3] for row in event_rows(model.toteboxes[fleet.id(0)].events)] == wanted
