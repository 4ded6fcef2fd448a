"""Runs code inside a cage, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.patience import WAIT_S
from totebox.cage import grade

Caged = Callable[[str, str], str]

PROGRAM = """
import json, os, sys
from pathlib import Path
from totebox.cage import kernel, parser, service, writer
vault = Path(sys.argv[1])
{enter}
try:
    result = (lambda: {attempt})()
    print(json.dumps(["done", repr(result)]))
except OSError as error:
    import errno
    print(json.dumps(["refused", errno.errorcode[error.errno]]))
"""
ENTER = {
    "writer": "writer.enter(vault)",
    "service": "service.enter([vault / 'state'])",
    "verification": "service.enter([], starts=True)",
    "parser": "parser.enter(vault / 'state/document', vault)",
    "none": "",
}


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """The directories of a vault, one sealed file and one segment."""
    for name in ("assets/people", "assets/minutebook", "ledger", "state"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "assets/minutebook/sealed").write_bytes(b"sealed")
    (tmp_path / "assets/people/segment").write_bytes(b"line\n")
    (tmp_path / "state/document").write_bytes(b"words")
    return tmp_path


@pytest.fixture
def caged(vault: Path) -> Caged:
    """`caged(cage, attempt)`: what the expression gave there ("done ...") or how it was refused ("EPERM")."""
    if grade.best().grade is not Grade.KERNEL:
        pytest.skip(grade.best().reason)

    def run(cage: str, attempt: str) -> str:
        program = PROGRAM.format(enter=ENTER[cage], attempt=attempt)
        ended = subprocess.run(
            [sys.executable, "-c", program, str(vault)], capture_output=True, text=True, timeout=WAIT_S, check=False
        )
        assert ended.returncode == 0, f"{ended.returncode}\n{ended.stderr}"
        outcome, detail = json.loads(ended.stdout)
        return "done" if outcome == "done" else detail

    return run
