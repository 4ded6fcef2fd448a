"""One figure: ours beside a peer's, measured side by side in one run."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """What a benchmark says. `aim` bounds `ratio` = ours / peer; smaller is better. `met` is None where the machine was too noisy."""

    name: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    aim: float
    met: bool | None
    unit: str
    note: str


NOISE = 0.35
"""Spread (interquartile range / median) of the peer's rounds above which no verdict is given."""


def interleaved(ours: Callable[[], float], peer: Callable[[], float], rounds: int) -> tuple[list[float], list[float]]:
    """`rounds` figures of each, taken in turns, so that a slow minute of the machine hits both."""
    ours_all: list[float] = []
    peer_all: list[float] = []
    for number in range(rounds):
        first, second = (ours, peer) if number % 2 else (peer, ours)
        one, two = first(), second()
        ours_all.append(one if first is ours else two)
        peer_all.append(two if first is ours else one)
    return ours_all, peer_all


def spread(figures: list[float]) -> float:
    """Interquartile range over median."""
    ordered = sorted(figures)
    quarter = len(ordered) // 4
    return (ordered[-1 - quarter] - ordered[quarter]) / (median(ordered) or 1.0)


def judge(
    name: str, ours: list[float], peer: list[float], *, peer_name: str, aim: float, unit: str, note: str = ""
) -> Row:
    """The row of two series: medians, their ratio against `aim`, no verdict where the rounds disagree too much."""
    one, two = median(ours), median(peer)
    ratio = one / two if two else float("inf")
    noisy = max(spread(ours), spread(peer)) > NOISE and 0.7 < ratio / aim < 1.4
    nothing = min(one, two) <= 0
    met = None if noisy or nothing else ratio <= aim
    words = (
        f"{note}; machine too noisy to judge" if noisy else f"{note}; too small to measure here" if nothing else note
    )
    return Row(name, round(one, 3), round(two, 3), peer_name, round(ratio, 3), aim, met, unit, words.strip("; "))


def rows_of(name: str) -> list[Row]:
    """Run the module `name` of this package, here."""
    rows: list[Row] = importlib.import_module(f"benchmarks.{name}").run()
    return rows


def missing(name: str, peer_name: str) -> Row:
    """The row of a peer that is not installed here: no figure, no verdict."""
    return Row(name, 0.0, 0.0, peer_name, 0.0, 1.0, None, "", f"skipped: {peer_name} is not installed; run: make bench")
