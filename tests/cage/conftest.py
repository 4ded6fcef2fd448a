"""Runs code inside a cage, in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.patience import PROGRAM_S
from totebox.cage import grade
from totebox.clock import now_text
from totebox.vault.life.creation import create

Caged = Callable[[str, str], str]

PROGRAM = """
import json, os, sys
from pathlib import Path
from totebox.daemon import verification as verifying
from totebox.cage import kernel, writer
from totebox.config import Settings, places_of
from totebox.daemon.main import _shut_in
from totebox.services.extraction import worker
from totebox.process.grants import granted
from totebox.process.surroundings import Surroundings
from totebox.daemon.programs import PROGRAMS
from protocol.schema.numbers import Grade
from totebox.vault.places import Process
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
    "writer": "writer.enter(vault, granted(vault, Process.WRITER), profile=PROGRAMS.writer.profile)",
    "daemon": "_shut_in(Settings(places_of(vault)))",
    "verifier": "verifying.shut_in(vault, Surroundings(vault, Grade.KERNEL, PROGRAMS.verifier.profile, False, ()))",
    "reader": "worker.shut_in(vault / 'cache/intake/document', Surroundings(vault, Grade.KERNEL, PROGRAMS.reader.profile, False, ()))",
    "none": "",
}


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault with one sealed file, one segment and one document on its way."""
    vault = tmp_path / "v"
    create(vault, "Acme", "company", entropy=os.urandom, now=now_text())
    for name in ("people", "minutebook"):
        (vault / "assets" / name).mkdir()
    (vault / "assets/minutebook/sealed").write_bytes(b"sealed")
    (vault / "assets/people/segment").write_bytes(b"line\n")
    (vault / "cache/intake/document").write_bytes(b"words")
    return vault


@pytest.fixture
def caged(vault: Path) -> Caged:
    """`caged(cage, attempt)`: what the expression gave there ("done ...") or how it was refused ("EPERM")."""
    if grade.best().grade is not Grade.KERNEL:
        pytest.skip(grade.best().reason)

    def run(cage: str, attempt: str) -> str:
        program = PROGRAM.format(enter=ENTER[cage], attempt=attempt)
        ended = subprocess.run(
            [sys.executable, "-c", program, str(vault)], capture_output=True, text=True, timeout=PROGRAM_S, check=False
        )
        assert ended.returncode == 0, f"{ended.returncode}\n{ended.stderr}"
        outcome, detail = json.loads(ended.stdout)
        return "done" if outcome == "done" else detail

    return run
