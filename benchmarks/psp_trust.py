"""What trust costs: a capability proved beside the Ed25519 verification that it cannot do without, and how long a revoked session lives."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.row import Row, interleaved, judge
from console.link.keyring import Keyring
from console.link.session import Session
from console.model.events import Event, LinkLost, LinkUp
from console.setup.enrolment import enrol
from console.setup.local_totebox import LocalTotebox, program
from protocol.schema import PairRevoke, Receipt
from protocol.schema.numbers import Verb
from protocol.trust.capability import Chain, Scope, attenuate, mint, narrowed, verify
from protocol.trust.keys import FileBinder, fingerprint

ROUNDS, REPEATS = 21, 200
AIM = 2.0
"""Decoding, narrowing and hashing may cost as much again as the signatures."""
ALLOWED_S = 1.0
REVOCATIONS = 7
HOW = {
    False: "from the command to the end, the durable audit row in between",
    True: "from the end of os-totebox pairings DIR revoke, which the daemon looks for each second",
}


def chain(blocks: int) -> tuple[Chain, FileBinder]:
    """So many blocks, each narrower, and the subject's device key."""
    holders = [FileBinder(bytes((number,)) * 32) for number in range(1, blocks + 2)]
    scope = Scope((Verb.PROVE, Verb.LIST, Verb.READ), "minutebook", 0, 1_000, (), 0, 1 << 60)
    made = mint(holders[0], holders[1].key, scope, blocks - 1)
    for number in range(1, blocks):
        scope = narrowed(scope, last_row=1_000 - number)
        made = attenuate(made, holders[number], holders[number + 1].key, scope, blocks - 1 - number)
    return made, holders[0]


def _spent_ms(work: Callable[[], object]) -> Callable[[], float]:
    """CPU milliseconds of one `work`."""

    def one() -> float:
        begun = time.process_time()
        for _ in range(REPEATS):
            work()
        return (time.process_time() - begun) / REPEATS * 1e3

    return one


def _verification() -> list[Row]:
    signer, data = FileBinder(b"\x09" * 32), bytes(200)
    key, signature = Ed25519PublicKey.from_public_bytes(signer.key.public), signer.sign(data)
    rows = []
    for blocks in (1, 2, 4):
        made, subject = chain(blocks)

        def floor(blocks: int = blocks) -> None:
            for _ in range(blocks):
                key.verify(signature, data)

        def ours(made: Chain = made, subject: FileBinder = subject) -> object:
            return verify(made, subject.key)

        spent, least = interleaved(_spent_ms(ours), _spent_ms(floor), ROUNDS)
        rows.append(
            judge(f"psp_capability_{blocks}", spent, least, peer_name=f"{blocks} Ed25519 verifications", aim=AIM, unit="ms CPU",
                  note="signatures, narrowing, revocation ids; proved once a chain, then kept")
        )  # fmt: skip
    return rows


class _Watched:
    """A console on a real daemon, and the moment at which it was told that it is over."""

    def __init__(self, ring: Keyring) -> None:
        (pairing,) = ring.pairings()
        self.key = ring.binder().key
        self.up, self.lost = asyncio.Event(), asyncio.Event()
        self.lost_at = 0.0
        self.session = Session(pairing, ring.static(), ring.binder(), "bench", "bench", self.heard, time.monotonic)
        self.running: asyncio.Task[None] | None = None

    def heard(self, event: Event) -> None:
        if isinstance(event, LinkUp):
            self.up.set()
        if isinstance(event, LinkLost):
            self.lost_at = time.monotonic()
            self.lost.set()

    async def open(self) -> "_Watched":
        self.running = asyncio.create_task(self.session.run())
        async with asyncio.timeout(60):
            await self.up.wait()
        return self

    async def close(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)


async def _revoked(box: LocalTotebox, folder: Path, beside: bool) -> list[float]:
    """Seconds from a revocation that was asked for to the end of the revoked console's session."""
    admin_ring, spans = Keyring(folder / "admin"), []
    admin = await _Watched(admin_ring).open()
    for number in range(REVOCATIONS):
        ring = Keyring(folder / f"{beside}-{number}")
        ticket = await asyncio.to_thread(box.ticket, "user")
        await asyncio.to_thread(enrol, ticket, ring, "guest")
        guest = await _Watched(ring).open()
        name = fingerprint(guest.key)
        if beside:
            words = ("pairings", str(box.directory), "revoke", name)
            # From the end of the command: what it waits for itself is a program's start.
            ended = await asyncio.create_subprocess_exec(*box.command, *words, stdout=asyncio.subprocess.DEVNULL)
            assert await ended.wait() == 0
            begun = time.monotonic()
        else:
            begun = time.monotonic()
            assert isinstance(await admin.session.ask("revoke", PairRevoke(name, "lost")), Receipt)
        async with asyncio.timeout(60):
            await guest.lost.wait()
        spans.append(max(0.0, guest.lost_at - begun))
        await guest.close()
    await admin.close()
    return spans


def _revocation() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory(prefix="tb") as text:
        folder = Path(text)
        (folder / "run").mkdir(mode=0o700)
        command = ("/usr/bin/env", f"XDG_RUNTIME_DIR={folder}/run", *program())
        box = LocalTotebox(folder / "acme", folder / "acme.log", command)
        ticket = box.init("Acme Holdings", "corporation")
        box.start()
        try:
            enrol(ticket, Keyring(folder / "admin"), "admin")
            for beside, how in HOW.items():
                spans = asyncio.run(_revoked(box, folder, beside))
                name = "psp_revocation_beside" if beside else "psp_revocation"
                rows.append(_allowed(name, spans, how))
        finally:
            os.kill(box.pid, 15)
            os.waitpid(box.pid, 0)
    return rows


def _allowed(name: str, spans: list[float], how: str) -> Row:
    note = f"{how}; median of {len(spans)}, the longest {max(spans):.3f} s"
    return judge(name, spans, [ALLOWED_S], peer_name="what we allow ourselves", aim=1.0, unit="s", note=note)


def run() -> list[Row]:
    """Both, on CPU time where there is a peer and on the clock where a person waits."""
    return [*_verification(), *_revocation()]
