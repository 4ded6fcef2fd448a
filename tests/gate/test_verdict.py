"""A verdict as rows of the audit log and back."""

import unicodedata
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.schema import Cosigned, IntegrityBody
from protocol.schema.integrity import MAX_FINDINGS, MAX_PATH_BYTES, MAX_WORDS_BYTES
from protocol.schema.note_fields import read_note
from protocol.schema.numbers import Log, Scope, Verdict
from protocol.wire.codec import decode_body, encode_body
from totebox.gate.verdict import NewestRows, VerdictReader, VerificationResult, bounded, found_of, nothing, verdict_rows
from totebox.vault.api import AuditDraft, Entry, Finding
from totebox.vault.log.record import make_entry

NAMES = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
NOBODY = bytes(32)


def finding(number: int, path: str = "assets/minutebook/deed.pdf") -> Finding:
    return Finding("damage", path, number, 7, f"sha256 {number:064x}", "sha256 00", "restore this file; verify again")


def entries(*drafts: AuditDraft, first: int = 0) -> list[Entry]:
    """The drafts as the audit log would hold them."""
    time = "2026-01-31T12:00:00.000000Z"
    return [
        make_entry(at, time, each.actor, "audit", each.kind, each.subject, NOBODY, note=each.detail)
        for at, each in zip(count(first), drafts, strict=False)
    ]


def read(*rows: Entry) -> IntegrityBody:
    reader = VerdictReader()
    for row in rows:
        reader.take(row)
    reader.end()
    return reader.told


def test_one_finding_is_one_row() -> None:
    """Each field stands by its name."""
    [row] = verdict_rows(VerificationResult([finding(38)], 1), "SHA256:desk", "", "run")
    fields = read_note(row.detail).fields
    assert row.kind == "AUDIT_FINDING" and row.actor == "SHA256:desk" and row.detail.startswith("v=2; finding=1/1; ")
    assert fields["finding"] == "1/1" and fields["entry"] == "38" and fields["offset"] == "7"
    assert fields["path"] == "assets/minutebook/deed.pdf" and fields["remedy"] == "restore this file; verify again"


def test_rows_of_before_are_read_by_their_rule() -> None:
    """A verdict whose notes have no `v=2` tells the same."""
    rows = verdict_rows(VerificationResult([finding(1), finding(2)], 2), "SHA256:desk", "", "run")
    before = [replace(row, detail=row.detail.removeprefix("v=2; ")) for row in rows]
    assert read(*entries(*before, first=40)) == read(*entries(*rows, first=40))


@pytest.mark.parametrize("total", [1, 2, MAX_FINDINGS, MAX_FINDINGS + 1, 500])
def test_rows_are_read_back(total: int) -> None:
    """The first 16 whole, then their number; the verdict is told once, with the index of its first row."""
    found = [finding(number) for number in range(total)]
    rows = verdict_rows(VerificationResult(found, total), "SHA256:desk", "", "run")
    assert len(rows) == (total if total <= MAX_FINDINGS else MAX_FINDINGS + 1)
    body = read(*entries(*rows, first=40))
    assert (body.verdict, body.total, body.audit_index, body.by) == (Verdict.FINDINGS, total, 40, "SHA256:desk")
    assert body.findings == tuple(map(found_of, found[:MAX_FINDINGS]))
    topic, data = encode_body(body)
    assert decode_body(topic, data) == body


def test_a_clean_full_verification_clears() -> None:
    """Findings stand until then."""
    bad, good = (
        verdict_rows(VerificationResult([finding(1)], 1), "a", "", "1"),
        verdict_rows(VerificationResult((), 0), "b", "", "2"),
    )
    assert read(*entries(*bad)).verdict is Verdict.FINDINGS
    assert read(*entries(*bad, *good)).verdict is Verdict.CLEAN


def test_a_partial_one_that_is_clean_clears_nothing() -> None:
    """It did not read what was damaged."""
    bad = verdict_rows(VerificationResult([finding(1)], 1), "a", "", "1")
    part = verdict_rows(VerificationResult((), 0, Scope.PARTIAL), "b", "", "2")
    assert read(*entries(*bad, *part)).total == 1
    assert read(*entries(*part)) == nothing()


