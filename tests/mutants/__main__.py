"""`make mutants ROOM=gate [COUNT=100] [SEED=1]`: how many mutants of a room its own tests notice.

The mutants are drawn by a seed over every file of the room and tried in a copy of the tree by the tests that ROOMS names. These run once
without a mutant, which tells how long each takes and which lines it runs; each mutant is then tried by those alone that run its lines,
fastest first (`reach`), in a process that has imported everything else already (`trial`).

A mutant is killed when one of them fails, or when they take longer than LEAST_S and LONGER times what they took without it. A test that
failed is run alone without the mutant, once: one that fails then too kills nothing, and is left out. A mutant survives when they pass, and
where no test runs its line.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.mutation import Mutant, count, mutant
from tests.mutants.reach import FOLDER, RESULT, Reach
from tests.mutants.trial import FAILED, LATE, PASSED, Ended, Trials

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
COPIED_TOO = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile")
AT_LEAST = 0.85
LONGER, LEAST_S = 4.0, 20.0
MOST_S = 15.0
"""Seconds of tests that one mutant is tried by; what tests beyond it would notice counts as not noticed."""


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


def copy(project: Path, tree: Path) -> None:
    """What tests read, with the times of the files: what was compiled before is not compiled for each mutant."""
    for name in (*COPIED, *COPIED_TOO):
        source = project / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tree / name)


def reach(tree: Path, folder: str, tests: tuple[str, ...], result: Path) -> Reach | None:
    """Run the tests once and count; None where they fail."""
    program = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.mutants.reach",
        *tests,
    ]
    environ = {**os.environ, "PYTHONPATH": str(tree), FOLDER: folder, RESULT: str(result)}
    done = subprocess.run(program, cwd=tree, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.stdout.write(done.stdout.decode(errors="replace")[-4_000:])
        return None
    return Reach.load(result)


@dataclass
class Judge:
    """Tries mutants of the tree."""

    tree: Path
    reached: Reach
    trials: Trials
    _sound: set[str] = field(default_factory=set)
    """Tests that pass alone without a mutant."""
    unsound: set[str] = field(default_factory=set)
    """Tests that do not."""

    def verdict(self, name: str, one: Mutant) -> str:
        """Which test killed the mutant `one` of the file `name`; '' where it survived."""
        while True:
            tests = self.reached.candidates(name, one.lines, at_import=one.at_import)
            tests = self._within([test for test in tests if test not in self.unsound])
            if not tests:
                return ""
            within_s = LEAST_S + LONGER * sum(self.reached.seconds[test] for test in tests)
            ended = self._with(
                name, one.source, lambda tests=tests, within_s=within_s: self.trials.run(tests, within_s)
            )
            if ended.end == PASSED:
                return ""
            if ended.end == LATE:
                return "the clock"
            if not ended.test:
                return "the import"
            if self._is_sound(ended.test):
                return ended.test

    def _within(self, tests: Iterable[str]) -> list[str]:
        """The first of `tests` that take no more than MOST_S together; one that does not fit is passed over, but not
        the first, and none counts for more than half."""
        chosen: list[str] = []
        left = MOST_S
        for test in tests:
            if not chosen or self.reached.seconds[test] <= left:
                chosen.append(test)
                left -= min(self.reached.seconds[test], MOST_S / 2)
        return chosen

    def _is_sound(self, test: str) -> bool:
        if test not in self._sound | self.unsound:
            ended = self.trials.run([test], LEAST_S + LONGER * self.reached.seconds[test])
            (self.unsound if ended.end == FAILED else self._sound).add(test)
        return test in self._sound

    def _with(self, name: str, source: str, act: Callable[[], Ended]) -> Ended:
        target = self.tree / name
        sound, stat = target.read_bytes(), target.stat()
        target.write_text(source, encoding="utf-8")
        try:
            return act()
        finally:
            target.write_bytes(sound)
            os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def main() -> int:
    """Try the mutants of one room; 0 where enough of them are killed."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("room", choices=ROOMS)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", metavar="TEXT", help="only mutants of files with TEXT in their name")
    parser.add_argument("--all", action="store_true", help="name the test that kills each")
    wanted = parser.parse_args()
    project = Path.cwd()
    folder, tests = ROOMS[wanted.room]
    with TemporaryDirectory(prefix="mutants") as place:
        tree = Path(place, "tree")
        tree.mkdir()
        copy(project, tree)
        reached = reach(tree, folder, tests, Path(place, "reach.json"))
        if reached is None:
            sys.stdout.write(f"{' '.join(tests)}: fails without any mutant\n")
            return 2
        drawn = [one for one in draw(tree, folder, wanted.count, wanted.seed) if wanted.only in one.name]
        survived = 0
        with Trials(tree, reached.imported) as trials:
            judge = Judge(tree, reached, trials)
            for at, one in enumerate(drawn, 1):
                made = mutant((tree / one.name).read_text(encoding="utf-8"), one.number)
                killer = judge.verdict(one.name, made)
                survived += not killer
                if not killer or wanted.all:
                    end = f"killed by {killer}" if killer else "survived"
                    sys.stdout.write(f"{at:>3} {end}  {one.name}:{made.line}  {made.what}\n")
                    sys.stdout.flush()
    killed = len(drawn) - survived
    if judge.unsound:
        sys.stdout.write(f"left out, since they fail alone without a mutant: {', '.join(sorted(judge.unsound))}\n")
    sys.stdout.write(f"{wanted.room}: {killed} of {len(drawn)} killed by {' '.join(tests)} (aim {AT_LEAST:.0%})\n")
    return 0 if killed >= AT_LEAST * len(drawn) else 1


if __name__ == "__main__":
    sys.exit(main())
