"""The demo is real: daemons, sockets, vaults. One entity stands for the six; the whole fleet is a journey of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.demo import driver
from console.demo.provision import FORMAT, MARKER, DemoFleet, complete, fleet_in, provision
from console.demo.samples import Sample, entity
from console.errors import DemoError
from tests.patience import PROGRAM_S

HOUSEHOLD = entity("okafor")


@pytest.fixture
def fleet(short_dir: Path) -> Iterator[DemoFleet]:
    """A demo whose daemons are stopped whatever happens."""
    made = fleet_in(short_dir / "demo")
    yield made
    made.stop()


def said(fleet: DemoFleet, log: str = "") -> str:
    """The register of the household's log."""
    return "".join(
        path.read_text() for path in sorted((fleet.directory / "vaults/okafor/ledger" / log / "register").iterdir())
    )


@pytest.mark.anyio
async def test_what_is_made_is_not_made_again(fleet: DemoFleet) -> None:
    """It resumes where it stopped, a complete demo is left as it is, and the audit says who did it: a script."""
    school, warranty = HOUSEHOLD.samples[2], HOUSEHOLD.samples[1]
    lines: list[str] = []
    await provision(fleet, lines.append, [replace(HOUSEHOLD, samples=(school,))])
    assert said(fleet).count(",original,") == 1 and said(fleet).count(",rejected,") == 1
    assert await asyncio.to_thread(fleet.stop) == 1 and await asyncio.to_thread(fleet.stop) == 0
    (fleet.directory / MARKER).write_text(json.dumps({"format": FORMAT, "complete": []}))
    both = replace(HOUSEHOLD, samples=(school, warranty))
    await provision(fleet, lines.append, [both])
    assert said(fleet).count(",original,") == 2 and complete(fleet.directory) == {"okafor"}
    await provision(fleet, lines.append, [both])
    assert len(lines) == 3 and said(fleet).count(",original,") == 2
    audit = said(fleet, "audit")
    assert "scripted" in audit and "keyboard" not in audit and audit.count(",RECORD_REJECTED,") == 1


@pytest.mark.anyio
async def test_other_claims_than_decided_end_it(fleet: DemoFleet) -> None:
    """A document that says more than its decisions name is not sealed, and no daemon is left."""
    changed = Sample(
        "warranty-washing-machine.md", lambda: b"# Warranty\n\nOwner: Jane Doe, since 2026-01-01\n", "6200"
    )
    with pytest.raises(DemoError, match="more: person 'Jane Doe'"):
        await provision(fleet, str, [replace(HOUSEHOLD, samples=(changed,))])
    assert ",original," not in said(fleet) and complete(fleet.directory) == set()
    assert fleet.stop() == 0


def test_the_demo_has_a_directory_of_its_own(tmp_path: Path) -> None:
    """A directory that holds something else is not taken, and not destroyed."""
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    for verb in ([], ["--reset"]):
        words = [*verb, "--dir", str(tmp_path)] if verb else ["--headless", "--dir", str(tmp_path)]
        with pytest.raises(DemoError):
            driver.main(words)
    assert mine.read_text() == "mine"


def test_without_fpdf2_the_demo_names_the_extra_and_starts_nothing(tmp_path: Path) -> None:
    """One line, exit status 2, before any vault is made; a demo that is complete needs no fpdf2."""
    code = "import sys; sys.modules['fpdf'] = None; from console.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, "demo", "--headless", "--dir", str(tmp_path / "demo")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PROGRAM_S, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "pip install 'totebox[pdf]'" in done.stderr and not (tmp_path / "demo/vaults").exists()


def test_reset_destroys_the_demo_and_nothing_else(tmp_path: Path) -> None:
    """What lies beside the demo's own folders stays."""
    place = tmp_path / "demo"
    (place / "vaults/okafor").mkdir(parents=True)
    (place / MARKER).write_text('{"format": 1, "complete": []}')
    (place / "notes.txt").write_text("mine")
    assert driver.main(["--reset", "--dir", str(place)]) == 0
    assert [path.name for path in place.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("verb", ["--headless", "--dir"])
def test_a_demo_with_vaults_of_format_1_offers_to_start_over(tmp_path: Path, verb: str) -> None:
    """One line names `--reset`; marker and vaults keep their bytes. `--reset` takes them away."""
    place = tmp_path / "demo"
    (place / "vaults/okafor").mkdir(parents=True)
    (place / MARKER).write_text('{"format": 1, "complete": ["okafor"]}')
    (place / "vaults/okafor/totebox.yaml").write_text("format: 1\n")
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    with pytest.raises(DemoError, match="os-console demo --reset --dir"):
        driver.headless(place) if verb == "--headless" else fleet_in(place).launch()
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file() and path in before} == before
    assert driver.main(["--reset", "--dir", str(place)]) == 0 and not (place / "vaults").exists()


def test_stopping_what_does_not_run_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--stop` says how many it stopped."""
    assert driver.main(["--stop", "--dir", str(tmp_path / "demo")]) == 0
    assert "no daemon" in capsys.readouterr().out


def test_the_demo_is_opened_by_one_console_at_a_time(tmp_path: Path) -> None:
    """The second one would stop the first one's daemons."""
    with (
        driver._held(tmp_path / "demo"),
        pytest.raises(DemoError, match="another console"),
        driver._held(tmp_path / "demo"),
    ):
        pass


def test_the_driver_imports_nothing_of_the_subject_side() -> None:
    """It drives `os-totebox` as a person does."""
    code = "import sys, console.demo.driver, console.demo.provision; sys.exit(any(n.split('.')[0] == 'totebox' for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
