"""Runs tests of one tree again and again, each time in a process of its own that begins with everything installed imported already.

One line of JSON in: {"tests": [node ids in the order to run], "within_s": seconds}. One line out: {"end": how it ended, "test": the
first that failed}. What the tests write is thrown away.
"""

import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import pytest

PASSED, FAILED, LATE = "passed", "failed", "late"
MOST_MEMORY = 6 << 30
"""Bytes of addresses: a mutant that fills the memory fails by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """PASSED, FAILED (the first test that failed, "" where there was none to run), or LATE."""

    end: str
    test: str = ""


class Trials:
    """The other process, from here. A context manager."""

    def __init__(self, tree: Path, imported: Sequence[str]) -> None:
        environ = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.trial"],
            cwd=tree, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._say(list(imported))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._in.close()
        self._process.wait()

    def run(self, tests: Sequence[str], within_s: float) -> Ended:
        """How these tests end, in this order, up to the first that fails."""
        self._say({"tests": list(tests), "within_s": within_s})
        assert self._process.stdout is not None
        return Ended(**json.loads(self._process.stdout.readline()))

    @property
    def _in(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _say(self, words: object) -> None:
        self._in.write(json.dumps(words) + "\n")
        self._in.flush()


class Chosen:
    """Runs the chosen tests alone, in their order, and keeps the first that failed."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._place = {test: place for place, test in enumerate(tests)}
        self.failed: str | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (each for each in items if each.nodeid in self._place), key=lambda each: self._place[each.nodeid]
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.failed is None:
            self.failed = report.nodeid


def _trial(tests: Sequence[str], within_s: float) -> Ended:
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        _child(tests, reads, writes)
    os.close(writes)
    watched = os.pidfd_open(child)
    ready, _, _ = select.select([watched], [], [], within_s)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(watched)
    with os.fdopen(reads) as told:
        words = told.read()
    if not ready:
        return Ended(LATE)
    return Ended(PASSED) if status == 0 else Ended(FAILED, words)


def _child(tests: Sequence[str], reads: int, writes: int) -> None:
    """Never returns."""
    os.setsid()
    os.close(reads)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    chosen = Chosen(tests)
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    code = 1
    try:
        quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = pytest.main(["-q", "-x", "-p", "no:cacheprovider", *quiet, *files], plugins=[chosen])
    finally:
        os.write(writes, (chosen.failed or "").encode())
        os._exit(int(code))


def main() -> int:
    """Serve trials until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    for name in json.loads(sys.stdin.readline()):
        with suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        ended = _trial(asked["tests"], asked["within_s"])
        sys.stdout.write(json.dumps({"end": ended.end, "test": ended.test}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