def test_rows_of_an_older_make_are_a_number_without_details() -> None:
    """Their words are not read as fields."""
    older = AuditDraft("AUDIT_FINDING", "local", "vault", "3 findings; the first: damage assets/x, restore; path=y")
    body = read(*entries(older))
    assert (body.verdict, body.total, body.findings) == (Verdict.FINDINGS, 3, ())
    clean = AuditDraft("AUDIT_CLEAN", "local", "vault", "every byte, row, tile, root and signature agrees")
    assert read(*entries(older, clean)).verdict is Verdict.CLEAN


def test_a_verdict_that_a_crash_cut_counts_as_far_as_it_came() -> None:
    """Its rows say how many there were to be."""
    rows = verdict_rows(VerificationResult([finding(n) for n in range(9)], 9), "a", "", "1")[:4]
    body = read(*entries(*rows))
    assert body.total == 9 and len(body.findings) == 4


def test_rows_of_two_verifications_are_not_mixed() -> None:
    """The newer one's alone count, although the older was cut."""
    older = verdict_rows(VerificationResult([finding(n) for n in range(9)], 9), "a", "", "1")[:4]
    newer = verdict_rows(VerificationResult([finding(77), finding(78)], 2), "a", "", "2")
    body = read(*entries(*older, *newer))
    assert [each.entry for each in body.findings] == [77, 78]


def test_the_newest_cosignature_is_told_beside_it() -> None:
    """Of which log, at which size, by whom, when."""
    row = AuditDraft("COSIGNED", "SHA256:desk", "ledger/audit/checkpoints/236.front-desk", "vkey")
    assert read(*entries(row)).cosigned == Cosigned(Log.AUDIT, 236, "front-desk", 1_769_860_800_000_000)


@given(st.lists(st.sampled_from(["clean", "one", "many", "cut", "part", "older", "cosigned"]), max_size=8))
def test_from_the_newest_back_enough_is_read(kinds: list[str]) -> None:
    """What is read from the newest row back, and no more, tells what the whole log tells."""
    drafts: list[AuditDraft] = []
    for run, kind in enumerate(kinds):
        match kind:
            case "clean":
                drafts += verdict_rows(VerificationResult((), 0), "a", "", str(run))
            case "part":
                drafts += verdict_rows(VerificationResult((), 0, Scope.PARTIAL), "a", "", str(run))
            case "one":
                drafts += verdict_rows(VerificationResult([finding(run)], 1), "a", "", str(run))
            case "many":
                drafts += verdict_rows(VerificationResult([finding(n) for n in range(20)], 20), "a", "", str(run))
            case "cut":
                drafts += verdict_rows(VerificationResult([finding(n) for n in range(9)], 9), "a", "", str(run))[:3]
            case "older":
                drafts.append(AuditDraft("AUDIT_FINDING", "local", "vault", "2 findings; the first: damage x, y"))
            case _:
                drafts.append(AuditDraft("COSIGNED", "d", f"ledger/checkpoints/{run}.w", "vkey"))
    rows = entries(*drafts)
    newest = NewestRows()
    for row in reversed(rows):
        if newest.take(row):
            break
    assert read(*newest.oldest_first) == read(*rows)


@given(st.text(alphabet=st.characters(), max_size=900))
def test_a_finding_of_any_text_fits_the_wire(text: str) -> None:
    """Bounded, on one line, without what hides or reorders; sixteen of them fit into one message."""
    said = Finding("damage", text, 1, 1, text, text, text)
    found = found_of(said)
    assert len(found.path.encode()) <= MAX_PATH_BYTES and len(found.remedy.encode()) <= MAX_WORDS_BYTES
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in found.path)
    encode_body(IntegrityBody(1, "a", Scope.FULL, Verdict.FINDINGS, 16, (found,) * 16, 1, None))


def test_what_is_cut_says_so() -> None:
    """By an ellipsis at its end."""
    assert bounded("é" * 200, 100).endswith("…") and bounded("short", 100) == "short"
