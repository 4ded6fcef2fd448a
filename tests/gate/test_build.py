"""There is one way to make a gate."""

import re
from pathlib import Path

MADE = re.compile(r"(?<![\w.])(?:Gate|InputMachine|PairingVerbs|ReadingVerbs|Capabilities)\(")
HOME = Path("totebox/gate/build.py")


def test_the_pieces_of_a_gate_are_made_in_one_place(project: Path) -> None:
    """Neither the daemon nor a test joins them by itself: what a test asks is what the daemon serves."""
    files = [path for room in ("totebox", "tests") for path in (project / room).rglob("*.py")]
    assert [path.relative_to(project) for path in files if MADE.search(path.read_text())] == [HOME]
