"""The composition root: the only file that knows every room. It makes and joins their objects; `House.live` runs
them.
"""

import asyncio
import contextlib
import logging
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from protocol.carrier.listening import Bound
from protocol.schema import ChangedBody, EventBody, StatusBody
from protocol.schema.numbers import MAX_TEXT_BYTES, AuditKind, Grade, Severity, Topic
from protocol.trust.keys import FileBinder, static_from_private
from totebox.cage.grade import LOGGED
from totebox.clock import monotonic_s, now_text, now_us
from totebox.config import VERSION, Settings, default_uri, dialled
from totebox.daemon.background import keep_up
from totebox.daemon.disk_room import Room
from totebox.daemon.documents import Documents
from totebox.daemon.operator_files import OperatorFiles
from totebox.daemon.owner_socket import OwnerSocket
from totebox.daemon.programs import Programs
from totebox.daemon.roster import Rings, hire
from totebox.daemon.shutdown import INDEXES_S, LAST_ROW_S, LINK_S, TASKS_S, Ending, first, raise_failures
from totebox.daemon.verification import verify_vault
from totebox.daemon.wall_state import WallState
from totebox.errors import DiskFull, ToteboxError
from totebox.files import drafts
from totebox.gate.ballast import Ballast
from totebox.gate.build import Parts, build_gate
from totebox.gate.capability_book import CapabilityBook
from totebox.gate.disk_floor import floor_of
from totebox.gate.door import Identity
from totebox.gate.drops import SETTLE_S, Drop, Drops, watch
from totebox.gate.gate import Gate
from totebox.gate.held_rows import HeldRows
from totebox.gate.ingest import GateIngest
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings
from totebox.gate.recorder import Recorder
from totebox.gate.staging import Leftover, Staging
from totebox.gate.tickets import Issuer
from totebox.gate.verdict import KINDS, NewestRows, VerificationResult
from totebox.link import Listener
from totebox.link.capacity import capacity_for, held_now, limit_now
from totebox.process.launcher import LauncherClient
from totebox.process.machine import Hardware
from totebox.service.contract import Emit
from totebox.telemetry.follower import FollowedVault, Follower
from totebox.telemetry.publisher import EPOCH_BYTES, Publisher
from totebox.telemetry.snapshot import LiveCounts, Snapshots, Sources, differs
from totebox.vault.api import AuditDraft, Entry, Vault, VaultHead
from totebox.vault.life.creation import load_identity
from totebox.vault.log.keys import DEVICE_KEY, STATIC_KEY, load_key
from totebox.vault.log.verdict_rows import standing_rows
from totebox.vault.places import LISTENING

