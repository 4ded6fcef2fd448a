"""What the fleet screen says of one Totebox."""

from benchmarks.simulated_fleet import START_US, SimulatedFleet
from console.fleet.detail import detail, pulse_lines
from console.fleet.pulse import Pulse
from console.fleet.sheet import SheetLine, wrapped
from console.model.events import Echo, Event, HeadChecked
from console.model.reduce import reduce
from console.model.state import Model

FLEET = SimulatedFleet(2)


def model(*events: Event) -> Model:
    folded = Model()
    for event in [*FLEET.beginning(0.0), *events]:
        folded = reduce(folded, event)
    return folded


def said(entries: list[SheetLine], label: str) -> list[str]:
    return [entry.text for entry in entries if entry.label == label]


def test_nothing_paired_says_how_to_pair() -> None:
    """Without a Totebox the sheet says what to do."""
    assert said(detail(None, 0.0, START_US, False), "pair one") == ["os-console pair TICKET"]


def test_a_lost_one_says_why_when_next_and_what_was_last_heard() -> None:
    """A Totebox that is down keeps its figures, marked as last heard, with the retry clock."""
    known = model(Echo(FLEET.id(0), 1.0, 1.0), FLEET.lost(0, 4.0))
    entries = detail(known.toteboxes[FLEET.id(0)], 5.0, START_US, True)
    assert said(entries, "state") == ["○ down: no answer for 3 s, last alive just now"]
    assert said(entries, "next try") == ["in 4 s, number 2"]
    assert SheetLine("", "FIGURES, AS LAST HEARD", "title") in entries
    assert said(entries, "name here") == ["acme-000  (active)"]


def test_what_this_console_proved_is_told_apart() -> None:
    """Checked heads stand under a heading of their own; an alarm is said in full."""
    bad = HeadChecked(FLEET.id(0), True, 3, bytes(32), b"", "older than what was seen", 1.0)
    good = HeadChecked(FLEET.id(0), False, 7, bytes(32), b"", "", 1.0)
    entries = detail(model(good, bad).toteboxes[FLEET.id(0)], 1.0, START_US, False)
    assert said(entries, "records") == ["consistent with what was seen, up to 7"]
    assert said(entries, "audit") == ["older than what was seen"]


def test_the_pulse_names_the_silent() -> None:
    """Who was heard is counted, who was not is named."""
    known = model(Echo(FLEET.id(0), 50.0, 50.0))
    entries = pulse_lines(known, Pulse(), None, 51.0, 60)
    assert said(entries, "heard") == ["1 of 2 within 3 s"]
    assert said(entries, "silent") == ["birch-001, last echo <1m ago"]


def test_long_text_is_wrapped_and_foreign_text_made_fit() -> None:
    """No line is wider than the sheet, nothing is cut, and no control character is drawn."""
    lines = wrapped(SheetLine("why", "a\x1b[31m " + "word " * 30), 40)
    texts = ["".join(part for _, part in line) for line in lines]
    assert all(len(text) <= 40 for text in texts)
    assert "".join(texts).count("word") == 30
    assert "\x1b" not in "".join(texts)


def test_what_is_not_heard_is_grey() -> None:
    """Figures and proofs of a lost link are grey, and so is its pulse; its state says how the link is now and keeps its colour."""
    checked = HeadChecked(FLEET.id(0), False, 12, bytes(32), b"", "", 1.0)
    lost = model(checked, FLEET.lost(0, 2.0))
    totebox = lost.toteboxes[FLEET.id(0)]
    tones = {entry.label: entry.tone for entry in detail(totebox, 3.0, START_US, False)}
    assert (tones["entries"], tones["records"], tones["state"]) == ("stale", "stale", "warn")
    pulse = {entry.label: entry.tone for entry in pulse_lines(lost, Pulse(), totebox, 3.0, 40)}
    assert pulse["this one"] == "stale"
