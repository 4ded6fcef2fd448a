"""The lists and facts of F11: what each row says in words, and in which tone."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from console.cartridges.system import facts
from console.cartridges.system.panels import integrity_lines, load_lines
from console.cartridges.system.rows import (
    OWN,
    answered_findings,
    capability_rows,
    event_rows,
    finding_rows,
    pairing_rows,
    service_rows,
    somebody_asks,
)
from console.cartridges.system.ticket import ticket_text
from console.chassis.facts import Fact
from console.model.integrity import Shown
from console.model.state import Dropped, LinkPhase, Load, LoggedEvent, LogHead, ToteboxState
from console.model.tables import records
from protocol.schema import Cell, ServiceState, Table
from protocol.schema.numbers import Grade, Log, Severity
from tests.chassis.declared import table_of
from tests.chassis.fake_totebox import NOW_US, status

NOW = 1_000.0
SAID = status()
BOX = ToteboxState(
    "a", "acme", "unix:a", LinkPhase.LINKED, alive_at=NOW, status=SAID,
    load=Load(SAID.memory_bytes, SAID.cpu_permille, SAID.disk_free_bytes),
)  # fmt: skip


def paired(*rows: dict[str, Cell]) -> Table:
    return table_of("gate.pairings", rows)


def lent(row: dict[str, Cell]) -> Table:
    return table_of("gate.capabilities", [row])


def by_label(found: list[Fact]) -> dict[str, tuple[str, str]]:
    return {fact.label: (fact.value, fact.tone) for fact in found}


PAIRED: dict[str, Cell] = {
    "fingerprint": "SHA256:abc", "label": "desk", "role": "INPUT", "provider": "file", "state": "paired", "granted": "t1",
    "ended": "t2", "sessions": 2, "agent": "os-console/0.1 keyboard", "words": "", "hardware": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "label", "state", "key", "tone"),
    [
        ({}, "desk", "● paired", "file", ""),
        ({"fingerprint": "SHA256:me"}, "desk", "● paired", "file", ""),
        ({"hardware": True}, "desk", "● paired", "file hw", ""),
        ({"state": "revoked"}, "desk", "✗ revoked", "file", "muted"),
        ({"state": "denied", "fingerprint": "SHA256:me"}, "desk", "✗ denied", "file", "muted"),
        ({"state": "pending", "words": "one two three"}, "one two three  desk", "◌ asks", "file", ""),
    ],
)
def test_a_device_is_a_row(told: dict[str, Cell], label: str, state: str, key: str, tone: str) -> None:
    """Its state in a sign and a word; who asks has its three words beside its name; who is gone is grey; this device is marked."""
    [row] = pairing_rows(paired({**PAIRED, **told}), "SHA256:me")
    assert (row.cells[1], row.cells[2], row.cells[8], row.tone) == (label, state, key, tone)
    assert row.id == {**PAIRED, **told}["fingerprint"] and row.cells[0] == (OWN if row.id == "SHA256:me" else "")


def test_a_paired_device_says_since_when_and_with_what() -> None:
    """One that asks says until when; it has no session."""
    rows = pairing_rows(paired(PAIRED, {**PAIRED, "state": "pending"}))
    assert rows[0].cells[4:] == (2, None, "", "t1", "file", "0.1 keyboard")
    assert rows[1].cells[4:] == (0, None, "", "t2", "file", "")
    assert somebody_asks(paired(PAIRED, {**PAIRED, "state": "pending"})) and not somebody_asks(paired(PAIRED))


@pytest.mark.parametrize(
    ("by", "shown"),
    [("SHA256:abc", "desk"), ("uid 0", "host, uid 0"), ("", ""), ("SHA256:unknown-device", "unknown-devi")],
)
def test_who_granted_a_pairing_is_a_label(by: str, shown: str) -> None:
    """A device by its label, the host by who ran the command there; when it was last heard of stands beside it."""
    [row] = pairing_rows(paired({**PAIRED, "by": by}), "", {"SHA256:abc": "desk"}, {"SHA256:abc": "t3"})
    assert (row.cells[5], row.cells[6]) == ("t3", shown)


LENT: dict[str, Cell] = {
    "id": b"\xab" * 32, "state": "live", "holder": "SHA256:abcdefghijklmnopqrs", "label": "", "by": "SHA256:other", "verbs": "list",
    "service": "", "rows": "", "columns": "", "not_after": "t9", "depth": 0, "used": 3,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "device"),
    [
        ({}, "abcdefghijkl"),
        ({"label": "clerk"}, "clerk"),
        ({"by": LENT["holder"]}, "abcdefghijkl"),
        ({"by": LENT["holder"], "depth": 2}, "handed on by abcdefghijkl"),
        ({"by": LENT["holder"], "depth": 2, "label": "me"}, "handed on by me"),
        ({"depth": 2, "label": "clerk"}, "clerk"),
    ],
)
def test_a_capability_names_who_can_use_it(told: dict[str, Cell], device: str) -> None:
    """As far as the Totebox can know; what this console handed on itself it knows better."""
    found = list(records(lent({**LENT, **told})))
    assert capability_rows(found, {})[0].cells[0] == device
    assert capability_rows(found, {("ab" * 32): "the clerk"})[0].cells[0] == "the clerk"
    labelled = capability_rows(found, {}, {LENT["holder"]: "desk"})[0].cells[0]  # type: ignore[dict-item]
    assert labelled == device.replace("abcdefghijkl", "desk")


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [
        ("live", "● live", ""),
        ("waiting", "◌ waiting", ""),
        ("expired", "○ expired", "muted"),
        ("revoked", "○ revoked", "muted"),
    ],
)
def test_a_capability_that_is_over_is_grey(state: str, word: str, tone: str) -> None:
    """What it is not narrowed in, it has whole."""
    [row] = capability_rows(records(lent({**LENT, "state": state})), {})
    assert (row.cells[1], row.tone, row.cells[3:6], row.cells[7]) == (word, tone, ("all", "all", "all"), 3)
    [narrow] = capability_rows(records(lent({**LENT, "service": "people", "rows": "1-9", "columns": "name"})), {})
    assert narrow.cells[3:6] == ("people", "1-9", "name")


def test_a_capability_for_some_rows_does_not_look_whole() -> None:
    """Its terms stand beside its range of rows."""
    [row] = capability_rows(records(lent({**LENT, "rows": "", "terms": 'state:"live"'})), {})
    [both] = capability_rows(records(lent({**LENT, "rows": "1-9", "terms": 'state:"live"'})), {})
    assert row.cells[4] == 'state:"live"' and both.cells[4] == '1-9 state:"live"'


@pytest.mark.parametrize(
    ("severity", "word", "tone"),
    [
        (Severity.INFO, "· info", "plain"),
        (Severity.NOTICE, "› notice", "plain"),
        (Severity.WARNING, "▲ warn", "plain"),
        (Severity.ALARM, "✗ alarm", "bad"),
    ],
)
def test_an_event_has_its_severity_in_a_word(severity: Severity, word: str, tone: str) -> None:
    """An alarm's text is red."""
    [row] = event_rows([LoggedEvent(1, NOW_US, severity, "gate", "text", "remedy", NOW)])
    assert row.cells[1:] == (word, "gate", "text", "remedy") and row.tones[3] == tone


