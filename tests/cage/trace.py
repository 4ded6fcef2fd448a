"""Which system calls each kind of caged process makes: `python tests/cage/trace.py [PYTHON ...]`, or `make trace`.

Runs daemons, readers and verifications of real tests under `strace`, with every Python that is named (each needs the packages of this
project; without one, with the Python that runs this), and prints one line a call and kind: how often, under which Python, and whether
the kind's profile (`totebox/cage/profiles.py`) names it. A call that was made and stands nowhere in its profile is marked `UNLISTED`.
Only what came after the process had installed its filter counts.
"""
# ruff: noqa: T201

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = (
    "tests/totebox/test_flow.py", "tests/totebox/test_daemon.py", "tests/totebox/test_carry.py", "tests/totebox/test_network.py",
    "tests/process/test_launcher.py", "tests/totebox/test_trust_daemon.py", "tests/totebox/test_lost_launcher.py",
    "tests/services/extraction",
    "tests/cage/test_daemon_process.py", "tests/cage/test_writer_process.py", "tests/journeys/test_main_job.py",
)  # fmt: skip
"""What is run where it exists: sessions, F12 with every kind of document, TLS, ssh stdio, a verification, a wall."""
sys.path.insert(0, str(ROOT))
from totebox.daemon.programs import PROGRAMS  # noqa: E402

KINDS = {program.module: program.profile.kind for program in PROGRAMS.rows} | {
    "totebox.cli.main serve": "daemon",
    "os-totebox serve": "daemon",
}
CALL = re.compile(r"^([a-z0-9_]+)\(")
STARTED = re.compile(r"^(?:clone|clone3|fork|vfork)\(.*\) += ([0-9]+)$")
RESUMED = re.compile(r"^<\.\.\. (?:clone|clone3|fork|vfork) resumed>.* = ([0-9]+)$")
FILTER = "seccomp(SECCOMP_SET_MODE_FILTER"


def main(pythons: list[str]) -> int:
    """Trace with each of `pythons`; 1 when a profile lacks a call that was made."""
    made: dict[str, dict[str, Counter[str]]] = {}
    for python in pythons or [sys.executable]:
        with tempfile.TemporaryDirectory(prefix="trace-") as folder:
            name = _trace(python, Path(folder))
            for kind, call in _calls(Path(folder)):
                made.setdefault(kind, {}).setdefault(call, Counter())[name] += 1
    unlisted = 0
    for kind, calls in sorted(made.items()):
        for call, counts in sorted(calls.items()):
            known = call in _listed(kind)
            unlisted += not known
            counted = "  ".join(f"{name} {count}" for name, count in sorted(counts.items()))
            print(f"{kind:<9} {call:<24} {'listed' if known else 'UNLISTED':<9} {counted}")
    return int(unlisted > 0)


def _trace(python: str, folder: Path) -> str:
    tests = [test for test in TESTS if (ROOT / test).exists()]
    program = [
        "strace",
        "-f",
        "-ff",
        "-qq",
        "-s",
        "300",
        "-o",
        str(folder / "t"),
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *tests,
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT), "WAIT_S": "600"}
    ended = subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    version = subprocess.run([python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
    print(f"{version}: {ended.stdout.strip().splitlines()[-1] if ended.stdout else ended.stderr}", file=sys.stderr)
    return version


def _calls(folder: Path) -> Iterator[tuple[str, str]]:
    """(kind, call) for each call that a caged process made."""
    lines = {
        int(path.name.partition(".")[2]): path.read_text("utf-8", "replace").splitlines() for path in folder.iterdir()
    }
    parents: dict[int, tuple[int, int]] = {}
    for task, said in lines.items():
        for at, line in enumerate(said):
            if found := STARTED.match(line) or RESUMED.match(line):
                parents[int(found[1])] = (task, at)
    for task, said in lines.items():
        kind, start = _kind(task, lines, parents)
        if kind:
            for line in said[start:]:
                if found := CALL.match(line):
                    yield kind, found[1]


def _kind(task: int, lines: dict[int, list[str]], parents: dict[int, tuple[int, int]]) -> tuple[str, int]:
    """What a task is, and from which line on it is caged; '' of one that is not."""
    said, own = lines[task], ""
    for at, line in enumerate(said):
        if line.startswith("execve(") and line.endswith(" = 0"):
            words = " ".join(re.findall(r'"([^"]*)"', line.partition("[")[2].partition("]")[0]))
            own = next((kind for word, kind in KINDS.items() if re.search(rf"{re.escape(word)}( |$)", words)), "-")
        if own not in ("", "-") and line.startswith(FILTER):
            return own, at + 1
    if own or task not in parents:
        return "", 0
    parent, at = parents[task]
    kind, start = _kind(parent, lines, parents)
    return (kind, 0) if kind and at >= start else ("", 0)


def _listed(kind: str) -> frozenset[str]:
    try:
        from totebox.cage import profiles
    except ImportError:
        return frozenset()
    return profiles.calls(kind)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
