"""The import law holds, and each of its contracts catches the import that it forbids."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S

SABOTAGE = {
    "diode": ("totebox/clock.py", "import console.errors"),
    "diode-up": ("console/errors.py", "import totebox.clock"),
    "protocol-alone": ("protocol/errors.py", "import console.errors"),
    "protocol-pure": ("protocol/trust/keys.py", "import socket"),
    "protocol-down": ("protocol/schema/numbers.py", "import protocol.wire.codec"),
    "halves": ("protocol/subject/connection.py", "import protocol.authority.connection"),
    "authority-half": ("console/model/events.py", "import protocol.authority.connection"),
    "subject-half": ("totebox/gate/gate.py", "import protocol.subject.connection"),
    "test-parts": ("totebox/clock.py", "import protocol.testing"),
    "codec-alone": ("protocol/wire/frame.py", "import msgpack"),
    "vault-depends": ("totebox/vault/api.py", "import totebox.gate.gate"),
    "vault-door": ("totebox/services/people/__init__.py", "import totebox.vault.disk.durable"),
    "cage-alone": ("totebox/cage/grade.py", "import totebox.config"),
    "cage-door": ("totebox/gate/gate.py", "import totebox.cage.grade"),
    "registry": ("totebox/cli/recording.py", "import totebox.daemon.programs"),
    "gate-and-services": ("totebox/services/audit/__init__.py", "import protocol.wire.noise"),
    "services-apart": ("totebox/services/people/__init__.py", "import totebox.services.audit"),
    "model-pure": ("console/model/events.py", "import console.chassis.theme"),
    "model-no-io": ("console/model/events.py", "import socket"),
    "panes": ("console/cartridges/help/__init__.py", "import console.link.session"),
    "link-headless": ("console/link/session.py", "import console.chassis.theme"),
    "cartridges-apart": ("console/cartridges/people/__init__.py", "import console.cartridges.ledger"),
}
ROOMS = ("protocol", "totebox", "console")


def contracts(project: Path) -> set[str]:
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    return {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}


def lint(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache", "--contract", contract],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=4 * PROGRAM_S,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the three rooms that a test may break."""
    project = Path(__file__).parent.parent.parent
    tree = tmp_path_factory.mktemp("law")
    shutil.copy(project / "pyproject.toml", tree)
    for room in ROOMS:
        shutil.copytree(project / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def test_every_contract_has_a_sabotage(project: Path) -> None:
    """No contract stands untried."""
    assert contracts(project) == set(SABOTAGE)


@pytest.mark.parametrize("contract", SABOTAGE)
def test_a_forbidden_import_is_caught(copy: Path, contract: str) -> None:
    """Injecting the forbidden import breaks exactly the contract that names it."""
    name, line = SABOTAGE[contract]
    target = copy / name
    sound = target.read_text()
    target.write_text(f"{sound}\n\n{line}  # sabotage\n")
    try:
        result = lint(copy, contract)
    finally:
        target.write_text(sound)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout
    assert line.split()[1].split(".")[0] in result.stdout


@pytest.mark.parametrize(
    ("contract", "room", "line"),
    [
        ("services-apart", "totebox/services", "import totebox.services.audit"),
        ("cartridges-apart", "console/cartridges", "import console.cartridges.ledger"),
    ],
)
def test_a_service_or_cartridge_that_arrives_is_under_the_law(copy: Path, contract: str, room: str, line: str) -> None:
    """Nobody names it in a contract: a folder in the room is enough."""
    folder = copy / room / "newcomer"
    folder.mkdir()
    (folder / "__init__.py").write_text(f'"""One that arrived."""\n\n{line}\n')
    try:
        result = lint(copy, contract)
    finally:
        shutil.rmtree(folder)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "newcomer is not allowed to import" in result.stdout
