"""The root of a package holds its rooms, and the few files that every room of it may need."""

from pathlib import Path

import pytest

KEPT = {
    "totebox": {
        "errors.py": "the faults of every room",
        "clock.py": "the one source of time",
        "config.py": "what an operator sets, read by the command line and the daemon",
    },
    "console": {
        "errors.py": "the faults of every room",
        "config.py": "what a person sets, read by the command line, the app and the headless twin",
        "places.py": "where the console keeps its files",
        "terminal.py": "the one way out to a terminal, for every room that speaks",
        "agent.py": "the name by which app, twin, set-up and demo call themselves",
        "cli.py": "the entry point: the only one that knows app, twin, set-up and demo",
    },
}


@pytest.mark.parametrize("package", KEPT)
def test_a_root_holds_rooms_and_the_files_that_are_named_here(project: Path, package: str) -> None:
    """Whatever else arrives has a room; a file that leaves is struck from the list."""
    found = {path.name for path in (project / package).glob("*.py")} - {"__init__.py"}
    assert found == set(KEPT[package])
