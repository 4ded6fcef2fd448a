"""A vault that somebody handed over: its names are printed, and move nobody's terminal."""

import logging
import re
import sys

import pytest

from totebox.cli.terminal import LogLines, complain, complain_of, say, say_json

VILE = "\\u001b]0;owned\\u0007\\u009b2J\\u202e\\u0000\\nready unix:/tmp/s"
"""As JSON writes it."""
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")


@pytest.mark.parametrize("field", ["entity", "kind", "created", "origin", "vkey"])
@pytest.mark.parametrize(
    "verb", [("status",), ("doctor",), ("verify",), ("verify", "--json"), ("pairings",), ("prove", "0"), ("serve",)]
)
def test_no_verb_prints_what_acts_on_a_terminal(daemon, field: str, verb: tuple[str, ...]) -> None:
    """Whatever `totebox.yaml` says, each line of output is one of ours, and nothing in it is a control."""
    daemon.init()
    path = daemon.directory / "totebox.yaml"
    path.chmod(0o644)
    path.write_text(re.sub(f"(?m)^{field}: .*", lambda _: f'{field}: "{VILE}"', path.read_text()))
    done = daemon.program.run(
        verb[0], daemon.directory, *verb[1:], *(["--listen", "nowhere:"] if verb == ("serve",) else [])
    )
    assert not ACTS.search(done.stdout + done.stderr), (done.stdout, done.stderr)
    assert not re.search("(?m)^ready unix:/tmp/s", done.stdout)


def test_the_exit_defuses_what_it_is_given(capsys) -> None:
    """Lines, JSON and tracebacks, on both streams; a line is one line."""
    vile = "a\x1b[2J\x9b\u202e\nb"
    say(vile)
    complain(vile)
    say_json('"\x7f"')
    try:
        raise ValueError(vile)
    except ValueError as fault:
        complain_of(fault)
    out, err = capsys.readouterr()
    assert not ACTS.search(out + err) and out.splitlines() == ["a%1B[2J%C2%9B%E2%80%AE%0Ab", '"\\u007f"']


def test_a_line_of_the_log_is_one_line() -> None:
    """A peer's word in a message begins no line of the daemon's log; a traceback keeps its own."""
    try:
        raise ValueError("x\x1b[2Jy")
    except ValueError:
        record = logging.LogRecord("totebox", 30, "", 0, "peer %s", ("a\x1b\nready unix:/s",), sys.exc_info())
    text = LogLines("%(levelname)s %(message)s").format(record)
    assert text.startswith("WARNING peer a%1B%0Aready unix:/s\nTraceback") and not ACTS.search(text)
