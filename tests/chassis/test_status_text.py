"""What the banner and the status line say of a Totebox: the worst first, and how old what is on the screen is."""

from dataclasses import replace

import pytest

from console.chassis.banner import describe as banner
from console.chassis.history import MOST, VisitedScreen, Wayback
from console.chassis.segments import Piece
from console.chassis.status import describe as status
from console.model.state import BEAT_S, MISSED_BEATS, LinkPhase, LogHead, Model, ToteboxState
from protocol.schema import IntegrityBody, StatusBody
from protocol.schema.numbers import Grade, Log, Scope, Tier, Verdict

NOW, PRESENT_US = 1_000.0, 1_800_000_000_000_000
SAID = StatusBody(
    "Acme", "corporation", "active", Grade.KERNEL, Tier(next(iter(Tier)).value), "", 1_234, bytes(32),
    PRESENT_US - 3_600_000_000, 99, bytes(32), (), 1, 0, 0, 0, 1, 1, 1, 1, 1,
    *([0] * (len(StatusBody.__dataclass_fields__) - 21)),
)  # fmt: skip
LINKED = ToteboxState("a", "acme", "unix:a", LinkPhase.LINKED, alive_at=NOW, status=SAID)
DAMAGED = replace(LINKED, integrity=IntegrityBody(1, "a", Scope.FULL, Verdict.FINDINGS, 3, (), 7, None))


def model(*boxes: ToteboxState) -> Model:
    """The first is active."""
    return Model({box.id: box for box in boxes}, boxes[0].id if boxes else None)


def lost(**told: object) -> ToteboxState:
    made = replace(
        LINKED, link=LinkPhase.LOST, link_reason="connection refused", link_since=NOW - 700, retry_at=NOW + 4.2
    )
    return replace(made, **told)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("box", "text", "kind"),
    [
        (LINKED, "", ""),
        (replace(LINKED, link=LinkPhase.KNOWN), "", ""),
        (replace(LINKED, link=LinkPhase.DIALING), "", ""),
        (lost(), "✗ LINK LOST  next try in 5s  what you see is 10m old  connection refused", "-pending"),
        (lost(retry_at=NOW), "✗ LINK LOST  connecting now  what you see is 10m old  connection refused", "-pending"),
        (lost(retry_at=None), "✗ LINK ENDED  connection refused  what you see is 10m old", "-pending"),
        (
            lost(link_since=NOW - 3),
            "✗ LINK LOST  next try in 5s  what you see is seconds old  connection refused",
            "-pending",
        ),
        (lost(status=None), "✗ LINK LOST  next try in 5s  connection refused", "-pending"),
        (
            lost(link=LinkPhase.DIALING, losses=1, retry_at=None),
            "✗ LINK LOST  connecting now  what you see is 10m old  connection refused",
            "-pending",
        ),
        (replace(LINKED, alive_at=NOW - 65), "◐ NO ANSWER for 1m 05s: what you see may be old", "-pending"),
        (replace(LINKED, trouble="a proof did not hold"), "✗ ALARM  a proof did not hold", "-alarm"),
        (
            replace(LINKED, asks_again_at=NOW + 2.5),
            "◐ ASKED TOO MUCH  it goes on in 3s: more was asked than the Totebox records at once",
            "-pending",
        ),
        (replace(LINKED, asks_again_at=NOW), "", ""),
    ],
)
def test_the_banner_says_what_is_wrong(box: ToteboxState, text: str, kind: str) -> None:
    """With when it is tried again, and how old the screen is."""
    assert banner(model(box), NOW) == (text, kind)


def test_damage_goes_before_everything() -> None:
    """Also of a link that is lost; it says where it is read and when it ends."""
    text, kind = banner(model(replace(lost(), integrity=DAMAGED.integrity)), NOW)
    assert text.startswith("✗ DAMAGED") and "F11 reads it" in text and kind == "-alarm"


def test_damage_of_another_totebox_is_told_too() -> None:
    """By its name; that there are more, too. Trouble of the active one goes before it."""
    other, third = replace(DAMAGED, id="b"), replace(DAMAGED, id="c")
    assert banner(model(LINKED, other), NOW)[0].startswith("✗ DAMAGED  Acme:")
    assert banner(model(LINKED, other, third), NOW)[0].startswith("✗ DAMAGED  Acme and 1 more:")
    assert banner(model(lost(), other), NOW)[0].startswith("✗ LINK LOST")


def test_without_a_totebox_there_is_no_banner() -> None:
    """Nothing is lost of what was never there."""
    assert banner(Model(), NOW) == ("", "")


def told(pieces: list[Piece]) -> list[str]:
    return ["".join(text for _, text in piece.parts) for piece in pieces]


def tones(pieces: list[Piece]) -> list[str]:
    return [tone for piece in pieces for tone, _ in piece.parts]


