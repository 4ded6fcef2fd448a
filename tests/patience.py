"""How long a test waits for what must come, and what it takes for proof that nothing more will."""

import os

from screenshots.rest import quiet

__all__ = ["PROGRAM_S", "WAIT_S", "quiet"]

WAIT_S = float(os.environ.get("WAIT_S", "20"))
"""Seconds that one step may take: an answer, an event, a screen. It costs nothing where the thing comes; on a slow machine the
environment variable WAIT_S lengthens it.

A link of a test gives its Totebox up after this time, not after three seconds: the machine may be too busy to let it answer.
"""
PROGRAM_S = 9 * WAIT_S
"""Seconds that a whole program may take, from its start to its end: many steps, such as a verification or twenty attacks."""