def test_events_are_newest_first() -> None:
    """By the time that is shown; of the same time the one that came last."""
    events = [LoggedEvent(n, us, Severity.INFO, "s", "t", "", NOW) for n, us in ((1, 20), (2, 30), (3, 30), (4, 10))]
    assert [row.id for row in event_rows(events)] == [3, 2, 1, 4]


@pytest.mark.parametrize(
    ("state", "word", "tone"),
    [
        ("running", "● running", "good"),
        ("deferred", "◌ deferred", "warn"),
        ("failed", "✗ failed", "warn"),
        ("absent", "○ absent", "muted"),
    ],
)
def test_a_service_has_its_state_in_a_word(state: str, word: str, tone: str) -> None:
    """With what waits for it, and why."""
    [row] = service_rows([ServiceState("slm", state, "no model", 4)])
    assert row.cells == ("slm", word, 4, "no model") and row.tones[1] == tone


@pytest.mark.parametrize(
    ("severity", "tone"), [("damage", "bad"), ("foreign", "warn"), ("doubt", "warn"), ("fork", "bad")]
)
def test_damage_is_red_and_doubt_is_not(severity: str, tone: str) -> None:
    """In the order in which they are read."""
    shown = [Shown(severity, "a/b", 7, 9, "x", "y", "mend"), Shown(severity, "c", None, None, "", "", "")]
    rows = finding_rows(shown)
    assert [row.id for row in rows] == [0, 1] and rows[0].tones == (tone,)
    assert rows[0].cells == (f"✗ {severity}", 7, "a/b, byte 9: y; mend")


