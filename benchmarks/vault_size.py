"""A vault that grows from 1,000 to 1,000,000 entries: its start, the memory of its writer process, and what an append costs.

Drawn in `benchmarks/vault-size.svg` by this run. Smaller is better in every row.
"""

import asyncio
import re
from dataclasses import dataclass
from math import floor, log10
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks._vault import OurVault, workspace
from benchmarks.row import Row, judge
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.vault.commit.recovery import recover

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


WIDTH, HEIGHT, LEFT, TOP, INSET = 640, 220, 70, 40, 40
STEPS = 4


def picture(measured: list[At]) -> str:
    """Two panels over the size, which is logarithmic: appends a second, and seconds to start."""
    rates = [(at.size, 1e6 / median(at.appends)) for at in measured]
    starts = [(at.size, median(at.starts)) for at in measured]
    return drawn(rates, starts)


def drawn(rates: list[tuple[int, float]], starts: list[tuple[int, float]]) -> str:
    """The picture of (entries, figure) in both panels. Every colour is an attribute: viewers without style sheets show it too."""
    width, height = LEFT + WIDTH + 30, 2 * (TOP + HEIGHT) + 74
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
            ' font-family="sans-serif" font-size="12" fill="#333333">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *_panel(TOP, "durable appends a second, one writer", rates, ",.0f", "#00aa66"),
            *_panel(2 * TOP + HEIGHT + 24, "seconds to start", starts, ".2f", "#0066aa"),
            f'<text x="{LEFT + WIDTH // 2}" y="{height - 8}" text-anchor="middle">entries</text></svg>\n',
        ]
    )


def _panel(top: int, title: str, points: list[tuple[int, float]], form: str, colour: str) -> list[str]:
    step = _step(max(value for _, value in points) / STEPS)
    most = step * (STEPS + 1)
    places = [
        (LEFT + INSET + (WIDTH - 2 * INSET) * (len(str(size)) - 4) / 3, top + HEIGHT * (1 - value / most), size, value)
        for size, value in points
    ]
    line = " L ".join(f"{x:.0f} {y:.0f}" for x, y, _, _ in places)
    rules = [(top + HEIGHT * (1 - number / (STEPS + 1)), number * step) for number in range(STEPS + 1)]
    return [
        f'<text x="{LEFT}" y="{top - 12}" font-weight="bold">{title}</text>',
        *(f'<path stroke="#dddddd" d="M {LEFT} {y:.0f} H {LEFT + WIDTH}"/>' for y, _ in rules),
        *(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{value:{form}}</text>' for y, value in rules),
        f'<path fill="none" stroke="{colour}" stroke-width="2" d="M {line}"/>',
        *(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>' for x, y, _, _ in places),
        *(
            f'<text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="middle">{value:{form}}</text>'
            for x, y, _, value in places
        ),
        *(
            f'<text x="{x:.0f}" y="{top + HEIGHT + 16}" text-anchor="middle">{size:,}</text>'
            for x, _, size, _ in places
        ),
    ]


def _step(least: float) -> float:
    """The next round number, 1, 2 or 5 of its decade, that is at least this."""
    decade = 10.0 ** floor(log10(least))
    return next(times * decade for times in (1, 2, 5, 10) if times * decade >= least)
