"""The services that run: made from their SPECs in roster order, each with the vault handle of its ring.

A service that fails says so in its state and on the event stream; the others and the gate go on.
"""

import asyncio
import importlib
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from protocol.schema import ServiceState
from protocol.schema.numbers import Role, Severity
from totebox.daemon.background import PAUSES_S
from totebox.gate.tables import TableSpec
from totebox.service.contract import Emit, Ring, Sealing, Service, ServiceContext, ServiceSpec
from totebox.vault.api import Draft, Entry

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Running:
    """One service; `fault` says what went wrong, '' while nothing did."""

    spec: ServiceSpec
    service: Service
    fault: str = ""


@dataclass(slots=True)
class Roster:
    """All services of one Totebox."""

    running: list[Running] = field(default_factory=list)
    emit: Emit = lambda severity, text, remedy: None

    def tables(self) -> dict[str, TableSpec]:
        """Their tables with the least role that may list them."""
        return {
            name: TableSpec(one.spec.readable_by, read)
            for one in self.running
            for name, read in one.service.tables().items()
        }

    def readable_by(self) -> dict[str, Role]:
        """The least role that may read a service's records."""
        return {one.spec.name: one.spec.readable_by for one in self.running}

    def keepers(self) -> tuple[str, ...]:
        """The services that keep originals."""
        return tuple(one.spec.name for one in self.running if one.spec.keeps)

    def states(self) -> tuple[ServiceState, ...]:
        """How each of them is."""
        return tuple(
            ServiceState(one.spec.name, "failed", one.fault, 0) if one.fault else one.service.state()
            for one in self.running
        )

    async def compose(self, keeper: str, sealing: Sealing) -> Sequence[Draft]:
        """Further drafts of a batch: those of the service that keeps the original, then of those that keep none."""
        asked = sorted(
            (one for one in self.running if one.spec.name == keeper or not one.spec.keeps),
            key=lambda one: not one.spec.keeps,
        )
        return [draft for one in asked for draft in await one.service.seal(sealing)]

    async def absorb(self, entries: Sequence[Entry]) -> None:
        """Hand acknowledged records to every service."""
        for one in self.running:
            try:
                await one.service.absorb(entries)
            except Exception as fault:  # noqa: BLE001 (a service is a task of its own: its fault is shown, the others go on)
                self._failed(one, fault)
            else:
                one.fault = ""

    async def run(self) -> None:
        """Let them work in the background."""
        async with asyncio.TaskGroup() as tasks:
            for one in self.running:
                tasks.create_task(self._run(one), name=one.spec.name)

    async def close(self) -> None:
        """Close what each service opened. One that fails to close keeps no other from closing."""
        for one in self.running:
            try:
                await one.service.close()
            except Exception as fault:  # noqa: BLE001 (a service is a task of its own: its fault is shown, the others go on)
                self._failed(one, fault)

    async def _run(self, one: Running) -> None:
        """Its background work; begun again after a pause where it failed, and the longer a pause the oftener it did."""
        for pause_s in itertools.chain(PAUSES_S, itertools.repeat(PAUSES_S[-1])):
            try:
                await one.service.run()
            except Exception as fault:  # noqa: BLE001 (a service is a task of its own: its fault is shown, the others go on)
                self._failed(one, fault)
                await asyncio.sleep(pause_s)
            else:
                return

    def _failed(self, one: Running, fault: Exception) -> None:
        log.error("service %s failed", one.spec.name, exc_info=fault)
        if not one.fault:
            self.emit(
                Severity.WARNING, f"service {one.spec.name} failed: {fault}", "see the daemon's log; records are safe"
            )
        one.fault = f"{type(fault).__name__}: {fault}"


def hire(names: Sequence[str], context: ServiceContext, emit: Callable[[str], Emit]) -> Roster:
    """Make the services `names` in order. `emit(name)` gives each its own voice."""
    roster = Roster(emit=emit("services"))
    for name in names:
        spec = cast(ServiceSpec, importlib.import_module(f"totebox.services.{name}").SPEC)
        appender = None if spec.ring is Ring.INTELLIGENCE else context.appender
        own = ServiceContext(
            context.root, context.state, context.reader, appender, context.now, emit(name), context.changed
        )
        roster.running.append(Running(spec, spec.make(own)))
    return roster
