"""How a gate is made of its parts: the one place, used by the daemon and by the tests.

The caller hands in what lies outside the gate. What belongs to the gate alone (the Input Machine and its documents, the
verbs, its own tables) is made here.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from protocol.schema import Body
from protocol.schema.numbers import Role
from protocol.trust.keys import FileBinder
from totebox.gate.capabilities import Capabilities
from totebox.gate.capability_book import CapabilityBook
from totebox.gate.capability_views import CAPABILITIES, capabilities_page
from totebox.gate.document_source import DocumentSource
from totebox.gate.door import Identity, Peer
from totebox.gate.drops import Drops
from totebox.gate.gate import Gate
from totebox.gate.held_rows import HeldRows
from totebox.gate.intake import Intakes
from totebox.gate.integrity import Integrity
from totebox.gate.machine import InputMachine
from totebox.gate.pairing_verbs import PairingVerbs
from totebox.gate.pairings import Pairings
from totebox.gate.recorder import Recorder
from totebox.gate.scope_names import ScopeNames
from totebox.gate.service_verbs import handlers_of
from totebox.gate.staging import Staging
from totebox.gate.tables import TABLES, ListedTable, Tables
from totebox.gate.tickets import Issuer
from totebox.gate.verbs import ReadingVerbs, VerifyVault
from totebox.gate.views import (
    CHART,
    CLAIMS,
    DROPS,
    INTAKE,
    PAIRINGS,
    chart_page,
    drops_page,
    intake_page,
    pairings_page,
)
from totebox.service.contract import Emit, Page, VerbHandlers
from totebox.service.query import Query

OWN_TABLES = (
    (PAIRINGS, Role.ADMIN),
    (CAPABILITIES, Role.USER),
    (INTAKE, Role.INPUT),
    (CLAIMS, Role.INPUT),
    (DROPS, Role.INPUT),
    (CHART, Role.USER),
)
"""Tables of the gate itself, each with the least role that may list it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a gate is made of.

    `recorder` writes to the same vault as `vault`. `tables` are those of the services, `readable_by` the least role
    that may read a service's records; `verbs` are the handlers that services contribute, by service. `verify` reads the
    whole vault. `cut(fingerprint)` ends the sessions of a device; `voice(source)` is the function with which `source`
    sends an EVENT; `publish` sends any body; `changed(table)` informs consoles that the rows of a table have changed.
    The other fields are the sources of randomness and time.
    """

    identity: Identity
    vault: HeldRows
    recorder: Recorder
    pairings: Pairings
    issuer: Issuer
    capability_book: CapabilityBook
    binder: FileBinder
    staging: Staging
    drops: Drops
    reading: DocumentSource
    tables: Sequence[ListedTable]
    readable_by: Mapping[str, Role]
    verify: VerifyVault
    cut: Callable[[str], None]
    voice: Callable[[str], Emit]
    publish: Callable[[Body], None]
    changed: Callable[[str], None]
    entropy: Callable[[int], bytes]
    now: Callable[[], str]
    now_us: Callable[[], int]
    monotonic: Callable[[], float]
    verbs: Mapping[str, VerbHandlers] = field(default_factory=dict)


def build_gate(parts: Parts) -> Gate:
    """A gate that is ready to answer. It starts no task and no process."""
    vault, now, now_us = parts.vault, parts.now, parts.now_us
    voice, changed = parts.voice, parts.changed
    pairings = PairingVerbs(vault, parts.pairings, parts.issuer, parts.cut, changed, now, now_us, voice("gate"))
    capabilities = Capabilities(
        vault, parts.capability_book, parts.pairings, parts.binder, changed, now, now_us, _names(parts)
    )
    machine = InputMachine(
        vault, parts.staging, parts.drops, parts.reading, Intakes(), parts.entropy, now, voice("input"), changed, parts.binder.key
    )  # fmt: skip
    sessions: dict[int, Peer] = {}
    tables = Tables.of([*parts.tables, *_own_tables(parts, machine, capabilities, sessions)])
    integrity = Integrity(vault, parts.publish, parts.entropy, now_us)
    reading = ReadingVerbs(vault, tables, parts.verify, parts.readable_by, voice("verify"), integrity, parts.monotonic)
    return Gate(
        parts.identity, vault, pairings, reading, machine, voice("gate"), parts.monotonic, now_us, capabilities, parts.recorder,
        handlers_of(vault, parts.verbs), sessions,
    )  # fmt: skip


def _names(parts: Parts) -> ScopeNames:
    """What a grant may name."""
    specs = [*(table.spec for table in parts.tables), *(spec for spec, _ in OWN_TABLES), TABLES]
    contributed = [verb for handlers in parts.verbs.values() for verb in handlers]
    return ScopeNames.of([*parts.readable_by, *parts.verbs], specs, contributed)


def _own_tables(
    parts: Parts, machine: InputMachine, capabilities: Capabilities, sessions: Mapping[int, Peer]
) -> list[ListedTable]:
    """Tables of the gate itself."""

    async def intake(query: Query) -> Page:
        return intake_page(machine.intakes.all(), query)

    async def drops(query: Query) -> Page:
        return drops_page((await asyncio.to_thread(parts.drops.scan))[0], query)

    async def chart(query: Query) -> Page:
        return chart_page(parts.reading.chart(), query)

    async def paired(query: Query) -> Page:
        live = _live(list(sessions.values()))
        return pairings_page(parts.pairings.book, live, parts.now_us(), query)

    async def granted(query: Query, peer: Peer) -> Page:
        return capabilities_page(capabilities.rows(peer), query)

    readers = {
        PAIRINGS: paired, INTAKE: intake, CLAIMS: machine.claims, DROPS: drops, CHART: chart,
    }  # fmt: skip
    return [
        ListedTable(spec, least, readers.get(spec), granted if spec is CAPABILITIES else None)
        for spec, least in OWN_TABLES
    ]


def _live(peers: list[Peer]) -> dict[str, tuple[int, str]]:
    """Open sessions and the newest agent by fingerprint."""
    counts = Counter(peer.pairing.fingerprint for peer in peers)
    agents = {peer.pairing.fingerprint: peer.agent for peer in peers}
    return {name: (count, agents[name]) for name, count in counts.items()}
