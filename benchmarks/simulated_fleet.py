"""A fleet of Toteboxes that exist as events only: what their links would emit, deterministic by seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from console.model.events import Echo, Event, Heard, LinkLost, LinkUp, PairingAdded
from protocol.schema import Bound, Cursor, DeviceKey, EventBody, ServiceState, StatusBody, Telemetry
from protocol.schema.numbers import Algorithm, Grade, Role, Severity, Tier, Topic
from protocol.wire.codec import encode_body

EPOCH = bytes(8)
START_US = 1_790_000_000_000_000
"""The simulated wall clock at monotonic second 0."""
KINDS = ("corporation", "property", "household", "practice", "firm", "project")
WORDS = ("Acme", "Birch", "Cedar", "Delta", "Elm", "Fjord", "Garnet", "Harbour", "Iris", "Juniper")


@dataclass(slots=True)
class SimulatedFleet:
    """`size` Toteboxes. Each second every one echoes; `busy` of them (0..1) have news."""

    size: int
    busy: float = 1.0
    seed: int = 7
    _random: Random = field(init=False)
    _sizes: list[int] = field(init=False)
    _seq: int = 0

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._sizes = [self._random.randrange(10, 90_000) for _ in range(self.size)]

    def id(self, number: int) -> str:
        return f"{number:016x}"

    def name(self, number: int) -> str:
        return f"{WORDS[number % len(WORDS)].lower()}-{number:03}"

    def beginning(self, at: float) -> Iterator[Event]:
        """All are known, linked, and have said how they are."""
        for number in range(self.size):
            yield PairingAdded(self.id(number), self.name(number), f"unix:/run/totebox/{number:04x}.sock", at)
            yield LinkUp(self.id(number), self.bound(number), "unix", at)
            yield self.status(number, at)

    def second(self, at: float) -> Iterator[Event]:
        """What one second brings."""
        for number in range(self.size):
            yield Echo(self.id(number), at - 0.001, at)
            if self._random.random() < self.busy:
                self._sizes[number] += self._random.choice((0, 0, 1, 1, 2, 3))
                yield self.status(number, at)
        if self._random.random() < 0.3:
            yield self.event(self._random.randrange(self.size), Severity.NOTICE, "a document was sealed", at)

    def lost(self, number: int, at: float, reason: str = "no answer for 3 s") -> Event:
        return LinkLost(self.id(number), reason, None, at + 5, at)

    def bound(self, number: int) -> Bound:
        key = DeviceKey(Algorithm.SSH_ED25519, bytes(32))
        name, kind = f"{WORDS[number % len(WORDS)]} Holdings {number}", KINDS[number % len(KINDS)]
        origin = f"{self.name(number)}-0a1b2c3d"
        return Bound(key, bytes(64), name, kind, origin, "v", "a", Role.ADMIN, EPOCH, bytes(32), (), ())

    def status(self, number: int, at: float) -> Event:
        """A STATUS telemetry with the present size and some noise in memory and CPU."""
        body = StatusBody(
            entity=f"{WORDS[number % len(WORDS)]} Holdings {number}",
            entity_kind=KINDS[number % len(KINDS)],
            lifecycle="active",
            grade=Grade.PROCESS,
            tier=Tier.RELAY,
            read_only="",
            tree_size=self._sizes[number],
            root=self._sizes[number].to_bytes(32),
            checkpoint_time_us=START_US + int(at * 1e6),
            audit_size=self._sizes[number] * 2,
            audit_root=bytes(32),
            services=tuple(ServiceState(each, "running", "", 0) for each in ("fs", "audit", "people", "minutebook")),
            sessions=1 + number % 3,
            gate_queue=self._random.randrange(3),
            intake=0,
            drops=0,
            disk_free_bytes=40 << 30,
            disk_total_bytes=100 << 30,
            vault_bytes=self._sizes[number] * 4_000,
            memory_bytes=(48 + self._random.randrange(4)) << 20,
            cpu_permille=self._random.randrange(30),
            uptime_s=3_600 + int(at),
            version="0.1.0",
        )
        return self._telemetry(number, body, at)

    def event(self, number: int, severity: Severity, text: str, at: float) -> Event:
        return self._telemetry(number, EventBody(severity, "minutebook", text, ""), at)

    def _telemetry(self, number: int, body: StatusBody | EventBody, at: float) -> Event:
        self._seq += 1
        topic, data = encode_body(body)
        assert topic in (Topic.STATUS, Topic.EVENT)
        return Heard(self.id(number), Telemetry(topic, Cursor(EPOCH, self._seq), START_US + int(at * 1e6), data), at)
