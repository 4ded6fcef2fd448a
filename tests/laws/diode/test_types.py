"""The Diode, way one: types. A program that would send the other way does not pass mypy."""

import subprocess
import sys
from pathlib import Path

from tests.patience import PROGRAM_S

WRONG = {
    "subject.send(Ping(1))": "arg-type",
    "subject.send(Command(1, b'', Verb.HEAD, b'', ()))": "arg-type",
    "subject.send(Bye())": "arg-type",
    "subject.bind(bind)": "attr-defined",
    "authority.send(Pong(1))": "arg-type",
    "authority.send(Closing(ClosingReason.GOODBYE, ''))": "arg-type",
    "authority.admit(b'', None)": "attr-defined",
    "authority.bound(bound)": "attr-defined",
    "order: Order = Pong(1)": "assignment",
}
RIGHT = ("subject.send(Pong(1))", "authority.send(Ping(1))", "authority.send(Bye())")
HEAD = """
from protocol.authority.connection import AuthorityConnection
from protocol.schema import Bind, Bound, Bye, Closing, Command, Ping, Pong
from protocol.schema.numbers import ClosingReason, Verb
from protocol.subject.connection import Order, SubjectConnection


def tried(authority: AuthorityConnection, subject: SubjectConnection, bind: Bind, bound: Bound) -> None:
"""


def test_no_word_of_the_other_direction_passes_mypy(project: Path, tmp_path: Path) -> None:
    """Each wrong line is an error of its own kind, and the right ones are none."""
    lines = [*WRONG, *RIGHT]
    source = tmp_path / "tried.py"
    source.write_text(HEAD.lstrip() + "".join(f"    {line}\n" for line in lines))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "", "--strict", "--cache-dir", str(tmp_path / "cache"),
         "--no-error-summary", "--hide-error-context", str(source)],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=4 * PROGRAM_S,
    )  # fmt: skip
    first = len(HEAD.lstrip().splitlines()) + 1
    found = {}
    for line in done.stdout.splitlines():
        if line.startswith(str(source)) and ": error: " in line:
            found[lines[int(line.split(":")[1]) - first]] = line.rsplit("[", 1)[1].rstrip("]")
    assert found == WRONG, done.stdout
