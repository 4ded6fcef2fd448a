"""The Diode, way four: code. The import closure of one side holds none of the other's; tried by reading it and by breaking it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S

PROBE = "import sys, {module}; print(*sorted(sys.modules))"
ABSENT = {
    "protocol.subject.connection": ("protocol.authority", "protocol.carrier.dialing", "console", "totebox"),
    "totebox.link": ("protocol.authority", "protocol.carrier.dialing", "console"),
    "totebox.daemon.assembly": ("protocol.authority", "protocol.carrier.dialing", "console"),
    "protocol.authority.connection": ("protocol.subject", "protocol.carrier.listening", "console", "totebox"),
    "console.link.session": ("protocol.subject", "protocol.carrier.listening", "totebox"),
}


def closure(module: str, tree: Path) -> set[str]:
    """Everything that a fresh interpreter has loaded after importing `module` from `tree`."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module)],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def strangers(module: str, tree: Path) -> list[str]:
    loaded = closure(module, tree)
    return sorted(name for name in loaded for far in ABSENT[module] if name == far or name.startswith(far + "."))


@pytest.mark.parametrize("module", ABSENT)
def test_the_closure_holds_nothing_of_the_other_side(module: str, project: Path) -> None:
    """Loaded by itself, it has brought in no code of the other direction, and nothing made for tests."""
    assert strangers(module, project) == []
    assert "protocol.testing" not in closure(module, project)


def test_a_smuggled_import_is_seen(project: Path, tmp_path: Path) -> None:
    """Deep inside the wire, where both sides look: one import of the authority's half, and this law is broken."""
    shutil.copytree(project / "protocol", tmp_path / "protocol", ignore=shutil.ignore_patterns("__pycache__"))
    frame = tmp_path / "protocol" / "wire" / "preface.py"
    frame.write_text(frame.read_text() + "\nimport protocol.authority\n")
    assert strangers("protocol.subject.connection", tmp_path) == ["protocol.authority"]
