"""The running services: made from their SPECs in roster order, each with the context of its ring.

A service that fails reports it in its state and as an event; the other services and the gate go on.
"""

import asyncio
import contextlib
import importlib
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from protocol.schema import ServiceState
from protocol.schema.numbers import Role, Severity
from totebox.config import VERSION
from totebox.daemon.background import PAUSES_S
from totebox.errors import ToteboxError
from totebox.gate.disk_floor import DiskFloor
from totebox.gate.ingest import GateIngest
from totebox.gate.proposals import ServiceProposals
from totebox.gate.tables import ListedTable
from totebox.service.contract import (
    DraftingService,
    Emit,
    KeepsSettings,
    Recognises,
    SealedSetting,
    Sealing,
    Service,
    ServiceSpec,
    VerbHandlers,
)
from totebox.service.index import Index
from totebox.service.keepers import Keeper
from totebox.service.rings import (
    BoundaryContext,
    BoundarySpec,
    IntelligenceContext,
    IntelligenceSpec,
    KnowledgeContext,
    KnowledgeSpec,
    ReadOnlyHandle,
)
from totebox.vault.api import Draft, Entry, LeafIndex, Vault
from totebox.vault.life.guide import Contents

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Running:
    """One service. `fault` is '' or says what failed. `drafting` is the service where its ring may draft records."""

    spec: ServiceSpec
    service: Service
    drafting: DraftingService | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Rings:
    """Makes services, each with what its ring allows and nothing more. Indexes are in the folder `cache`."""

    vault: Vault
    cache: Path
    floor: DiskFloor
    now: Callable[[], str]
    voice: Callable[[str], Emit]
    changed: Callable[[str], None]

    def running(self, spec: ServiceSpec) -> Running:
        """The service of `spec`, made with the context of its ring."""
        match spec:
            case KnowledgeSpec():
                knowing = spec.make(self.knowledge(spec.name))
                return Running(spec, knowing, knowing)
            case BoundarySpec():
                bordering = spec.make(self.boundary(spec.name))
                return Running(spec, bordering, bordering)
            case IntelligenceSpec():
                return Running(spec, spec.make(self.intelligence(spec.name)))
            case _:
                raise TypeError(
                    f"service {spec.name} has a SPEC of no ring; make it a KnowledgeSpec, BoundarySpec or IntelligenceSpec"
                )

    def knowledge(self, name: str) -> KnowledgeContext:
        """The context of service `name` in ring KNOWLEDGE."""
        return KnowledgeContext(
            reader=ReadOnlyHandle(self.vault),
            open_index=self._index,
            now=self.now,
            emit=self.voice(name),
            changed=self.changed,
        )

    def boundary(self, name: str) -> BoundaryContext:
        """The context of service `name` in ring BOUNDARY."""
        return BoundaryContext(
            reader=ReadOnlyHandle(self.vault),
            open_index=self._index,
            now=self.now,
            emit=self.voice(name),
            changed=self.changed,
            ingest=GateIngest(name, self.vault, self.floor),
        )

    def intelligence(self, name: str) -> IntelligenceContext:
        """The context of service `name` in ring INTELLIGENCE."""
        return IntelligenceContext(
            reader=ReadOnlyHandle(self.vault),
            open_index=self._index,
            now=self.now,
            emit=self.voice(name),
            changed=self.changed,
            proposer=ServiceProposals(),
        )

    def _index(self, name: str, schema: str) -> Index:
        assert name.isalpha(), f"the name of an index is letters alone, and {name!r} is not"
        return Index(self.cache / f"{name}.sqlite", schema)


