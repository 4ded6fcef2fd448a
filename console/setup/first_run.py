"""Questions before the screen opens: one line, answered with one key. They need a terminal; scripts use `--yes`
instead.
"""

import os
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar

from console.terminal import is_watched, say_text

T = TypeVar("T")


class First(Enum):
    """The choices on a console without pairings."""

    CREATE = "create"
    DEMO = "demo"
    LEAVE = "leave"


FIRST = """\
This console is paired with no Totebox yet.

  Enter  create a Totebox on this computer and open it
         ({place})
  d      look round in the demo: six Toteboxes with sample records, apart from your own
  q      leave; `os-console pair TICKET` pairs a Totebox that exists already
"""

DOWN = """\
The Totebox on this computer is not running: {place}

  Enter  start it
  c      open the console without it (it starts by hand with: os-totebox serve {place})
"""

HEADLESS = """\
This console is paired with no Totebox yet, and there is no terminal to ask at.

  os-console --yes          create a Totebox on this computer and open it
  os-console pair TICKET    pair a Totebox that exists already
  os-console demo           six Toteboxes with sample records
"""


def is_asked() -> bool:
    """Whether a person is at a terminal."""
    return sys.stdin.isatty() and is_watched()


def first(place: Path) -> First:
    """Ask what to do when nothing is configured."""
    say_text(FIRST.format(place=place))
    keys = {"\r": First.CREATE, "\n": First.CREATE, "d": First.DEMO, "q": First.LEAVE, "\x1b": First.LEAVE}
    return keys_to(keys, First.LEAVE)


def start_it(place: Path) -> bool:
    """Ask whether to start the local Totebox."""
    say_text(DOWN.format(place=place))
    return keys_to({"\r": True, "\n": True, "c": False, "q": False, "\x1b": False}, False)


def keys_to(keys: Mapping[str, T], at_end: T) -> T:
    """Wait for one of `keys`; others are ignored. Ctrl+C, Ctrl+D or the end of input give `at_end`."""
    import termios
    import tty

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd, termios.TCSANOW)  # TCSANOW keeps what was typed ahead
        while True:
            pressed = os.read(fd, 64).decode("utf-8", "replace").lower()
            if pressed in ("", "\x04"):
                return at_end
            if pressed in keys:
                return keys[pressed]
    except KeyboardInterrupt:
        return at_end
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
