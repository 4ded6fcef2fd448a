"""What is done without a screen stands in the one registry, and needs no screen's libraries."""

import subprocess
import sys

from console.agent import program
from console.cartridges import KEYBOARD, load
from console.chassis.keys import TWINS
from console.run.headless import ACTIONS
from tests.patience import PROGRAM_S


def test_every_twin_of_the_registry_is_carried_out() -> None:
    """The registry and the headless program know the same commands, each once."""
    assert [twin.id for twin in TWINS] == list(ACTIONS)


def test_a_twin_names_a_command_of_the_screen_that_exists() -> None:
    """`of` leads to a command of a cartridge."""
    specs = [spec for key in KEYBOARD if (spec := load(key)) is not None]
    known = {command.id for spec in specs for command in spec.commands}
    assert {twin.of for twin in TWINS if twin.of} <= known


def test_usage_begins_with_the_name_and_takes_what_it_shows() -> None:
    """A twin is written as its usage says, and asks for no fewer words than it must."""
    for twin in TWINS:
        assert twin.usage.split()[0] == twin.id and 0 <= twin.least <= twin.most


def test_the_help_of_run_loads_no_screen() -> None:
    """`os-console run help` lists every twin and imports no Textual."""
    script = (
        "import sys; from console.cli import main; status = main(['run', 'help']); "
        "sys.exit(status or ('textual' in sys.modules and 'textual was loaded') or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PROGRAM_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(twin.usage in done.stdout for twin in TWINS)


def test_the_program_names_its_version() -> None:
    """What a Totebox records is the installed version and how it is driven."""
    assert program("scripted").startswith("os-console/") and program("scripted").endswith(" scripted")
