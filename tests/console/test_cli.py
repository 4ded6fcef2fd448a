"""The command line, as a program."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S

CONSOLE = str(Path(sys.executable).with_name("os-console"))


def run(tmp_path: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [CONSOLE, *words], env=environ, capture_output=True, text=True, timeout=PROGRAM_S, check=False
    )


@pytest.mark.parametrize("words", [["--help"], ["pair", "--help"], ["run", "help"], ["config"], ["pairings"]])
def test_small_verbs_load_no_textual(tmp_path: Path, words: list[str]) -> None:
    """What needs no screen loads no Textual; what needs no keys loads no cryptography."""
    code = (
        "import sys\nfrom console.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print(sorted({n.split('.')[0] for n in sys.modules} & {'textual'}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--keyring", str(tmp_path), *words],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
    )
    assert done.stderr.strip().endswith("[]"), done.stderr
    assert done.stdout


def test_a_strangers_protocol_package_is_named(tmp_path: Path) -> None:
    """A foreign package called `protocol` before ours is said plainly, with its place, and status 2."""
    (tmp_path / "protocol").mkdir()
    (tmp_path / "protocol" / "__init__.py").write_text("")
    code = "import sys; sys.path.insert(0, sys.argv.pop()); import protocol; from console.cli import main; sys.exit(main(['pairings']))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=PROGRAM_S
    )
    assert done.returncode == 2
    assert f"another package named `protocol` is in the way: {tmp_path}" in done.stderr


def test_a_mistake_in_the_settings_stops_the_start(tmp_path: Path) -> None:
    """The file, line and key are named; the console does not open on half its settings."""
    file = tmp_path / "c.toml"
    file.write_text("[screen]\nthem = 'dark'\n")
    done = run(tmp_path, "--config", str(file), "config")
    assert done.returncode == 2
    assert "c.toml:2:screen.them: unknown; did you mean 'theme'? [config]" in done.stderr


def test_the_schema_is_printed(tmp_path: Path) -> None:
    """`config --schema` is JSON."""
    assert json.loads(run(tmp_path, "config", "--schema").stdout)["title"] == "console.toml"


def test_an_unknown_command_names_the_nearest(tmp_path: Path) -> None:
    """`run` knows its commands and how they are written."""
    assert "did you mean 'status'" in run(tmp_path, "run", "statsu").stderr
    assert "write it so: os-console run prove INDEX" in run(tmp_path, "run", "prove").stderr
    assert "paired with no Totebox" in run(tmp_path, "run", "status").stderr
    assert "status" in json.loads(run(tmp_path, "run", "help", "--json").stdout)


def test_nothing_is_created_by_looking(tmp_path: Path) -> None:
    """Help, lists and settings leave no file behind."""
    for words in (["--help"], ["pairings"], ["config"], ["run", "help"]):
        assert run(tmp_path, *words).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["bogus"], ["--yes", "bogus"], ["--config", "pair", "bogus", "--help"]])
def test_a_verb_that_is_none_is_answered_with_those_there_are(tmp_path: Path, words: list[str]) -> None:
    """The word is named, every verb that the program knows is listed, and the status is 2."""
    done = run(tmp_path, *words)
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("os-console: there is no verb 'bogus'; ")
    for verb in (
        "pair",
        "request",
        "key",
        "grant",
        "grants",
        "revoke",
        "pairings",
        "move",
        "fleet",
        "run",
        "demo",
        "config",
    ):
        assert verb in done.stderr.split("there are: ")[1]


def test_a_verb_that_is_nearly_one_is_guessed(tmp_path: Path) -> None:
    """A slip of the finger is answered with the verb that was meant."""
    assert "did you mean 'pairings'?" in run(tmp_path, "pairngs").stderr


def test_the_first_picture_does_without_cryptography(tmp_path: Path) -> None:
    """The application, its frame and the two screens that it opens on load no cryptography: links do, after the first paint."""
    code = (
        "import sys\nimport console.app.opening, console.app.app, console.app.termination, console.link.lazy_link\n"
        "import console.link.keyring, console.cartridges.ledger.pane, console.fleet.screen\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'cryptography'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PROGRAM_S)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