def test_a_finding_is_wrapped_to_its_list() -> None:
    """What goes on below its first line belongs to its row."""
    rows = finding_rows([Shown("damage", "a/b", 7, None, "x", "y " * 60, "mend")], 60)
    assert [row.under for row in rows] == [None] + [0] * (len(rows) - 1) and len(rows) > 2
    assert all(len(str(row.cells[2])) <= 36 for row in rows)


def test_findings_that_were_answered_are_made_safe() -> None:
    """They may be bytes of a damaged row."""
    told: dict[str, Cell] = {
        "severity": "damage", "path": "a\x1b[2J", "entry": 7, "offset": None, "expected": "x\ny", "found": "", "remedy": "",
    }  # fmt: skip
    [found] = answered_findings(table_of("vault.findings", [told]))
    assert (found.entry, found.offset) == (7, None)
    assert "\x1b" not in found.path and "\n" not in found.expected


def test_the_logs_are_facts() -> None:
    """Their sizes, roots, and what this console checked: nothing yet."""
    found = by_label(facts.log_facts(BOX, NOW_US))
    assert found["records"] == ("1,204 entries", "title") and found["audit"] == ("412 rows", "title")
    assert found["root"] == (SAID.root.hex(), "") and found["history"] == ("not checked in this session", "muted")
    assert found["writing"] == ("✓ takes records", "good") and found["checkpoint"][0] == "2m ago"


@pytest.mark.parametrize(
    ("head", "shown", "tone"),
    [
        (LogHead(9, bytes(32), b"", "", NOW), "✓ consistent at 9", "good"),
        (LogHead(9, bytes(32), b"", "", NOW, 7), "✓ consistent at 9, cosigned at 7", "good"),
        (LogHead(9, bytes(32), b"", "it was rewritten", NOW), "✗ it was rewritten", "bad"),
    ],
)
def test_what_was_checked_of_a_log_is_said(head: LogHead, shown: str, tone: str) -> None:
    """Of each log alone."""
    found = by_label(facts.log_facts(replace(BOX, heads={Log.AUDIT: head}), NOW_US))
    assert found["audit history"] == (shown, tone) and found["history"][1] == "muted"


@pytest.mark.parametrize(("grade", "tone"), [(Grade.KERNEL, "good"), (Grade.PROCESS, "notice"), (Grade.NONE, "warn")])
def test_what_enforces_the_archive_is_said(grade: Grade, tone: str) -> None:
    """And why no record is taken, where none is; a time that is not known is not guessed."""
    box = replace(BOX, status=replace(SAID, grade=grade, read_only="disk full", checkpoint_time_us=0))
    found = by_label(facts.log_facts(box, NOW_US))
    assert found["enforcement"][1] == tone and found["writing"] == ("✗ disk full", "warn")
    assert found["checkpoint"][0] == "of an unknown time"


def test_what_was_never_told_is_said_to_be() -> None:
    """Of the logs and of the host."""
    box = replace(BOX, status=None, load=None)
    assert [fact.value for fact in (*facts.log_facts(box, NOW_US), *facts.host_facts(box, NOW))] == [
        "nothing has been told yet"
    ] * 2


