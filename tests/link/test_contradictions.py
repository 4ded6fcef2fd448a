"""An alarm of this console about a log stands until a full and clean verification, whatever restarts."""

from datetime import datetime
from pathlib import Path

import pytest

from console.link.contradictions import Contradictions
from console.link.pairing import SeenStore, StoredPairing
from console.link.seen_checkpoints import SeenFiles
from console.model.contradiction import Break
from console.model.events import Contradicted, HeadChecked
from protocol.schema import IntegrityBody
from protocol.schema.numbers import CLOCK_SKEW_S, Log, Role, Scope, Verdict
from protocol.trust.note import Signer

KEYS = {log: Signer(f"acme{'/audit' * (log is Log.AUDIT)}", bytes([log]) * 32) for log in Log}
ORIGIN = KEYS[Log.RECORDS].verifier.name
NOON = "2026-11-22T12:00:00+00:00"
NOON_US = int(datetime.fromisoformat(NOON).timestamp() * 1e6)


@pytest.fixture
def pairing() -> StoredPairing:
    vkey, audit_vkey = (KEYS[log].verifier.text() for log in (Log.RECORDS, Log.AUDIT))
    return StoredPairing("acme", "acme", "unix:/x", bytes(32), None, b"", Role.ADMIN, vkey, audit_vkey)


class Told:
    """Contradictions of one start of the console, and what it heard of them."""

    def __init__(self, seen: SeenStore, pairing: StoredPairing) -> None:
        self.heard: list[Contradicted] = []
        self.pairing = pairing
        self.held = Contradictions(seen, self.heard.append, lambda: 1.0)
        self.held.recall(pairing)
        self.held.begin()

    def head(self, log: Log, alarm: str = "") -> None:
        self.held.checked(self.pairing, HeadChecked("acme", log is Log.AUDIT, 9, bytes(32), b"", alarm, 1.0))

    def verified(self, time_us: int, verdict: Verdict = Verdict.CLEAN, scope: Scope = Scope.FULL) -> None:
        total = int(verdict is Verdict.FINDINGS)
        self.held.told(self.pairing, IntegrityBody(time_us, "x", scope, verdict, total, (), 5, None))

    @property
    def stands(self) -> list[Break]:
        return [each.broken for each in self.heard[-1].contradictions] if self.heard else []


@pytest.fixture
def seen(tmp_path: Path) -> SeenFiles:
    """A console that saw another history at noon."""
    store = SeenFiles(tmp_path / "seen", now=lambda: NOON)
    store.alarm(ORIGIN, b"seen", b"shown", "it does not follow", Break.FORKED)
    return store


def test_it_is_known_before_anything_is_dialed(seen, pairing, tmp_path) -> None:
    """Another start of the console reads it from disk, with both checkpoints."""
    told = Told(SeenFiles(tmp_path / "seen"), pairing)
    [held] = told.heard[0].contradictions
    assert (held.log, held.broken, held.seen, held.shown) == (Log.RECORDS, Break.FORKED, b"seen", b"shown")
    assert held.time_us == NOON_US


def test_logs_that_follow_again_do_not_clear_it(seen, pairing) -> None:
    """The honest copy came back: that somebody showed another one stays."""
    told = Told(seen, pairing)
    told.head(Log.RECORDS)
    told.head(Log.AUDIT)
    assert told.stands == [Break.FORKED]


def test_a_later_full_clean_verification_clears_it(seen, pairing, tmp_path) -> None:
    """In whatever order heads and verdict come; the next start knows nothing of it, the evidence stays on disk."""
    told = Told(seen, pairing)
    told.verified(NOON_US + 1)
    told.head(Log.RECORDS)
    assert told.stands == [Break.FORKED]
    told.head(Log.AUDIT)
    assert told.stands == []
    assert not Told(SeenFiles(tmp_path / "seen"), pairing).heard
    assert "shown" in seen.alarms_path(ORIGIN).read_text()


@pytest.mark.parametrize(
    ("time_us", "verdict", "scope"),
    [
        (NOON_US - (CLOCK_SKEW_S + 1) * 1_000_000, Verdict.CLEAN, Scope.FULL),
        (NOON_US + 1, Verdict.CLEAN, Scope.PARTIAL),
        (NOON_US + 1, Verdict.FINDINGS, Scope.FULL),
        (0, Verdict.UNVERIFIED, Scope.FULL),
    ],
)
def test_nothing_less_clears_it(seen, pairing, time_us: int, verdict: Verdict, scope: Scope) -> None:
    """Not an older verdict, not a partial one, not one with findings, not none."""
    told = Told(seen, pairing)
    told.head(Log.RECORDS)
    told.head(Log.AUDIT)
    told.verified(time_us, verdict, scope)
    assert told.stands == [Break.FORKED]


def test_a_log_that_contradicts_now_is_not_cleared_by_its_own_word(seen, pairing) -> None:
    """A rolled back vault verifies clean: while its heads do not follow, that counts for nothing; nor do heads of an earlier session."""
    told = Told(seen, pairing)
    told.head(Log.RECORDS)
    told.head(Log.AUDIT)
    told.head(Log.RECORDS, "shorter")
    told.verified(NOON_US + 1)
    assert told.stands == [Break.FORKED]
    told.held.begin()
    told.head(Log.AUDIT)
    assert told.stands == [Break.FORKED]
