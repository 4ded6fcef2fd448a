"""The Command Ledger's rows: telemetry and pages as one list."""

from console.model.ledger import (
    Day,
    Fold,
    LedgerRow,
    Missed,
    detail_of,
    documents,
    folded,
    labels,
    newest_first,
    subject_of,
    with_days_and_gaps,
)


def _row(index: int, kind: str = "COMMAND") -> LedgerRow:
    return LedgerRow(index, "", "local", kind, "", "", "")


def test_rows_are_listed_newest_first() -> None:
    """By index, whatever order they came in."""
    assert [row.index for row in newest_first(_row(i) for i in (3, 9, 1))] == [9, 3, 1]


def _dated(index: int, day: str) -> LedgerRow:
    return LedgerRow(index, f"{day}T08:00:00Z", "local", "COMMAND", "", "", "")


def test_rows_that_were_missed_are_a_gap_between_those_that_are_held() -> None:
    """A gap names the first and the last row that is not held; rows below the oldest were not asked for and are none."""
    assert [item for item in with_days_and_gaps(_row(i) for i in (9, 8, 5, 4, 2)) if isinstance(item, Missed)] == [
        Missed(6, 7),
        Missed(3, 3),
    ]
    assert not [item for item in with_days_and_gaps(_row(i) for i in (9, 8, 7)) if isinstance(item, Missed)]


def test_a_gap_beside_a_fold_is_measured_from_its_ends() -> None:
    """A fold stands for the rows from its oldest to its newest."""
    shown = with_days_and_gaps([_row(9), Fold((_read(7), _read(6))), _row(3)])
    assert [item for item in shown if isinstance(item, Missed)] == [Missed(8, 8), Missed(4, 5)]


def test_each_day_stands_once_above_its_rows() -> None:
    """A day that comes up again, after a clock was set back, is another separator; what is no date has none."""
    days = ["2026-11-22", "2026-11-22", "2026-11-21", "2026-11-22"]
    shown = with_days_and_gaps(_dated(9 - at, day) for at, day in enumerate(days))
    assert [item for item in shown if isinstance(item, Day)] == [
        Day("2026-11-22", 0),
        Day("2026-11-21", 0),
        Day("2026-11-22", 1),
    ]
    assert len(with_days_and_gaps([_row(1)])) == 1


def test_a_device_is_called_by_the_label_of_the_newest_row_that_names_it() -> None:
    """Sessions and pairings name their device's label, which may hold a comma."""
    rows = [
        LedgerRow(4, "", "SHA256:a", "SESSION_OPEN", "session 2", "ADMIN desk, front, os-console/0.1, unix uid=0", ""),
        LedgerRow(3, "", "SHA256:a", "SESSION_OPEN", "session 1", "ADMIN old name, os-console/0.1, unix uid=0", ""),
        LedgerRow(2, "", "local", "PAIRED", "SHA256:b", "USER to night clerk (file) by ticket 1a2b", ""),
        LedgerRow(1, "", "SHA256:c", "COMMAND", "list", "ADMIN nobody, x, y", ""),
    ]
    assert labels(rows) == {"SHA256:a": "desk, front", "SHA256:b": "night clerk"}


def test_a_subject_is_the_documents_name_and_the_detail_does_not_repeat_it() -> None:
    """An intake id says nothing to a person: its decisions name the document. The hash stands in the proof."""
    detail = f"person 'Ada', line 4 of lease, new.pdf, sha256 {'9f' * 32}, rule person-1"
    decided = LedgerRow(2, "", "a", "RECORD_VERIFIED", "1a2b claim 13", detail, "")
    refused = LedgerRow(3, "", "a", "REFUSED", "1a2b claim 14", "claims wait", "")
    names = documents([refused, decided])
    assert names == {"1a2b": "lease, new.pdf"}
    assert subject_of(refused, names, {}) == "lease, new.pdf claim 14"
    assert detail_of(decided, names, {}) == "person 'Ada', line 4, rule person-1"


