"""Stops the demo's daemons when the console that started them ends, however it ends: `python -m console.demo.keeper
DIR`.

Its stdin is a pipe that the console holds open. The end of the pipe means that the console has ended, or asks the
daemons to stop. A separate process can do this even after the console was killed. It holds the demo's lock until every
daemon has stopped, so that a console that is opened meanwhile does not find half of them.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.demo.provision import fleet_in


@contextmanager
def kept(directory: Path, lock: int) -> "Iterator[subprocess.Popen[bytes]]":
    """A keeper waits for the end of this process while the context lasts. Closing its stdin stops the daemons of
    `directory` at once.

    Args:
        lock: the descriptor that holds the demo's lock; the keeper holds it too.
    """
    words = [sys.executable, "-P", "-m", "console.demo.keeper", str(directory)]
    keeper = subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=(lock,), start_new_session=True)
    try:
        yield keeper
    finally:
        let_go(keeper)
        keeper.wait()


def let_go(keeper: "subprocess.Popen[bytes]") -> None:
    """Make the keeper stop the daemons; returns at once."""
    if keeper.stdin is not None:
        with suppress(OSError):
            keeper.stdin.close()


def main() -> None:
    """Wait for the end of stdin, then stop the daemons of the demo in the directory of the command line."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    fleet = fleet_in(Path(sys.argv[1]))
    sys.stdin.buffer.read()
    fleet.stop()


if __name__ == "__main__":
    main()
