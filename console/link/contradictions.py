"""Alarms about the logs of one Totebox. They are kept on disk beside what was seen, until a full and clean
verification.

    alarm      a head does not follow from what was seen: both checkpoints are on disk before the alarm is shown
    restart    the open alarms are read from disk before the Totebox is dialled
    cleared    both logs follow from what was seen in this session, and the Totebox says that a full verification, made after the alarm,
               found nothing. Nothing else clears an alarm, and what was seen is never reset.
"""

from collections.abc import Callable

from console.link.pairing import SeenStore, StoredPairing
from console.model.contradiction import Contradiction
from console.model.events import Contradicted, HeadChecked
from protocol.schema import IntegrityBody, Telemetry
from protocol.schema.numbers import CLOCK_SKEW_S, Log, Scope, Topic, Verdict
from protocol.trust.note import parse_vkey
from protocol.wire.codec import decode_body


class Contradictions:
    """The session calls it with heads and telemetry. `emit` receives the open alarms whenever they change."""

    def __init__(self, seen: SeenStore, emit: Callable[[Contradicted], None], clock: Callable[[], float]) -> None:
        self._seen, self._emit, self._clock = seen, emit, clock
        self._standing: tuple[Contradiction, ...] = ()
        self._follows: set[Log] = set()
        self._verdict: IntegrityBody | None = None

    def recall(self, pairing: StoredPairing) -> None:
        """Read the open alarms from disk and emit them."""
        found = (self._seen.standing(origin, log) for log, origin in _origins(pairing).items())
        standing = tuple(each for each in found if each is not None)
        if standing != self._standing:
            self._standing = standing
            self._emit(Contradicted(pairing.totebox, standing, self._clock()))

    def begin(self) -> None:
        """Begin a session, in which nothing is proved yet."""
        self._follows.clear()

    def checked(self, pairing: StoredPairing, head: HeadChecked) -> None:
        """A head was compared with what was seen."""
        log = Log.AUDIT if head.audit else Log.RECORDS
        if head.alarm:
            self._follows.discard(log)
            self.recall(pairing)
        else:
            self._follows.add(log)
            self._settle(pairing)

    def heard(self, pairing: StoredPairing, telemetry: Telemetry) -> None:
        """Telemetry of any topic arrived. Raises RemoteProtocolError where its INTEGRITY cannot be decoded."""
        if telemetry.topic is Topic.INTEGRITY:
            body = decode_body(telemetry.topic, telemetry.body)
            if isinstance(body, IntegrityBody):
                self.told(pairing, body)

    def told(self, pairing: StoredPairing, verdict: IntegrityBody) -> None:
        """The Totebox reported the result of its newest verification."""
        self._verdict = verdict
        self._settle(pairing)

    def _settle(self, pairing: StoredPairing) -> None:
        verdict = self._verdict
        if not self._standing or len(self._follows) < len(Log) or verdict is None:
            return
        if (verdict.verdict, verdict.scope) != (Verdict.CLEAN, Scope.FULL):
            return
        since = max(each.time_us for each in self._standing)
        if verdict.time_us + CLOCK_SKEW_S * 1_000_000 < since:
            return
        for log, origin in _origins(pairing).items():
            if any(each.log is log for each in self._standing):
                self._seen.cleared(origin, f"a full verification found nothing, audit row {verdict.audit_index}")
        self.recall(pairing)


def _origins(pairing: StoredPairing) -> dict[Log, str]:
    """The names of the logs whose keys are pinned; none before the first session."""
    keys = {Log.RECORDS: pairing.vkey, Log.AUDIT: pairing.audit_vkey}
    return {log: parse_vkey(key).name for log, key in keys.items() if key}