def test_the_status_line_says_who_and_where() -> None:
    """Device, role, link, entity; then the size of the log, the age of its head, the grade, and the time."""
    left, right = status(model(LINKED), "front desk", NOW, PRESENT_US)
    assert told(left) == ["◆ front desk", "-", "● LINKED", "Acme"]
    assert told(right)[:2] == ["tree 1,234 ckpt 1h", "▣ kernel"] and told(right)[-1] == "08:00Z"


def test_the_status_line_without_a_totebox() -> None:
    """Says so, and a device without a name is `this device`."""
    left, right = status(Model(), "", NOW, PRESENT_US)
    assert told(left) == ["◆ this device", "no Totebox paired"] and told(right) == ["08:00Z"]


@pytest.mark.parametrize(
    ("box", "word", "tone"),
    [
        (replace(LINKED, link=LinkPhase.KNOWN), "○ NOT YET", "muted"),
        (replace(LINKED, link=LinkPhase.DIALING), "◌ DIALING", "warn"),
        (lost(), "✗ LOST", "warn"),
        (replace(LINKED, alive_at=None), "◐ STALE", "warn"),
        (replace(LINKED, alive_at=NOW - BEAT_S * MISSED_BEATS), "● LINKED", "good"),
        (replace(LINKED, alive_at=NOW - BEAT_S * MISSED_BEATS - 0.1), "◐ STALE", "warn"),
    ],
)
def test_a_link_has_a_word_and_a_tone(box: ToteboxState, word: str, tone: str) -> None:
    """Three beats without an answer are stale, and not a moment earlier."""
    left, _ = status(model(box), "x", NOW, PRESENT_US)
    assert (told(left)[2], left[2].parts[0][0]) == (word, tone)


def test_what_is_stale_is_grey() -> None:
    """No figure of it is green."""
    _, right = status(model(replace(LINKED, alive_at=None)), "x", NOW, PRESENT_US)
    assert "good" not in tones(right) and "muted" in tones(right)


@pytest.mark.parametrize(
    ("grade", "word"), [(Grade.KERNEL, "▣ kernel"), (Grade.PROCESS, "▤ process"), (Grade.NONE, "□ none")]
)
def test_each_grade_has_a_word(grade: Grade, word: str) -> None:
    """The shape says it without colour."""
    _, right = status(model(replace(LINKED, status=replace(SAID, grade=grade))), "x", NOW, PRESENT_US)
    assert word in told(right)


def test_a_totebox_that_only_reads_says_so_first() -> None:
    """Before its figures; one that never told its status has none."""
    _, right = status(model(replace(LINKED, status=replace(SAID, read_only="disk full"))), "x", NOW, PRESENT_US)
    assert told(right)[0] == "READ ONLY"
    assert told(status(model(replace(LINKED, status=None)), "x", NOW, PRESENT_US)[1]) == ["08:00Z"]


def test_an_unknown_age_is_unknown() -> None:
    """Of a head whose time was not told."""
    _, right = status(model(replace(LINKED, status=replace(SAID, checkpoint_time_us=0))), "x", NOW, PRESENT_US)
    assert told(right)[0].endswith("ckpt unknown")


@pytest.mark.parametrize(
    ("box", "word"), [(DAMAGED, "✗ DAMAGED"), (replace(LINKED, trouble="x"), "✗ ALARM"), (LINKED, "◆ x")]
)
def test_an_alarm_stands_before_all(box: ToteboxState, word: str) -> None:
    """A click on it opens F11."""
    left, _ = status(model(box), "x", NOW, PRESENT_US)
    assert told(left)[0] == word and (left[0].action == "fkey('f11')") is (word[0] == "✗")


def test_a_head_that_contradicts_is_an_alarm() -> None:
    """Before other trouble of the same Totebox."""
    heads = {Log.RECORDS: LogHead(9, bytes(32), b"", "the log was rewritten", NOW)}
    assert banner(model(replace(LINKED, heads=heads, trouble="x")), NOW)[0] == "✗ ALARM  the log was rewritten"


def test_a_name_from_outside_is_one_safe_line() -> None:
    """Whatever a Totebox calls itself; long names are cut."""
    odd = replace(SAID, entity="Ac\x1b[31mme\nCorp " + "x" * 40)
    left, _ = status(model(replace(LINKED, status=odd)), "de\x1bsk", NOW, PRESENT_US)
    assert "\x1b" not in "".join(told(left)) and left[3].width <= 28 and told(left)[3].endswith("…")


def test_places_are_left_and_found_again() -> None:
    """The newest first; fifty are kept, and before the first there is none."""
    way = Wayback()
    assert way.back() is None
    for number in range(MOST + 5):
        way.left(VisitedScreen(f"f{number}", "a"))
    found = []
    while (place := way.back()) is not None:
        found.append(place.key)
    assert found == [f"f{number}" for number in range(MOST + 4, 4, -1)]
