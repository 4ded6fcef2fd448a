"""The alarms of one Totebox that stand: kept on disk by what was seen, until a full and clean verification.

alarm      a head that does not follow from what was seen: both checkpoints are on disk before the alarm is shown
restart    what stands is read from disk before the Totebox is dialed
cleared    both logs follow from what was seen in this session, and the Totebox says that a full verification found nothing,
           at a time after the alarm. Nothing else clears it, and what was seen is never set back.
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
    """Fed by the session; `emit` hears what stands whenever that changes."""

    def __init__(self, seen: SeenStore, emit: Callable[[Contradicted], None], clock: Callable[[], float]) -> None:
        self._seen, self._emit, self._clock = seen, emit, clock
        self._standing: tuple[Contradiction, ...] = ()
        self._follows: set[Log] = set()
        self._verdict: IntegrityBody | None = None

    def recall(self, pairing: StoredPairing) -> None:
        """Say what stands by what is on disk."""
        found = (self._seen.standing(origin, log) for log, origin in _origins(pairing).items())
        standing = tuple(each for each in found if each is not None)
        if standing != self._standing:
            self._standing = standing
            self._emit(Contradicted(pairing.totebox, standing, self._clock()))

    def begin(self) -> None:
        """A session begins: nothing is proved in it yet."""
        self._follows.clear()

    def checked(self, pairing: StoredPairing, head: HeadChecked) -> None:
        """A head was held against what was seen."""
        log = Log.AUDIT if head.audit else Log.RECORDS
        if head.alarm:
            self._follows.discard(log)
            self.recall(pairing)
        else:
            self._follows.add(log)
            self._settle(pairing)

    def heard(self, pairing: StoredPairing, telemetry: Telemetry) -> None:
        """Telemetry of any topic came. Raises RemoteProtocolError: its INTEGRITY cannot be read."""
        if telemetry.topic is Topic.INTEGRITY:
            body = decode_body(telemetry.topic, telemetry.body)
            if isinstance(body, IntegrityBody):
                self.told(pairing, body)

    def told(self, pairing: StoredPairing, verdict: IntegrityBody) -> None:
        """The Totebox said what its newest verification has found."""
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
