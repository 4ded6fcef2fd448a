"""The newest checkpoints seen."""

import json
from pathlib import Path

from console.link.seen_checkpoints import MAX_ALARMS, SeenFiles
from console.model.contradiction import Break
from protocol.schema.numbers import Log

ORIGIN = "acme-holdings-0a1b2c3d"


def note(size: int) -> bytes:
    return f"{ORIGIN}\n{size}\nAAAA\n\n— {ORIGIN} c2ln\n".encode()


def lines(store: SeenFiles) -> list[dict[str, str]]:
    return [json.loads(line) for line in store.path(ORIGIN).read_text().splitlines()]


def test_what_was_seen_outlives_the_console(tmp_path: Path) -> None:
    """Another start knows the newest checkpoint, byte for byte; a log never met gives None."""
    assert SeenFiles(tmp_path).get(ORIGIN) is None
    SeenFiles(tmp_path).put(ORIGIN, note(3))
    SeenFiles(tmp_path).put(ORIGIN, note(9))
    assert SeenFiles(tmp_path).get(ORIGIN) == note(9)
    assert SeenFiles(tmp_path).get(ORIGIN + "/audit") is None


def test_nothing_goes_back(tmp_path: Path) -> None:
    """A smaller or equal checkpoint changes nothing, whoever wrote the larger one."""
    store, other = SeenFiles(tmp_path), SeenFiles(tmp_path)
    store.put(ORIGIN, note(9))
    other.put(ORIGIN, note(5))
    store.put(ORIGIN, note(9))
    assert SeenFiles(tmp_path).get(ORIGIN) == note(9)
    assert len(lines(store)) == 1


def test_the_file_only_grows(tmp_path: Path) -> None:
    """Every new checkpoint is a line after the others; earlier bytes stay."""
    store = SeenFiles(tmp_path, now=lambda: "2026-11-22T02:00:00+00:00")
    store.put(ORIGIN, note(1))
    before = store.path(ORIGIN).read_bytes()
    store.put(ORIGIN, note(2))
    assert store.path(ORIGIN).read_bytes().startswith(before)
    assert lines(store)[1] == {"time": "2026-11-22T02:00:00+00:00", "what": "seen", "size": 2, "note": note(2).decode()}


def test_an_alarm_keeps_both_notes_and_resets_nothing(tmp_path: Path) -> None:
    """Both checkpoints are kept as evidence, once; the measure stays what it was."""
    store = SeenFiles(tmp_path)
    store.put(ORIGIN, note(9))
    store.alarm(ORIGIN, note(9), note(4), "older than what was seen", Break.ROLLED_BACK)
    store.alarm(ORIGIN, note(9), note(4), "older than what was seen", Break.ROLLED_BACK)
    [kept] = [json.loads(line) for line in store.alarms_path(ORIGIN).read_text().splitlines()]
    assert (kept["seen"], kept["shown"], kept["kind"]) == (note(9).decode(), note(4).decode(), "ROLLED BACK")
    assert SeenFiles(tmp_path).get(ORIGIN) == note(9)


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    """Half a line that a crash left does not hide what came before, nor spoil what comes after."""
    SeenFiles(tmp_path).put(ORIGIN, note(9))
    path = SeenFiles(tmp_path).path(ORIGIN)
    path.write_bytes(path.read_bytes() + b'{"time": "2026", "wha')
    store = SeenFiles(tmp_path)
    assert store.get(ORIGIN) == note(9)
    store.put(ORIGIN, note(12))
    assert SeenFiles(tmp_path).get(ORIGIN) == note(12)


def test_an_alarm_outlives_the_console_until_it_is_cleared(tmp_path: Path) -> None:
    """Another start reads the first one with both notes, however much was seen since; once cleared, the next one stands alone."""
    store = SeenFiles(tmp_path)
    store.put(ORIGIN, note(9))
    store.alarm(ORIGIN, note(9), note(4), "shorter", Break.ROLLED_BACK)
    for size in range(10, 400):
        store.put(ORIGIN, note(size))
    held = SeenFiles(tmp_path).standing(ORIGIN, Log.AUDIT)
    assert held is not None and (held.log, held.broken, held.why) == (Log.AUDIT, Break.ROLLED_BACK, "shorter")
    assert (held.seen, held.shown) == (note(9), note(4))
    SeenFiles(tmp_path).cleared(ORIGIN, "verified")
    assert SeenFiles(tmp_path).standing(ORIGIN, Log.AUDIT) is None
    SeenFiles(tmp_path).alarm(ORIGIN, note(399), note(400), "another history", Break.FORKED)
    again = SeenFiles(tmp_path).standing(ORIGIN, Log.AUDIT)
    assert again is not None and again.broken is Break.FORKED
    assert len(store.alarms_path(ORIGIN).read_text().splitlines()) == 3, "nothing is taken away"


def test_an_alarm_of_an_earlier_version_still_stands(tmp_path: Path) -> None:
    """It lies among what was seen and names no kind."""
    store = SeenFiles(tmp_path)
    store.put(ORIGIN, note(9))
    old = {"time": "2026-11-22T02:00:00+00:00", "what": "alarm", "seen": "a", "shown": "b", "why": "older"}
    with store.path(ORIGIN).open("a") as file:
        file.write(json.dumps(old) + "\n")
    held = SeenFiles(tmp_path).standing(ORIGIN, Log.RECORDS)
    assert held is not None and held.why == "older"


def test_alarms_without_end_are_bounded(tmp_path: Path) -> None:
    """A log that shows one contradiction after another fills no disk: the first ones are kept."""
    store = SeenFiles(tmp_path)
    for size in range(MAX_ALARMS + 10):
        store.alarm(ORIGIN, note(9_999), note(size), "shorter", Break.ROLLED_BACK)
    assert len(store.alarms_path(ORIGIN).read_text().splitlines()) == MAX_ALARMS
