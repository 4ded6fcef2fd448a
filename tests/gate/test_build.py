"""There is one way to make a gate."""

import ast
from pathlib import Path

import pytest

MADE = ("Gate", "InputMachine", "PairingVerbs", "ReadingVerbs", "Capabilities")
HOME = Path("totebox/gate/build.py")


def _called(path: Path) -> set[str]:
    return {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize("name", MADE)
def test_the_pieces_of_a_gate_are_made_in_one_place(project: Path, name: str) -> None:
    """Neither the daemon nor a test joins them by itself: what a test asks is what the daemon serves."""
    files = [path for room in ("totebox", "tests") for path in (project / room).rglob("*.py")]
    assert [path.relative_to(project) for path in files if name in _called(path)] == [HOME]