TICK_S = 1.0
CHART_BYTES = 16 << 20
"""The most bytes of an operator's chart."""
BEAT_S = 5.0


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies outside the daemon's cage: the launcher, its programs, and what the daemon read of the machine before
    it entered the cage.
    """

    launcher: LauncherClient
    programs: Programs
    has: Hardware


@dataclass(frozen=True, slots=True)
class Doors:
    """What the daemon opened before it entered its cage: the bound addresses, and its certificate."""

    bound: tuple[Bound, ...]
    tls: ssl.SSLContext | None


_log = logging.getLogger("totebox")


class House:
    """All rooms of one daemon. Nothing runs before `live`; `roster` names its services in start order."""

    def __init__(
        self,
        settings: Settings,
        vault: Vault,
        head: VaultHead,
        outside: Outside,
        doors: Doors,
        roster: Sequence[str],
        lefts: Sequence[Leftover] = (),
    ) -> None:
        places = settings.places
        self.settings = settings
        self._doors = doors
        self._outside = outside
        launcher, programs = outside.launcher, outside.programs
        self._lefts = lefts
        self._grade = head.grade
        self.walls = WallState(
            partial(launcher.guard, programs.writer),
            lambda severity, text, remedy: self._voice("vault")(severity, text, remedy),
        )
        # Keys can be rotated: the vault says who signs now, not the identity that was written when the vault was made.
        self.who = replace(
            load_identity(places.root), origin=head.records.origin, vkey=head.vkey, audit_vkey=head.audit_vkey
        )
        self.static = static_from_private(load_key(places.root, STATIC_KEY))
        self.awake = asyncio.Event()
        self.publisher = Publisher(os.urandom(EPOCH_BYTES), now_us, self.awake.set)
        self.ballast = Ballast(places.root)
        self.floor = floor_of(places.root)
        followed = FollowedVault(vault, lambda: self.follower.nudge())
        self.vault = HeldRows(followed, now_text, monotonic_s, self.ballast.release)
        self.recorder = Recorder(self.vault, self.floor, monotonic_s)
        self.room = Room(self.floor, self.ballast, self.vault, lambda: self._voice("disk"), self.recorder.sweep)
        self.drops = Drops(places.drops, monotonic_s, now_us)
        self.settled: list[Drop] = []
        self.listening: list[str] = []
        self.pairings = Pairings(Journal(places.pairings, places.root))
        self.binder = FileBinder(load_key(places.root, DEVICE_KEY))
        rings = Rings(self.vault, places.cache, self.floor, now_text, self._voice, self._changed)
        self.roster = hire(roster, rings)
        self.documents = Documents(
            places.root,
            self.who.kind,
            self.roster,
            partial(launcher.start, programs.reader),
            partial(launcher.read_file, programs.chart, CHART_BYTES),
            outside.has,
        )
        self.operator_files = OperatorFiles(
            places.root,
            lambda name: launcher.read_file(name, CHART_BYTES),
            self.roster.setting,
            GateIngest("fs", self.vault, self.floor),
            programs.settings,
        )
        self.gate = self._gate()
        self.integrity = self.gate.reading.integrity
        self.follower = Follower(
            self.vault, self.publisher.publish, self.roster.absorb, monotonic_s, self.integrity.take
        )
        self.listener = Listener(self.gate, self.publisher, self.static, self.binder)
        self.snapshots = Snapshots(self._sources())

    async def live(self, ending: Ending, ready: Callable[[str], None], own: socket.socket | None = None) -> None:
        """Serve until the end is asked for, on the owner's bound socket `own` too. The last row of the audit log says
        that the daemon stopped in good order.

        Closes what the rooms opened.
        """
        try:
            try:
                await ending.unless(self._wake())
                await self._serve(ending, ready, own)
            finally:
                with contextlib.suppress(OSError):
                    drafts.forget_file(self.settings.places.root, LISTENING)
                if ending.asked.is_set():
                    await self._say_stopped(ending)
        finally:
            await self.roster.close(ending.left_s(INDEXES_S, INDEXES_S) if ending.asked.is_set() else 0.0)

    async def _serve(self, ending: Ending, ready: Callable[[str], None], own: socket.socket | None) -> None:
        """Serve until the end is asked for, or until the link or a background task fails. That fault is raised when all
        tasks have ended.
        """
        self.listener.capacity = capacity_for(limit_now(), held_now(), tls=self._doors.tls is not None)
        self.listener.ending = ending.cut
        voice = self._voice("daemon")
        owner = (
            [
                (
                    "the owner's socket",
                    OwnerSocket(own, self._record, self._outside.launcher.processes, self._grade, self._why_less()).run,
                )
            ]
            if own is not None
            else []
        )
        work = {
            asyncio.create_task(keep_up(name, run, voice), name=name)
            for name, run in (
                ("the follower of the logs", self.follower.run),
                ("the services", self.roster.run),
                ("the watch of the drop folder", self._watch_drops),
                ("the daemon's tick", self._tick),
                ("the sealing of the operator's files", self._seal_settings),
                ("the rebuilding of the vault's state", lambda: self.integrity.rebuild(self._standing)),
                ("the watch of the disk's room", self.room.run),
                *owner,
            )
        }
        link = asyncio.create_task(
            self.listener.run(self._doors.bound, lambda uris: self._ready(uris, ready), self._doors.tls),
            name="the link",
        )
        asked = asyncio.create_task(ending.asked.wait(), name="the end")
        try:
            await first({asked, link}, work)
        finally:
            asked.cancel()
            await ending.settled({link}, LINK_S, LINK_S)
            await ending.settled(work, TASKS_S, TASKS_S)
        raise_failures({link, *work})

    def _why_less(self) -> str:
        """Why the kernel enforces less here than it could; '' where the owner did not want it so."""
        if self.settings.cage_log:
            return LOGGED
        return "" if self.settings.grade is Grade.KERNEL else f"it was started with --grade {self.settings.grade.value}"

    async def _say_stopped(self, ending: Ending) -> None:
        try:
            async with asyncio.timeout(ending.left_s(LAST_ROW_S, LAST_ROW_S)):
                with contextlib.suppress(ToteboxError):
                    await self.recorder.stop()
                await self._say(AuditKind.STOPPED, "stopped in good order")
        except TimeoutError:
            ending.cut("the audit row that says so, which the vault did not take in time")

    async def _wake(self) -> None:
        """What is done between recovery and the first session."""
        self._sweep()
        self.pairings.refresh()
        self.gate.capabilities.book.refresh()
        await self.follower.start()
        read_only = (await self.vault.head()).read_only
        if read_only:
            _log.warning("%s takes no writes: %s", self.settings.places.root, read_only)
            self._voice("vault")(Severity.ALARM, read_only, "run `os-totebox doctor DIR` on the Totebox's host")
        await self._say(AuditKind.STARTED, f"os-totebox {VERSION}, process {os.getpid()}")
        with contextlib.suppress(ToteboxError):
            await self.recorder.start()
            await self.gate.machine.start(self._lefts)
            await self.gate.pairings.catch_up()

    def _sweep(self) -> None:
        """Remove what a crash left of files that were being replaced."""
        places = self.settings.places
        with contextlib.suppress(OSError, ToteboxError):
            for path in (places.pairings, places.capabilities):
                Journal(path, places.root).sweep()
            drafts.sweep_drafts(places.root, LISTENING)

    async def _say(self, kind: AuditKind, detail: str) -> None:
        """Write an audit row of the daemon's own. On a full disk the row is held; a vault that takes no writes is
        served without it.
        """
        row = AuditDraft(kind, "local", "daemon", detail)
        try:
            await self.vault.audit(row)
        except DiskFull:
            await self.recorder.try_note(row)
        except ToteboxError as fault:
            _log.debug("%s is not recorded: %s", kind, fault)

    async def _record(self, verified: VerificationResult, uid: int) -> str:
        """Record the result of a verification on the host. Returns why it could not be written, else ''."""
        return await self.integrity.record(verified, "local", f"uid {uid}")

    def _standing(self) -> list[Entry]:
        """The rows of the audit log about the vault's integrity, oldest first. Reads files; for a thread."""
        newest = NewestRows()
        for row in standing_rows(self.settings.places.root, KINDS):
            if newest.take(row):
                break
        return newest.oldest_first

    def _ready(self, uris: list[str], ready: Callable[[str], None]) -> None:
        self.listening[:] = uris
        try:
            text = "".join(f"{uri}\n" for uri in uris)
            drafts.replace_file(self.settings.places.root, LISTENING, text.encode("utf-8", "surrogateescape"))
        except OSError as fault:
            # Reads are served nevertheless: the disk may be full, or mounted read-only.
            where, remedy = (
                self.settings.places.listening,
                "give `os-totebox pair` the address with --address meanwhile",
            )
            _log.warning("%s cannot be written: %s; %s", where, fault.strerror, remedy)
            self._voice("disk")(
                Severity.WARNING, f"local/serving/listening cannot be written: {fault.strerror}", remedy
            )
        for uri in uris:
            ready(uri)

    async def _tick(self) -> None:
        """Once a second: record what `os-totebox` wrote into the journal, and publish STATUS where it is
        subscribed to.
        """
        told: StatusBody | None = None
        told_at = 0.0
        while True:
            self.walls.look()
            # If the vault cannot be reached now, the next tick does it.
            with contextlib.suppress(ToteboxError):
                await self.gate.pairings.catch_up()
            with contextlib.suppress(ToteboxError):
                body = await self.snapshots.take() if self.publisher.heard(Topic.STATUS) else None
                if body and (told is None or monotonic_s() - told_at >= BEAT_S or differs(body, told)):
                    told, told_at = body, monotonic_s()
                    self.publisher.publish(body)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self.awake.wait()
                    told = None
            self.awake.clear()

    async def _seal_settings(self) -> None:
        """Seal what the operator's files hold, where the vault takes writes."""
        if not (await self.vault.head()).read_only:
            await self.operator_files.run()

    async def _watch_drops(self) -> None:
        """Scan the drop folder at once, and whenever something happens in it. Raises OSError where it cannot be
        watched.
        """
        await self._scan_drops()
        async for _ in watch(self.settings.places.drops):
            await self._scan_drops()

    async def _scan_drops(self) -> None:
        """Scan until no file changes any more."""
        while True:
            settled, unsettled = await asyncio.to_thread(self.drops.scan)
            if settled != self.settled:
                self.settled = settled
                self.publisher.publish(ChangedBody("input.drops"))
            if not unsettled:
                return
            await asyncio.sleep(SETTLE_S)

    def _voice(self, source: str) -> Emit:
        def emit(severity: Severity, text: str, remedy: str) -> None:
            cut = MAX_TEXT_BYTES // 4
            self.publisher.publish(EventBody(severity, source, text[:cut], remedy[:cut]))

        return emit

    def _changed(self, table: str) -> None:
        self.publisher.publish(ChangedBody(table))

    def _gate(self) -> Gate:
        who, places = self.who, self.settings.places
        return build_gate(
            Parts(
                identity=Identity(who.entity, who.kind, who.origin, who.vkey, who.audit_vkey),
                vault=self.vault,
                recorder=self.recorder,
                pairings=self.pairings,
                issuer=Issuer(self.pairings, self.static.public, self._address, os.urandom),
                capability_book=CapabilityBook(Journal(places.capabilities, places.root)),
                binder=self.binder,
                staging=Staging(places.intake),
                drops=self.drops,
                reading=self.documents.reading(),
                tables=self.roster.tables(),
                readable_by=self.roster.readable_by(),
                verbs=self.roster.verbs(),
                verify=partial(verify_vault, partial(self._outside.launcher.start, self._outside.programs.verifier)),
                cut=lambda name: _ignore(self.listener.cut(name)),
                voice=self._voice,
                publish=self.publisher.publish,
                changed=self._changed,
                entropy=os.urandom,
                now=now_text,
                now_us=now_us,
                monotonic=monotonic_s,
            )
        )

    def _sources(self) -> Sources:
        return Sources(
            entity=self.who.entity,
            entity_kind=self.who.kind,
            version=VERSION,
            tier=self.settings.tier,
            vault=self.vault,
            disk=self.settings.places.root,
            counts=lambda: LiveCounts(
                len(self.gate.sessions), self.gate.in_flight, len(self.gate.machine.intakes), len(self.settled)
            ),
            services=lambda: self.room.told(self.walls.told(self.roster.states())),
            checkpoint_time_us=lambda: self.follower.checkpoint_time_us,
            monotonic=monotonic_s,
        )

    def _address(self) -> str:
        """The address in a ticket: the first one that this daemon listens on, with a host name that others can dial."""
        return dialled(self.listening[0]) if self.listening else default_uri(self.settings.places.root)


def _ignore(_: object) -> None:
    return None