@pytest.mark.parametrize(
    ("used", "total", "gauge"),
    [
        (0, 100, "·" * 10),
        (1, 1_000, "■" + "·" * 9),
        (50, 100, "■" * 5 + "·" * 5),
        (100, 100, "■" * 10),
        (5, 0, "·" * 10),
    ],
)
def test_a_gauge_has_ten_cells(used: int, total: int, gauge: str) -> None:
    """Anything above nothing fills one."""
    box = replace(BOX, status=replace(SAID, disk_total_bytes=total), load=Load(1, 0, total - used))
    assert by_label(facts.host_facts(box, NOW))["disk"][0].startswith(gauge)


@pytest.mark.parametrize(("free", "tone"), [(5, ""), (4, "warn")])
def test_a_disk_that_is_nearly_full_is_marked(free: int, tone: str) -> None:
    """Below a twentieth."""
    box = replace(BOX, status=replace(SAID, disk_total_bytes=100, disk_free_bytes=free))
    assert by_label(facts.host_facts(box, NOW))["disk"][1] == tone


def test_a_queue_at_the_gate_is_marked() -> None:
    """Above fifty."""
    tones = [
        by_label(facts.host_facts(replace(BOX, status=replace(SAID, gate_queue=queue)), NOW))["waiting"][1]
        for queue in (50, 51)
    ]
    assert tones == ["", "warn"]


def test_what_is_stale_says_since_when() -> None:
    """All of it grey but that line; what was dropped is counted while it is live."""
    old = facts.host_facts(replace(BOX, alive_at=NOW - 700), NOW)
    assert {fact.tone for fact in old[:-1]} == {"stale"} and old[-1] == Fact(
        "told", "◐ stale, last alive 10m ago", "warn"
    )
    lost = replace(BOX, alive_at=None, link=LinkPhase.LOST, link_since=NOW - 3)
    assert facts.host_facts(lost, NOW)[-1].value == "◐ stale, last alive now"
    assert facts.host_facts(BOX, NOW)[-1] == Fact("told", "● live", "good")
    assert facts.host_facts(replace(BOX, dropped=Dropped(7, NOW)), NOW)[-1].value == "● live   7 dropped"


def test_the_terminal_is_told_in_steps() -> None:
    """A figure must not change by being drawn; before anything was sent there is none."""
    assert facts.terminal_facts(0) == [] and facts.terminal_facts(19_999) == facts.terminal_facts(10_000)
    assert facts.terminal_facts(20_000) != facts.terminal_facts(19_999)


def test_what_this_console_proved_stays_red() -> None:
    """When the rest turns grey: the panel's line of a log that raised the alarm, and no other piece."""
    box = replace(BOX, link=LinkPhase.LOST, heads={Log.AUDIT: LogHead(9, bytes(32), b"", "it was rewritten", NOW)})
    lines = integrity_lines(box, NOW, NOW_US, "", 57)
    assert {tone for line in lines for tone, text in line if text.strip()} == {"stale", "bad"}
    assert [text for line in lines for tone, text in line if tone == "bad"] == ["✗ it was rewritten"]


@pytest.mark.parametrize("width", [20, 38, 57, 98])
def test_no_line_of_a_panel_is_wider_than_the_panel(width: int) -> None:
    """The least important is left out first; what must stay is cut."""
    for line in (*integrity_lines(BOX, NOW, NOW_US, "", width), *load_lines(BOX, NOW, 50_000, width)):
        assert cell_len("".join(text for _, text in line)) <= width
    said = ["".join(text for _, text in line) for line in integrity_lines(BOX, NOW, NOW_US, "", width)]
    assert all(
        label in line
        for label, line in zip(("records", "audit", "verified", "cosigned", "sealed", "enforced"), said, strict=True)
    )


TICKET = "psp://1/" + "A" * 150 + "/CCCC"


def test_a_ticket_can_be_typed_and_scanned() -> None:
    """Its text is whole on its lines; where there is room there is a code, else it says what to press."""
    small, large = (
        ticket_text(TICKET, "INPUT", "2026-11-22T02:41:40Z", rows, columns).plain
        for rows, columns in ((24, 80), (80, 200))
    )
    assert all(
        TICKET in plain.replace("\n", "") and "One pairing as INPUT, until 2026-11-22 02:41" in plain
        for plain in (small, large)
    )
    assert "y copies the ticket" in small and "y copies the ticket" not in large and len(large) > len(small)