@dataclass(slots=True)
class Roster:
    """All services of one Totebox."""

    running: list[Running] = field(default_factory=list)
    emit: Emit = lambda severity, text, remedy: None

    def tables(self) -> list[ListedTable]:
        """Their tables, with the least role that may list each."""
        return [
            ListedTable(spec, one.spec.readable_by, readers[spec.name])
            for one in self.running
            if (readers := one.service.tables())
            for spec in one.spec.tables
        ]

    def verbs(self) -> dict[str, VerbHandlers]:
        """Handlers for the verbs of each service whose ring may draft records."""
        return {one.spec.name: one.drafting.verbs() for one in self.running if one.drafting is not None}

    def readable_by(self) -> dict[str, Role]:
        """The least role that may read a service's records."""
        return {one.spec.name: one.spec.readable_by for one in self.running}

    def keepers(self) -> tuple[Keeper, ...]:
        """The services that keep originals, in start order."""
        return tuple(Keeper(one.spec.name, one.spec.takes) for one in self.running if one.spec.keeps)

    async def sealed(self, sha256: bytes) -> int | None:
        """The original with these bytes, whichever service keeps it, or None."""
        for one in self.running:
            if isinstance(one.service, Recognises):
                return await one.service.sealed(sha256)
        return None

    async def superseded_by(self, index: LeafIndex) -> LeafIndex | None:
        """The newest original that supersedes original `index`, whichever service keeps it, or None."""
        for one in self.running:
            if isinstance(one.service, Recognises):
                return await one.service.superseded_by(index)
        return None

    async def setting(self, name: str) -> SealedSetting | None:
        """The newest record of the operator's file `name`, or None."""
        for one in self.running:
            if isinstance(one.service, KeepsSettings):
                return await one.service.setting(name)
        return None

    def states(self) -> tuple[ServiceState, ...]:
        """The state of each service."""
        return tuple(
            ServiceState(one.spec.name, "failed", one.fault, 0) if one.fault else one.service.state()
            for one in self.running
        )

    async def compose(self, keeper: str, sealing: Sealing) -> Sequence[Draft]:
        """Further drafts of a batch: those of the service that keeps the original, then those of the services that keep
        none.
        """
        asked = sorted(
            (one for one in self.running if one.spec.name == keeper or not one.spec.keeps),
            key=lambda one: not one.spec.keeps,
        )
        drafting = [one.drafting for one in asked if one.drafting is not None]
        return [draft for service in drafting for draft in await service.seal(sealing)]

    async def absorb(self, entries: Sequence[Entry]) -> None:
        """Give acknowledged records to every service."""
        for one in self.running:
            try:
                await one.service.absorb(entries)
            except Exception as fault:  # noqa: BLE001 (a service is a task of its own: its fault is shown, the others go on)
                self._failed(one, fault)
            else:
                one.fault = ""

    async def run(self) -> None:
        """Run the background work of all services."""
        async with asyncio.TaskGroup() as tasks:
            for one in self.running:
                tasks.create_task(self._run(one), name=one.spec.name)

    async def close(self, within_s: float = 0.0) -> None:
        """Let each index catch up with the records, all together within `within_s` seconds; then close what each service opened.

        An index that did not catch up is marked as stale by its service. A service that fails to close prevents no other from closing.
        """
        if within_s > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self.absorb(())
        for one in self.running:
            try:
                await one.service.close()
            except Exception as fault:  # noqa: BLE001 (a service is a task of its own: its fault is shown, the others go on)
                self._failed(one, fault)

    async def _run(self, one: Running) -> None:
        """Run a service's background work. After a fault it begins again after a pause, which grows with the number of
        faults.
        """
        for pause_s in itertools.chain(PAUSES_S, itertools.repeat(PAUSES_S[-1])):
            try:
                await one.service.run()
            except Exception as fault:  # noqa: BLE001 (a service is a task of its own: its fault is shown, the others go on)
                self._failed(one, fault)
                await asyncio.sleep(pause_s)
            else:
                return

    def _failed(self, one: Running, fault: Exception) -> None:
        # A fault of the program is logged with its trace; what the vault or the disk refuses says itself what it is.
        trace = None if isinstance(fault, (ToteboxError, OSError)) else fault
        log.error("service %s failed: %s", one.spec.name, fault, exc_info=trace)
        if not one.fault:
            self.emit(
                Severity.WARNING, f"service {one.spec.name} failed: {fault}", "see the daemon's log; records are safe"
            )
        one.fault = f"{type(fault).__name__}: {fault}"


def hire(names: Sequence[str], rings: Rings) -> Roster:
    """Make the services `names` in order."""
    roster = Roster(emit=rings.voice("services"))
    for spec in specs(names):
        roster.running.append(rings.running(spec))
    return roster


def specs(names: Sequence[str]) -> Iterator[ServiceSpec]:
    """The SPECs of the services `names`, in order."""
    for name in names:
        spec = importlib.import_module(f"totebox.services.{name}").SPEC
        assert isinstance(spec, ServiceSpec), f"totebox.services.{name} exports no SPEC"
        yield spec


def contents_of(names: Sequence[str]) -> Contents:
    """What the README of a vault says of the services `names`: their kinds of records, and the columns of their lines."""
    described = tuple(specs(names))
    kinds = tuple((spec.name, kind, says) for spec in described for kind, says in spec.kinds)
    segments = tuple(segment for spec in described for segment in spec.segments)
    return Contents(f"os-totebox {VERSION}", kinds, segments)
