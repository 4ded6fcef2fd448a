"""What verify, status and doctor say."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.vault.bench import Bench, stamp, whole
from totebox.cli.reports import finding_line, report_json, report_lines, status_lines, verify_vault
from totebox.vault.api import Finding
from totebox.vault.life.creation import create


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    create(tmp_path / "vault", "Acme", "company", entropy=os.urandom, now=stamp(0))
    made = Bench(tmp_path / "vault")
    made.append(whole(b"lease"))
    made.stop()
    return made


@pytest.mark.parametrize(
    "name", [b"a\x1b[31mred\nclean: 2 entries", b"\xff\xfe", "a\u202etxt.exe".encode(), b"\xc2\x9b2J"]
)
def test_a_name_draws_nothing_on_the_auditors_screen(bench: Bench, name: bytes) -> None:
    """Escapes, line breaks, what turns text around and what is not UTF-8 stand there percent-encoded: one line a finding."""
    Path(os.fsdecode(os.fsencode(bench.root / "assets") + b"/" + name)).touch()
    report = verify_vault(bench.root, None, None, None)
    lines = list(report_lines(report))
    assert len(lines) == 3 and lines[0].startswith("foreign: assets/") and "%" in lines[0]
    assert all(line.isprintable() and line.encode() for line in lines)
    assert json.loads(report_json(report))["findings"][0]["path"] == f"assets/{os.fsdecode(name)}"


def test_a_plain_finding_is_said_as_it_is() -> None:
    """Severity, where, expected, found, what to do."""
    found = Finding("damage", "assets/año 1.pdf", 7, 9, "5 bytes", "3 bytes", "restore it")
    assert finding_line(found) == "damage: assets/año 1.pdf entry 7 byte 9: expected 5 bytes, found 3 bytes; restore it"


def test_status_says_whether_it_takes_writes(bench: Bench, tmp_path: Path) -> None:
    """A copy that is not at home says so, and what to do."""
    assert "writes     yes" in list(status_lines(bench.root))
    shutil.copytree(bench.root, tmp_path / "copy")
    (line,) = (line for line in status_lines(tmp_path / "copy") if line.startswith("writes"))
    assert line.startswith("writes     no: this is a copy") and "os-totebox move" in line
