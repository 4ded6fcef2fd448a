"""The Diode as a fact of the import graph: what one side loads holds no code of the other."""

import subprocess
import sys

import pytest

from tests.patience import PROGRAM_S

PROBE = "import sys; import {module}; print(*sorted(name for name in sys.modules if name.startswith(('protocol', 'console', 'totebox'))))"


def _closure(module: str) -> set[str]:
    """Every module of ours that importing `module` loads, seen by a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PROGRAM_S,
    )
    return set(run.stdout.split())


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("protocol.subject.connection", "protocol.authority"),
        ("totebox.link", "protocol.authority"),
        ("protocol.authority.connection", "protocol.subject"),
        ("console.link.session", "protocol.subject"),
    ],
)
def test_import_closure(module: str, absent: str) -> None:
    """Loading one half loads nothing of the other, directly or by way of anything else."""
    loaded = _closure(module)
    assert module in loaded
    assert not [name for name in loaded if name == absent or name.startswith(absent + ".")]
    assert "protocol.testing" not in loaded


def test_link_of_one_side_loads_nothing_of_the_other() -> None:
    """totebox.link loads no console, console.link no totebox."""
    assert not [name for name in _closure("totebox.link") if name.startswith("console")]
    assert not [name for name in _closure("console.link.session") if name.startswith("totebox")]