def test_an_abandoned_document_is_named() -> None:
    """With its hash, or with the bytes that came before its session ended."""
    rows = [
        LedgerRow(1, "", "a", "ABANDONED", "1a", f"one.pdf, sha256 {'9f' * 32}, at step route; no record was made", ""),
        LedgerRow(2, "", "a", "ABANDONED", "2b", "two.pdf: 7 of 9 bytes came before its session ended", ""),
    ]
    assert documents(rows) == {"1a": "one.pdf", "2b": "two.pdf"}


def test_kinds_read_without_colour() -> None:
    """Refusals, endings and grants each have a sign beside the word."""
    assert [_row(0, kind).glyph for kind in ("REFUSED", "REVOKED", "PAIRED", "COMMAND")] == ["✗", "▲", "✓", "·"]


def test_a_detail_says_the_label_of_a_device() -> None:
    """A fingerprint in the detail is a device's label where one is known, else it stands whole."""
    row = LedgerRow(2, "", "a", "COMMAND", "pair.name", f"SHA256:{'b' * 43} is called hub; SHA256:{'c' * 43}", "")
    said = detail_of(row, {}, {f"SHA256:{'b' * 43}": "night clerk"})
    assert said == f"night clerk is called hub; SHA256:{'c' * 43}"


def test_red_is_for_damage_alone() -> None:
    """A refusal is a warning; a finding is red."""
    assert [_row(0, kind).tone for kind in ("REFUSED", "REVOKED", "AUDIT_FINDING")] == ["warn", "warn", "bad"]


def _read(index: int, actor: str = "local", verb: str = "list") -> LedgerRow:
    return LedgerRow(index, "", actor, "COMMAND", f"{verb} x", "", "")


def test_reads_that_follow_each_other_are_folded() -> None:
    """A single read is a row; a decision, a record that was taken out and a hole in the log each end a fold."""
    rows = [_read(9), _read(8), _row(7, "REFUSED"), _read(6), _read(5, verb="read"), _read(4), _read(3), _read(1)]
    shown = folded(rows)
    assert [each.oldest.index if isinstance(each, Fold) else each.index for each in shown] == [8, 7, 6, 5, 3, 1]
    assert [isinstance(each, Fold) for each in shown] == [True, False, False, False, True, False]


def test_spans_of_reads_are_folded_with_their_true_count() -> None:
    """A span's beginning counts nothing yet, its end all it stood for; after a crash at least one."""
    rows = [
        LedgerRow(
            4, "", "local", "READ_SPAN_END", "head", "1 to 1000 of row 3, session 1: records; the daemon ended", ""
        ),
        LedgerRow(3, "", "local", "READ_SPAN", "head", "at most 1000 within 60 s, session 1: records", ""),
        LedgerRow(2, "", "local", "READ_SPAN_END", "list", "57 of row 1, session 1: input.drops 12 of row 9, ", ""),
        LedgerRow(1, "", "local", "READ_SPAN", "list", "at most 1000 within 60 s, session 1: input.drops", ""),
        _read(0),
    ]
    (fold,) = folded(rows)
    assert isinstance(fold, Fold) and fold.verbs == "list 58, head 1" and fold.count == 59


def test_spans_of_refusals_are_as_loud_as_refusals() -> None:
    """And are not folded among reads."""
    rows = [
        LedgerRow(index, "", "a", kind, "list", "", "")
        for index, kind in enumerate(("REFUSED_SPAN_END", "REFUSED_SPAN"))
    ]
    assert [row.tone for row in rows] == ["warn", "warn"] and not any(row.is_read for row in rows)


def test_an_opened_fold_is_its_rows() -> None:
    """Any of its rows opens it."""
    rows = [_read(3), _read(2), _read(1)]
    assert folded(rows, {2}) == rows and len(folded(rows, {9})) == 1


def test_a_fold_says_who_asked_and_what() -> None:
    """One device by its name, several by their number; verbs by how often."""
    one = folded([_read(2), _read(1, verb="head"), _read(0)])[0]
    assert isinstance(one, Fold) and (one.actor({}), one.verbs) == ("local", "list 2, head 1")
    two = folded([_read(2), _read(1, actor="SHA256:abcdefghijklmnop")])[0]
    assert isinstance(two, Fold) and two.actor({}) == "2 devices"
