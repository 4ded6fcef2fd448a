"""The chassis's pure parts: palette, strip, status pieces, export, crash report, painter."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from console.chassis.crash import report, write_report
from console.chassis.export import as_csv, as_json
from console.chassis.keys import key_name
from console.chassis.painter import PAINT_S, Painter
from console.chassis.palette import Destination, rank
from console.chassis.strip import StripKey, pieces
from console.model.events import Dialing
from console.model.link import Mailbox
from tests.chassis.stage import TITLES


def keys(missing: tuple[int, ...] = (3, 4, 6, 7, 9)) -> list[StripKey]:
    return [StripKey(f"f{n}", TITLES[n - 1], "missing" if n in missing else "", n == 8) for n in range(1, 13)]


@pytest.mark.parametrize("width", [40, 58, 78, 118, 198])
def test_the_strip_fits_every_width(width: int) -> None:
    """All twelve keys, never cut off by the edge."""
    laid = pieces(keys(), width)
    assert len(laid) == 12
    assert sum(piece.width for piece in laid) + 11 <= width


def test_missing_keys_give_way_first() -> None:
    """At 80 columns what is there has its full title, what is missing its number."""
    texts = ["".join(text for _, text in piece.parts) for piece in pieces(keys(), 78)]
    assert texts[4] == "5MINUTEBOOK" and texts[2] == "3"


def _to(word: str, *words: str, reason: str = "", weight: int = 0) -> Destination:
    return Destination(word, "key", "", lambda: None, words, reason=reason, weight=weight)


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("12", "input"),
        (":people", "people"),
        ("peo", "people"),
        ("revo", "revoke pairing"),
        ("pairing", "revoke pairing"),
        ("mntbk", "minutebook"),
    ],
)
def test_the_best_fit_comes_first(typed: str, best: str) -> None:
    """Exact, prefix, word, inside, letters in order."""
    places = [_to("people", "2"), _to("input", "12"), _to("minutebook", "5"), _to("revoke pairing")]
    assert rank(places, typed)[0].word == best


def test_what_cannot_be_done_comes_after_what_can() -> None:
    """Of equal fits the possible one leads."""
    assert [place.reason for place in rank([_to("sort", reason="no list"), _to("sort")], "sort")] == ["", "no list"]


def test_nonsense_finds_nothing() -> None:
    """No fit, no guess."""
    assert rank([_to("people")], "xyzzy") == []


def test_csv_is_safe_for_spreadsheets() -> None:
    """Text that would run as a formula is quoted by an apostrophe; numbers are not."""
    data = as_csv(["a", "b"], [["=1+1", -5], ["x,y", None], ["-z", True]])
    assert data == b"a,b\n'=1+1,-5\n\"x,y\",\n'-z,true\n"


def test_csv_is_safe_for_terminals_and_foreign_spreadsheets() -> None:
    """Controls are numbers, a semicolon parts no cell, a formula behind blanks or in full width is none; the content is there."""
    data = as_csv(["a"], [["x\x1b]0;t\x07\x9b"], ["a;=1+1"], ["  =1"], ["＝1"], ["\r=1"], ["two\nlines"]])
    shown = ['"x\\u001b]0;t\\u0007\\u009b"', '"a;=1+1"', "'  =1", "'＝1", "'\\u000d=1", '"two\nlines"']
    assert data.decode() == "\n".join(["a", *shown, ""])


def test_json_keeps_controls_as_numbers() -> None:
    """An export shows no terminal what it acts on, and gives it back when it is read."""
    data = as_json(["n"], [["\x9b\u202e\x1b"]])
    assert data.isascii() and json.loads(data) == [{"n": "\x9b\u202e\x1b"}]


def test_json_keeps_types() -> None:
    """Numbers stay numbers, bytes are hex, empty is null."""
    rows = json.loads(as_json(["n", "h", "e"], [[5, b"\xab", None]]))
    assert rows == [{"n": 5, "h": "ab", "e": None}]


@pytest.mark.parametrize(
    ("key", "name"), [("ctrl+e", "Ctrl+E"), ("f12", "F12"), ("slash", "/"), ("j", "j"), ("shift+tab", "Shift+Tab")]
)
def test_keys_read_as_people_say_them(key: str, name: str) -> None:
    """Everywhere the same words."""
    assert key_name(key) == name


def test_a_crash_leaves_a_report(tmp_path: Path) -> None:
    """Versions, place and traceback; a second crash in the same second does not overwrite it."""
    text = report(ValueError("boom"), "ledger", "2026-11-22T02:31:40")
    path = write_report(tmp_path / "reports", text, "2026-11-22T02:31:40")
    assert path is not None and "ValueError: boom" in path.read_text()
    assert write_report(tmp_path / "reports", "other", "2026-11-22T02:31:40") is None
    assert "boom" in path.read_text()


class _Canvas:
    """Timers that fire when the test says so."""

    def __init__(self) -> None:
        self.due: list[tuple[float, Callable[[], None]]] = []

    def later(self, delay: float, callback: Callable[[], None]) -> None:
        self.due.append((delay, callback))

    def set_interval(self, interval: float, callback: Callable[[], None]) -> None:
        return None


def test_the_painter_paints_at_once_and_then_no_faster_than_its_rate() -> None:
    """The first event is shown immediately; a thousand within a quarter second are one paint."""
    canvas, painted, now = _Canvas(), list[float](), [10.0]
    painter = Painter(canvas, lambda: now[0], lambda: painted.append(now[0]), lambda: False)  # type: ignore[arg-type]
    painter.wake()
    assert canvas.due[0][0] < 0.01
    canvas.due.pop()[1]()
    now[0] += 0.05
    for _ in range(1_000):
        painter.wake()
    assert len(canvas.due) == 1 and canvas.due[0][0] == pytest.approx(PAINT_S - 0.05)
    assert painted == [10.0]


def test_the_painter_waits_for_a_busy_terminal() -> None:
    """A slow line is not given a picture while it writes the last one."""
    canvas, painted, busy = _Canvas(), list[int](), [True]
    painter = Painter(canvas, lambda: 1.0, lambda: painted.append(1), lambda: busy[0])  # type: ignore[arg-type]
    painter.wake()
    canvas.due.pop()[1]()
    assert painted == [] and painter.skipped == 1
    busy[0] = False
    canvas.due.pop()[1]()
    assert painted == [1]


def test_the_mailbox_wakes_once_and_is_bounded() -> None:
    """A burst wakes the painter once; beyond the limit the oldest go and are counted."""
    woken: list[int] = []
    box = Mailbox(limit=3)
    box.wake = lambda: woken.append(1)
    for number in range(5):
        box(Dialing("a", float(number)))
    assert woken == [1] and box.lost == 2
    assert [event.at for event in box.drain()] == [2.0, 3.0, 4.0]
    assert box.drain() == []
