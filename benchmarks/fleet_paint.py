"""The fleet screen at 500 simulated rows: CPU and bytes written, beside the same rows in Textual's DataTable."""

import os
import sys

from benchmarks.row import Row, judge
from benchmarks.terminal import OnTerminal

SIZE = 500
SCREEN = (200, 50)
HZ, BUSY = 4.0, 0.1
SETTLE_S, WATCH_S, ROUNDS = 3.0, 6.0, 3
CPU_AIM, BYTES_AIM = 0.5, 0.5


def run() -> list[Row]:
    ours_cpu: list[float] = []
    peer_cpu: list[float] = []
    ours_bytes: list[float] = []
    peer_bytes: list[float] = []
    for _ in range(ROUNDS):
        for kind, cpu, written in (("peer", peer_cpu, peer_bytes), ("ours", ours_cpu, ours_bytes)):
            used, out = _watched(kind)
            cpu.append(used)
            written.append(out)
    note = f"{SIZE} rows at {SCREEN[0]}x{SCREEN[1]}, {HZ:.0f} Hz, {BUSY:.0%} of the rows change at each paint"
    peer = "DataTable"
    return [
        judge("fleet_paint_cpu", ours_cpu, peer_cpu, peer_name=peer, aim=CPU_AIM, unit="% of a core", note=note),
        judge("fleet_paint_bytes", ours_bytes, peer_bytes, peer_name=peer, aim=BYTES_AIM, unit="B/s", note=note),
    ]


def _watched(kind: str) -> tuple[float, float]:
    """CPU in percent of a core, and bytes a second, of one program once it has settled."""
    argv = [sys.executable, "-m", "benchmarks._fleet_apps", kind, str(SIZE), str(HZ), str(BUSY)]
    with OnTerminal(argv, dict(os.environ), SCREEN) as terminal:
        terminal.until(b"acme-")
        terminal.watch(SETTLE_S)
        before = terminal.cpu_s()
        written = terminal.watch(WATCH_S)
        return 100 * (terminal.cpu_s() - before) / WATCH_S, written / WATCH_S
