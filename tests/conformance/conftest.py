"""Real parts and their fakes, side by side."""

from tests.gate.conftest import room
from tests.totebox.conftest import consoles, daemon, desk, program

__all__ = ["consoles", "daemon", "desk", "program", "room"]
