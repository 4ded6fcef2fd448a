"""A vault that grows from 1,000 to 1,000,000 entries: its start, the memory of its writer process, and what an append costs.

Drawn in `benchmarks/vault-size.svg` by this run. Smaller is better in every row.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks._vault import OurVault, workspace
from benchmarks.row import Row, judge
from totebox.clock import now_text
from totebox.vault.client import open_vault
from totebox.vault.recover import recover

SIZES = (1_000, 10_000, 100_000, 1_000_000)
STARTS, APPENDS, ROUNDS = 5, 100, 5
START_S, MEMORY_MB, FLAT = 2.0, 64.0, 1.25
PICTURE = Path(__file__).with_name("vault-size.svg")


@dataclass(frozen=True, slots=True)
class At:
    """What was measured at one size: seconds of each start, megabytes of the writer after each, microseconds of an append."""

    size: int
    starts: list[float]
    memory: list[float]
    appends: list[float]


def run() -> list[Row]:
    """Three rows; the picture is written beside this file."""
    with workspace("disk") as folder:
        vault = OurVault(folder / "vault")
        measured = [_measure(vault, size) for size in SIZES]
    PICTURE.write_text(picture(measured), encoding="utf-8")
    small, large = measured[0], measured[-1]
    return [
        judge("start, 1,000,000 entries", large.starts, [START_S], peer_name="the limit", aim=1.0, unit="s"),
        judge("writer's PSS, 1,000,000", large.memory, [MEMORY_MB], peer_name="the limit", aim=1.0, unit="MB"),
        judge("writer's PSS against 1,000", large.memory, small.memory, peer_name="1,000 entries", aim=FLAT, unit="MB"),
    ]  # fmt: skip


def _measure(vault: OurVault, size: int) -> At:
    vault.store = recover(vault.root, now_text)
    vault.grow(size)
    appends = [_appending(vault) for _ in range(ROUNDS)]
    vault.close()
    opened = [asyncio.run(_open(vault.root)) for _ in range(STARTS)]
    return At(size, [start for start, _ in opened], [memory for _, memory in opened], appends)


def _appending(vault: OurVault) -> float:
    started = perf_counter()
    for _ in range(APPENDS):
        vault.append()
    return (perf_counter() - started) / APPENDS * 1e6


async def _open(root: Path) -> tuple[float, float]:
    """Seconds until the writer process serves, with its own start; and its PSS in MB."""
    started = perf_counter()
    async with open_vault(root) as vault:
        await vault.head()
        took = perf_counter() - started
        rollup = Path(f"/proc/{vault.writer_pid}/smaps_rollup").read_text(encoding="ascii")
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        return took, int(found.group(1)) / 1_000 if found else 0.0


WIDTH, HEIGHT, LEFT, TOP = 640, 220, 70, 40


def picture(measured: list[At]) -> str:
    """Two panels over the size, which is logarithmic: appends a second, and seconds to start."""
    rates = [(at.size, 1e6 / median(at.appends)) for at in measured]
    starts = [(at.size, median(at.starts)) for at in measured]
    height = 2 * (HEIGHT + TOP) + 40
    style = "text{font:12px sans-serif;fill:#333}path{fill:none;stroke-width:2}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + LEFT + 30}" height="{height}">',
            f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>',
            *_panel(TOP, "durable appends a second, one writer", rates, "#0a6"),
            *_panel(2 * TOP + HEIGHT, "seconds to start", starts, "#06a"),
            f'<text x="{LEFT + WIDTH // 2}" y="{height - 8}" text-anchor="middle">entries</text></svg>\n',
        ]
    )


def _panel(top: int, title: str, points: list[tuple[int, float]], colour: str) -> list[str]:
    most = max(value for _, value in points) * 1.15
    places = [
        (LEFT + WIDTH * (len(str(size)) - 4) / 3, top + HEIGHT * (1 - value / most), size, value)
        for size, value in points
    ]
    line = " L ".join(f"{x:.0f} {y:.0f}" for x, y, _, _ in places)
    return [
        f'<text x="{LEFT}" y="{top - 8}">{title}</text>',
        f'<path stroke="#999" d="M {LEFT} {top} V {top + HEIGHT} H {LEFT + WIDTH}"/>',
        f'<path stroke="{colour}" d="M {line}"/>',
        *(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>' for x, y, _, _ in places),
        *(f'<text x="{x:.0f}" y="{y - 9:.0f}" text-anchor="middle">{value:,.3g}</text>' for x, y, _, value in places),
        *(
            f'<text x="{x:.0f}" y="{top + HEIGHT + 16}" text-anchor="middle">{size:,}</text>'
            for x, _, size, _ in places
        ),
    ]
