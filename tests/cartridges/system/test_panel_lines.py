"""The panels of F11 as lines: what goes first where there is no room, titles, gauges, and a ticket at every size."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from console.cartridges.system.facts import consistency, gauge
from console.cartridges.system.panels import (
    PanelPart,
    fitted,
    greyed,
    integrity_lines,
    integrity_title,
    load_lines,
    part,
)
from console.cartridges.system.ticket import ticket_text
from console.model.state import LinkPhase, Load, LogHead, ToteboxState
from tests.chassis.fake_totebox import NOW_US, status

NOW = 1_000.0
SAID = status()
BOX = ToteboxState(
    "a",
    "acme",
    "unix:a",
    LinkPhase.LINKED,
    alive_at=NOW,
    status=SAID,
    load=Load(SAID.memory_bytes, SAID.cpu_permille, SAID.disk_free_bytes),
)
TICKET = "psp://1/" + "ABCDEFGH" * 20
PARTS = (part(0, ("", "first")), part(2, ("", "second")), part(1, ("", "third")))


def text(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(each for _, each in line)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "first  second  third"),
        (20, "first  second  third"),
        (19, "first  third"),
        (12, "first  third"),
        (11, "first"),
        (5, "first"),
        (4, "fir…"),
        (2, "f…"),
    ],
)
def test_the_least_important_part_goes_first(width: int, shown: str) -> None:
    """As a whole; what must stay is cut at its end, and the cut is seen."""
    assert text(fitted(PARTS, width)) == shown


def test_an_empty_part_leaves_no_gap() -> None:
    """Two parts with nothing between them stand one gap apart."""
    assert text(fitted([PARTS[0], part(0), PARTS[2]], 40)) == "first  third"
    assert fitted([part(0)], 40) == () and fitted([], 40) == ()


def test_of_equal_parts_the_last_goes() -> None:
    """The order of a line is the order of its weight."""
    assert text(fitted([part(0, ("", "ab")), part(1, ("", "cd")), part(1, ("", "ef"))], 8)) == "ab  cd"


def test_a_part_is_as_wide_as_its_cells() -> None:
    """A wide character takes two."""
    assert PanelPart((("", "表"), ("", "a"))).width == 3


def test_what_this_console_proved_is_not_greyed() -> None:
    """All other tones are."""
    assert greyed([(("bad", "x"), ("good", "y"), ("", "z"))]) == [(("bad", "x"), ("stale", "y"), ("stale", "z"))]


@pytest.mark.parametrize(
    ("part_", "whole", "drawn"),
    [(0, 100, "·" * 10), (1, 100_000, "■" + "·" * 9), (50, 100, "■■■■■·····"), (100, 100, "■" * 10), (300, 100, "■" * 10),
     (5, 0, "·" * 10), (-5, 100, "·" * 10), (5, -1, "·" * 10)],
)  # fmt: skip
def test_a_gauge_stays_within_its_cells(part_: int, whole: int, drawn: str) -> None:
    """Whatever a Totebox reports; a little is not nothing."""
    assert gauge(part_, whole) == drawn


@pytest.mark.parametrize(
    ("head", "says", "tone"),
    [
        (None, "not checked in this session", "muted"),
        (LogHead(12, bytes(32), b"", "", 0.0), "✓ consistent at 12", "good"),
        (LogHead(12, bytes(32), b"", "a tree of 3\x1b", 0.0), "✗ a tree of 3�", "bad"),
    ],
)
def test_a_log_says_what_was_checked(head: LogHead | None, says: str, tone: str) -> None:
    """And an alarm from outside is safe text."""
    assert consistency(head) == (says, tone)


@pytest.mark.parametrize("width", [20, 30, 46, 58, 84, 120])
def test_lines_of_a_panel_fit_and_begin_with_their_labels(width: int) -> None:
    """In any width; none is lost where the panel is narrow."""
    integrity, load = integrity_lines(BOX, NOW, NOW_US, "", width), load_lines(BOX, NOW, 0, width)
    assert all(cell_len(text(each)) <= width for each in (*integrity, *load))
    labels = [each[0][1].strip() for each in integrity]
    assert labels == ["records", "audit", "verified", "cosigned", "sealed", "enforced"]


def test_before_anything_was_told_the_panels_say_so() -> None:
    """One line each, and a title without a verdict."""
    unknown = replace(BOX, status=None, load=None)
    assert text(integrity_lines(unknown, NOW, NOW_US, "", 40)[0]) == "nothing has been told yet"
    assert [text(each) for each in load_lines(unknown, NOW, 0, 40)] == ["nothing has been told yet"]
    assert integrity_title(None, NOW_US) == integrity_title(unknown, NOW_US) == "INTEGRITY"


@pytest.mark.parametrize(("rows", "columns"), [(20, 60), (24, 80), (36, 120), (60, 200), (1, 1)])
def test_a_ticket_is_whole_at_every_size(rows: int, columns: int) -> None:
    """Every letter is there in its order; the code is drawn where it fits, else the way to copy is said."""
    said = ticket_text(TICKET, "USER", "2026-11-22T03:00:00Z", rows, columns).plain
    assert TICKET in said.replace("\n", "")
    assert ("y copies the ticket" in said) is not ("█" in said)
    assert "█" not in said or all(len(each) + 10 <= columns for each in said.split("\n") if "█" in each)


def test_a_ticket_from_outside_is_safe_text() -> None:
    """And one that no code can hold is shown without."""
    said = ticket_text("x\x1b" * 4_000, "AD\x1bMIN", "2026-11-22T03:00:00Z", 900, 900).plain
    assert "\x1b" not in said and "as AD�MIN" in said and "y copies the ticket" in said
