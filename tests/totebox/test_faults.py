"""What is in the way is one line: what, where, what to do; and no status that says what a verb found."""

import errno
import os
from pathlib import Path

import pytest

from protocol.errors import PspError
from totebox.cli.faults import foreseen, said
from totebox.errors import LauncherLost, VaultError

HERE = Path("/srv/vault")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EROFS, "mount it for writing"),
        (errno.EACCES, "run as the owner"),
        (errno.EIO, "copy the vault"),
        (errno.ENOENT, "check the path"),
    ],
)
def test_the_system_refused(code: int, remedy: str) -> None:
    """The directory, the name within it, the system's words and a remedy of their own."""
    line, status = said(OSError(code, os.strerror(code), "log-1.key"), HERE)
    assert line.startswith(f"/srv/vault: log-1.key: {os.strerror(code)}; ") and remedy in line and status == 2


def test_a_whole_path_stands_alone() -> None:
    """No path is named twice, and none is missing where the system named none."""
    assert said(OSError(errno.EIO, "x", "/a/b"), HERE)[0].startswith("/a/b: x; ")
    assert said(OSError(errno.ENOSPC, "No space left on device"), HERE)[0].startswith("/srv/vault: No space")
    assert said(OSError(errno.ENOENT, "x", b"/a/\xff"), None)[0].startswith("/a/%FF: x; ")


def test_what_a_task_met_is_said_as_if_it_were_met_here() -> None:
    """Out of groups within groups; the daemon's own status survives."""
    group = BaseExceptionGroup("", [ExceptionGroup("", [PermissionError(errno.EACCES, "no", "/drop")])])
    assert said(group, HERE) == ("/drop: no; run as the owner of the vault, or mend the permissions", 2)
    assert said(ExceptionGroup("", [LauncherLost("gone")]), HERE) == ("gone", 75)
    assert said(VaultError("damaged"), HERE) == ("damaged", 2) and said(PspError("odd"), HERE)[1] == 2


def test_a_fault_of_ours_says_where_it_was_and_decides_nothing() -> None:
    """One line without a control character, and a status that is no verdict."""
    try:
        [][int("0")]
    except IndexError as fault:
        line, status = said(ExceptionGroup("", [fault]), HERE)
        assert not foreseen(fault)
    assert "test_faults.py line" in line and "IndexError" in line and status == 2
    assert "\x1b" not in said(ValueError("\x1b[31m\n"), HERE)[0] and "\n" not in said(ValueError("a\nb"), HERE)[0]
