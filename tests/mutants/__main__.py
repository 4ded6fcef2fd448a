"""`make mutants ROOM=gate [COUNT=100] [SEED=1]`: how many mutants of a room its own tests notice.

The mutants are drawn by a seed over every file of the room, each tried in a copy of the tree by the tests that ROOMS names. A mutant is
killed when they fail or take longer than LONGER times what they take without it, and survives when they pass.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.mutants.mutation import count, mutant

ROOMS = {
    "gate": ("totebox/gate", ("tests/gate",)),
    "services": ("totebox/services", ("tests/services",)),
    "chassis": ("console/chassis", ("tests/chassis",)),
    "cartridges": ("console/cartridges", ("tests/cartridges",)),
    "model": ("console/model", ("tests/model",)),
    "trust": ("protocol/trust", ("tests/protocol/trust",)),
    "wire": ("protocol/wire", ("tests/protocol/wire",)),
    "log": ("totebox/vault/log", ("tests/vault/log",)),
    "commit": ("totebox/vault/commit", ("tests/vault/commit", "tests/conformance")),
    "check": ("totebox/vault/check", ("tests/vault/check",)),
}
COPIED = ("protocol", "totebox", "console", "tests", "screenshots", "benchmarks", "pyproject.toml")
AT_LEAST = 0.85
LONGER, LEAST_S = 4.0, 20.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Mutant `number` of the file `name`."""

    name: str
    number: int


def draw(project: Path, folder: str, most: int, seed: int) -> list[Drawn]:
    """`most` mutants of the files below `folder`, the same for the same seed and the same source."""
    names = sorted(str(path.relative_to(project)) for path in (project / folder).rglob("*.py"))
    every = [
        Drawn(name, number) for name in names for number in range(count((project / name).read_text(encoding="utf-8")))
    ]
    return random.Random(seed).sample(every, min(most, len(every)))


def passes(tree: Path, tests: tuple[str, ...], within_s: float) -> bool:
    """Whether the tests pass in `tree` within that time."""
    program = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environ = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            program,
            cwd=tree,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> int:
    """Try the mutants of one room; 0 where enough of them are killed."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    project = Path.cwd()
    folder, tests = ROOMS[wanted.room]
    with TemporaryDirectory(prefix="mutants") as place:
        tree = Path(place)
        for name in COPIED:
            source = project / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, tree / name)
        began = monotonic()
        if not passes(tree, tests, 3_600.0):
            sys.stdout.write(f"{' '.join(tests)}: fails without any mutant\n")
            return 2
        within_s = max(LEAST_S, LONGER * (monotonic() - began))
        survived = []
        drawn = draw(project, folder, wanted.count, wanted.seed)
        for at, one in enumerate(drawn, 1):
            target = tree / one.name
            sound = target.read_text(encoding="utf-8")
            made = mutant(sound, one.number)
            target.write_text(made.source, encoding="utf-8")
            killed = not passes(tree, tests, within_s)
            target.write_text(sound, encoding="utf-8")
            if not killed:
                survived.append(one)
                sys.stdout.write(f"{at:>3} survived  {one.name}:{made.line}  {made.what}\n")
                sys.stdout.flush()
    killed_count = len(drawn) - len(survived)
    sys.stdout.write(
        f"{wanted.room}: {killed_count} of {len(drawn)} killed by {' '.join(tests)} (aim {AT_LEAST:.0%})\n"
    )
    return 0 if killed_count >= AT_LEAST * len(drawn) else 1


if __name__ == "__main__":
    sys.exit(main())
