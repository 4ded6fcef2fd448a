"""`python -m benchmarks [NAME...] [--json FILE]`: runs every figure's file and prints ours beside the peer's.

A benchmark is a module in this package with `run() -> list[Row]`.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import benchmarks
from benchmarks.row import Row, rows_of


def names() -> list[str]:
    """The modules of this package that measure something, in order."""
    found = [each.name for each in pkgutil.iter_modules(benchmarks.__path__) if not each.name.startswith("_")]
    return [name for name in found if name != "row" and hasattr(importlib.import_module(f"benchmarks.{name}"), "run")]


def line(row: Row) -> str:
    """One row as a person reads it."""
    verdict = {True: "met", False: "NOT MET", None: "no verdict"}[row.met]
    figures = f"{row.ours:>12,.3f} {row.peer:>12,.3f} {row.unit:<10}"
    return (
        f"{row.name:<28} {figures} x{row.ratio:<7.2f} aim x{row.aim:<5.2f} {verdict:<10} vs {row.peer_name}  {row.note}"
    )


def measured(name: str) -> list[Row]:
    """The rows of one module, measured in a process of its own: nobody's memory or threads are another's."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(rows_of, name).result()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--list", action="store_true", help="only print the names")
    arguments = parser.parse_args(argv)
    known = names()
    if arguments.list:
        print("\n".join(known))
        return 0
    if unknown := [name for name in arguments.names if name not in known]:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}")
    rows: list[Row] = []
    print(f"{'figure':<28} {'ours':>12} {'peer':>12}")
    for name in arguments.names or known:
        for row in measured(name):
            rows.append(row)
            print(line(row), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return int(any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
