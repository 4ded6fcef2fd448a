"""Verification: large files against `hashlib.file_digest` over the same files, small records on one core, and two cores against one.

What two cores give differs from machine to machine: the run on two is held against two verifications at once as well, each on one
core, of which half the time is the best that any division of the work could reach.

"Small records" counts processor seconds of this process and its children, so that a busy machine judges the code and not its
neighbours; the three SHA-256 that every record needs (its bytes, its row, its node in the tree) are measured beside it as the floor.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks._vault import ACTOR, OurVault, workspace
from benchmarks.row import Row, interleaved, judge
from totebox.clock import now_text
from totebox.vault.api import AuditDraft, Batch, Draft, Whole
from totebox.vault.check.verification import verify
from totebox.vault.commit.plan import Outcome

LARGE_FILES, LARGE_BYTES, SMALL = 192, 2 << 20, 500_000
ROUNDS = 7
LARGE_AIM, SMALL_AIM, CORES_AIM, DIVIDED_AIM = 1 / 0.7, 1.0, 1 / 1.7, 1 / 0.9
PER_SECOND = 150_000


def run() -> list[Row]:
    """Five rows."""
    with workspace("disk") as folder:
        return [_large(folder / "large"), *_small(folder / "small")]


def _large(root: Path) -> Row:
    vault = OurVault(root)
    for number in range(0, LARGE_FILES, 8):
        drafts = [
            Draft("minutebook", "original", f"{number + each}.pdf", Whole(secrets.token_bytes(LARGE_BYTES)), "scan.pdf")
            for each in range(8)
        ]
        outcome = vault.store.planner.plan_batch(
            Batch(ACTOR, "", b"", AuditDraft("COMMAND", ACTOR, "import"), tuple(drafts)), now_text()
        )
        assert isinstance(outcome, Outcome)
        vault.store.commit([outcome], {})
    vault.close()
    files = list((root / "assets").rglob("*.pdf"))
    mib = LARGE_FILES * LARGE_BYTES / (1 << 20)

    def peer() -> float:
        started = perf_counter()
        for path in files:
            with path.open("rb") as stream:
                hashlib.file_digest(stream, "sha256")
        return (perf_counter() - started) / mib * 1e3

    one, two = interleaved(lambda: _verify(root, 1) / mib * 1e3, peer, ROUNDS)
    return judge(
        "verify, files of 2 MiB", one, two, peer_name="file_digest", aim=LARGE_AIM, unit="ms/MiB", note="one core each"
    )


def _small(root: Path) -> list[Row]:
    vault = OurVault(root)
    vault.grow(SMALL)
    vault.close()
    spent, floor = interleaved(lambda: _processor(root) / SMALL * 1e6, _three_hashes, ROUNDS)
    divided: list[float] = []

    def alone() -> float:
        divided.append(_two_at_once(root) / 2)
        return _verify(root, 1)

    two, one = interleaved(lambda: _verify(root, 2), alone, ROUNDS)
    rate = f"{1e6 / sorted(spent)[ROUNDS // 2]:,.0f}/s of a core; three bare hashes {1e6 / sorted(floor)[ROUNDS // 2]:,.0f}/s"
    limit = [1e6 / PER_SECOND] * ROUNDS
    return [
        judge("verify, small records", spent, limit, peer_name="150,000/s", aim=SMALL_AIM, unit="us", note=rate),
        judge("verify, two cores", two, one, peer_name="one core", aim=CORES_AIM, unit="s", note="wall clock"),
        judge(
            "verify, work divided", two, divided, peer_name="half of two at once", aim=DIVIDED_AIM, unit="s", note=""
        ),
    ]


def _verify(root: Path, workers: int) -> float:
    started = perf_counter()
    assert verify(root, workers=workers).findings == ()
    return perf_counter() - started


def _two_at_once(root: Path) -> float:
    started = perf_counter()
    other = os.fork()
    if not other:
        verify(root, workers=1)
        os._exit(0)
    verify(root, workers=1)
    os.waitpid(other, 0)
    return perf_counter() - started


def _processor(root: Path) -> float:
    return _spent(lambda: verify(root, workers=1))


def _three_hashes() -> float:
    row, node, payload = b"\0" + bytes(190), b"\1" + bytes(64), bytes(45)

    def hashes() -> None:
        for _ in range(SMALL):
            hashlib.sha256(row).digest(), hashlib.sha256(node).digest(), hashlib.sha256(payload).hexdigest()

    return _spent(hashes) / SMALL * 1e6


def _spent(work: Callable[[], object]) -> float:
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])
