"""Makes the demo's six Toteboxes: documents written, daemons started, devices paired, everything sealed. Resumes where it stopped."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from console.demo.daemons import STOP_S, Daemon
from console.demo.paper.pdf import need_fpdf
from console.demo.samples import Entity, entities, verdicts
from console.demo.scribe import AGENT, Scribe
from console.errors import DemoError
from console.link.keyring import Keyring
from console.link.pairing import StoredPairing, pair
from protocol.trust.pairing import parse_ticket

MARKER = "totebox-demo.json"
FORMAT = 2
LABEL = "demo console"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoFleet:
    """The demo in one directory:

    totebox-demo.json     marks the directory as the demo's, and lists which entities are complete
    vaults/<entity>/      six ordinary Toteboxes
    samples/<entity>/     the documents as files
    keyring/              this console's keys and pairings, apart from the user's own
    run/<entity>.log|.pid their daemons
    """

    directory: Path
    daemons: dict[str, Daemon]

    @property
    def keyring(self) -> Keyring:
        """Keys and pairings of the demo's console."""
        return Keyring(self.directory / "keyring")

    def launch(self) -> bool:
        """Start every daemon at the address of its pairing, without waiting; False when that cannot be done now.

        The console connects to each of them when it is ready.
        """
        if complete(self.directory) != set(self.daemons):
            return False
        held = {pairing.name: pairing.uri for pairing in self.keyring.pairings()}
        uris = {one.slug: held.get(one.name, "") for one in entities()}
        if not all(uri.startswith("unix:") and Path(uri[5:]).parent.is_dir() for uri in uris.values()):
            return False
        for slug, daemon in self.daemons.items():
            if not daemon.local.is_up():
                daemon.launch(uris[slug])
        return True

    def stop(self) -> int:
        """End every daemon of the demo, and wait. Returns how many there were."""
        asked = [(daemon, daemon.ask_to_stop()) for daemon in self.daemons.values()]
        deadline = monotonic() + STOP_S
        for daemon, pid in asked:
            if pid is not None:
                daemon.wait_stopped(pid, deadline)
        return sum(pid is not None for _, pid in asked)


def fleet_in(directory: Path) -> DemoFleet:
    """The demo in `directory`, whether it exists or not."""
    place = directory.absolute()
    run = place / "run"
    daemons = {
        one.slug: Daemon(place / "vaults" / one.slug, run / f"{one.slug}.log", run / f"{one.slug}.pid")
        for one in entities()
    }
    return DemoFleet(place, daemons)


def is_demo(directory: Path) -> bool:
    """Whether `directory` was made by the demo."""
    return (directory / MARKER).is_file()


def complete(directory: Path) -> set[str]:
    """The entities that are complete.

    Raises:
        DemoError: the directory contains something that is not the demo's.
    """
    if not is_demo(directory):
        if directory.exists() and any(directory.iterdir()):
            raise DemoError(f"{directory} is not empty and no demo; choose another --dir")
        return set()
    data = json.loads((directory / MARKER).read_text(encoding="utf-8"))
    if data.get("format") != FORMAT:
        raise DemoError(
            f"{directory} was made by another version; start over with: os-console demo --reset --dir {directory}"
        )
    return set(data["complete"])


def _mark(directory: Path, done: set[str]) -> None:
    text = json.dumps({"format": FORMAT, "complete": sorted(done)}, indent=2) + "\n"
    beside = directory / f".{MARKER}.{os.getpid()}"
    beside.write_text(text, encoding="utf-8")
    beside.replace(directory / MARKER)


async def provision(fleet: DemoFleet, say: Say, chosen: Sequence[Entity] | None = None) -> None:
    """Make what is missing of `chosen` (None: all six). Afterwards all daemons run, or after a fault none.

    Raises:
        DemoError: something differs from what is expected, or documents are missing and fpdf2 is not installed.
        LocalToteboxError: a daemon could not be made or started.
    """
    done = complete(fleet.directory)
    wanted = entities() if chosen is None else chosen
    if not {one.slug for one in wanted} <= done:
        need_fpdf()
    for folder in ("vaults", "samples", "run"):
        (fleet.directory / folder).mkdir(parents=True, exist_ok=True)
    _mark(fleet.directory, done)
    gate = asyncio.Semaphore(max(2, os.cpu_count() or 1))

    async def one(entity: Entity) -> None:
        async with gate:
            await _entity(fleet, entity, say, is_complete=entity.slug in done)
            done.add(entity.slug)
            _mark(fleet.directory, done)

    try:
        async with asyncio.TaskGroup() as tasks:
            for entity in wanted:
                tasks.create_task(one(entity))
    except BaseException as fault:
        await asyncio.to_thread(fleet.stop)
        raise _first(fault) from fault


def _first(fault: BaseException) -> BaseException:
    return _first(fault.exceptions[0]) if isinstance(fault, BaseExceptionGroup) else fault


async def _entity(fleet: DemoFleet, entity: Entity, say: Say, *, is_complete: bool) -> None:
    daemon, keyring = fleet.daemons[entity.slug], fleet.keyring
    ticket = ""
    if not daemon.local.exists():
        ticket = await asyncio.to_thread(daemon.local.init, entity.name, entity.kind)
    uri = await daemon.start()
    pairing = next((held for held in keyring.pairings() if held.name == entity.name), None)
    if pairing is None:
        text = ticket or await asyncio.to_thread(daemon.local.ticket, "admin")
        pairing = await pair(parse_ticket(text), keyring.static(), keyring.binder(), LABEL, AGENT, keyring)
    if pairing.uri != uri:
        pairing = replace(pairing, uri=uri)
        keyring.store(pairing)
    if not is_complete:
        await _seal_all(fleet, entity, pairing, say)


async def _seal_all(fleet: DemoFleet, entity: Entity, pairing: StoredPairing, say: Say) -> None:
    folder = fleet.directory / "samples" / entity.slug
    folder.mkdir(exist_ok=True)
    indexes: dict[str, int] = {}
    async with Scribe(pairing, fleet.keyring, LABEL).connected() as scribe:
        for sample in entity.samples:
            path = folder / sample.file
            path.write_bytes(await asyncio.to_thread(sample.make))
            expected = verdicts(entity.slug, sample.file)
            superseded = indexes[sample.supersedes] if sample.supersedes else None
            indexes[sample.file] = await scribe.seal(path, sample, expected, superseded)
            say(f"{entity.name:<28} {sample.file:<44} {len(expected):>3} claims  entry {indexes[sample.file]}")
    drop = fleet.daemons[entity.slug].directory / "app-console-input"
    for sample in entity.waiting:
        (drop / sample.file).write_bytes(await asyncio.to_thread(sample.make))
