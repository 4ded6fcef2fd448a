"""Durable appends: one writer, and bulk imports, against SQLite (WAL, synchronous=FULL) doing the same duties.

Both do an audit row, durable, and then the records, durable, in this process; ours also grows two Merkle trees, signs the head
and proves the receipt. Seconds for each append (each record in bulk): smaller is better.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from benchmarks._vault import OurVault, SqliteLedger, each_system
from benchmarks.row import Row, interleaved, judge

SINGLE, SINGLE_ROUNDS = 200, 9
IMPORTED, PER_BATCH, IMPORTS = 100_000, 256, 5
SINGLE_AIM, BULK_AIM = 1 / 0.8, 1 / 0.5


def run() -> list[Row]:
    """Rows for every file system that can be had."""
    rows: list[Row] = []
    skipped = each_system(lambda system, folder: rows.extend(_measure(system, folder)))
    for reason in skipped:
        print(f"skipped {reason}")
    return rows


def _measure(system: str, folder: Path) -> list[Row]:
    ours, peer = OurVault(folder / "vault"), SqliteLedger(folder / "peer.sqlite")
    try:
        ours.append()
        peer.append()
        one, two = interleaved(_timed(ours.append, SINGLE, 1), _timed(peer.append, SINGLE, 1), SINGLE_ROUNDS)
        many = (IMPORTED // IMPORTS, PER_BATCH)
        three, four = interleaved(_timed(ours.append, *many), _timed(peer.append, *many), IMPORTS)
    finally:
        ours.close()
        peer.close()
    name = "SQLite WAL FULL"
    return [
        _row(f"append, one writer ({system})", one, two, name, SINGLE_AIM),
        _row(f"bulk import ({system})", three, four, name, BULK_AIM),
    ]


def _row(name: str, ours: list[float], peer: list[float], peer_name: str, aim: float) -> Row:
    rates = f"{1e6 / sorted(ours)[len(ours) // 2]:,.0f}/s, SQLite {1e6 / sorted(peer)[len(peer) // 2]:,.0f}/s"
    return judge(name, ours, peer, peer_name=peer_name, aim=aim, unit="us", note=rates)


def _timed(append: Callable[[int], None], total: int, count: int) -> Callable[[], float]:
    def timed() -> float:
        started = perf_counter()
        for _ in range(-(-total // count)):
            append(count)
        return (perf_counter() - started) / total * 1e6

    return timed
