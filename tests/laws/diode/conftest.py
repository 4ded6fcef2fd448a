"""Real daemons for the laws that are tried at run time."""

from tests.totebox.conftest import another, consoles, daemon, desk, new_console, program

__all__ = ["another", "consoles", "daemon", "desk", "new_console", "program"]
