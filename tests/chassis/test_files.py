"""What the console writes to its own host: exports, copies that are too long, crash reports. Never over a file that is there."""

import json
from pathlib import Path

import pytest

from console.chassis.clipboard import MOST_COPIED, Takeaway
from console.chassis.crash import report, write_report
from console.chassis.export import as_csv, as_json
from protocol.schema.numbers import Severity
from tests.chassis.stage import stage

STAMP = "2026-11-22T02:31:40.000000Z"


def taken(folder: Path) -> tuple[Takeaway, list[str]]:
    copied: list[str] = []
    return Takeaway(folder, copied.append, lambda: STAMP), copied


@pytest.mark.anyio
async def test_a_list_is_exported_as_it_is_shown(tmp_path: Path) -> None:
    """In both forms, named by screen and time; again beside the first; the notice says where."""
    async with stage(start="f8") as it:
        takeaway, _ = taken(tmp_path / "exports")
        for suffix in ("", "-2", "-3"):
            said = takeaway.export(it.app.pane, None)
            path = tmp_path / "exports" / f"ledger-20261122T023140000000{suffix}.csv"
            assert (said.severity, said.detail) == (
                Severity.NOTICE,
                str(path),
            ) and f"rows written to {path}" in said.text
            rows = json.loads(path.with_suffix(".json").read_text())
            assert len(path.read_text().splitlines()) == len(rows) + 1 and said.text.startswith(f"{len(rows):,} rows")


@pytest.mark.anyio
async def test_where_nothing_can_be_written_the_notice_says_so(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "exports").write_text("mine")
    async with stage(start="f8") as it:
        said = taken(tmp_path / "exports")[0].export(it.app.pane, None)
    assert said.severity is Severity.WARNING and said.text.startswith("not exported: ") and said.was_tried
    assert (tmp_path / "exports").read_text() == "mine"


@pytest.mark.anyio
async def test_the_row_under_the_cursor_is_copied(tmp_path: Path) -> None:
    """Its cells parted by tabs, and how many characters it was."""
    async with stage(start="f8") as it:
        takeaway, copied = taken(tmp_path)
        said = takeaway.copy(it.app.pane, it.app.focused)
    assert (
        said.severity is Severity.NOTICE
        and copied[0].count("\t") == 6
        and said.text.startswith(f"{len(copied[0]):,} characters")
    )


def test_without_a_list_nothing_is_taken(tmp_path: Path) -> None:
    """No file and no copy."""
    takeaway, copied = taken(tmp_path / "exports")
    said = [takeaway.export(None, None), takeaway.copy(None, None)]
    assert [one.text for one in said] == [
        "there is no list here to export",
        "there is nothing under the cursor to copy",
    ]
    assert not any(one.was_tried for one in said)
    assert copied == [] and not (tmp_path / "exports").exists() and MOST_COPIED == 1 << 16


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t=", "＝", "＋", "－", "＠", "  ="])
def test_a_formula_of_any_kind_is_text(first: str) -> None:
    """An apostrophe stands before it; a number with its sign has none."""
    line = as_csv(["a"], [[f"{first}1"]]).decode().split("\n", 1)[1]
    assert line.lstrip('"').startswith("'")
    assert as_csv(["a"], [[-1]]) == b"a\n-1\n"


@pytest.mark.parametrize(
    ("cell", "csv", "value"),
    [
        (None, "", None),
        (True, "true", True),
        (False, "false", False),
        (b"\xab", "ab", "ab"),
        (7, "7", 7),
        ('a"b', '"a""b"', 'a"b'),
    ],
)
def test_a_cell_is_the_same_in_both_forms(cell, csv: str, value: object) -> None:
    """Empty, yes and no, bytes, numbers, quotes."""
    assert as_csv(["a"], [[cell]]).decode() == f"a\n{csv}\n" and json.loads(as_json(["a"], [[cell]])) == [{"a": value}]


def test_a_list_without_rows_is_its_head() -> None:
    """Nobody wonders whether the export broke."""
    assert as_csv(["a", "b;c"], []) == b'a,"b;c"\n' and json.loads(as_json(["a"], [])) == []


def test_a_crash_report_is_safe_to_read(tmp_path: Path) -> None:
    """What was on the screen, and no control character of the fault's text; it is named by its time."""
    text = report(ValueError("x\x1b[2Jy"), "f8 ledger", STAMP)
    assert "\x1b" not in text and f"time      {STAMP}" in text and "screen    f8 ledger" in text
    path = write_report(tmp_path / "deep" / "reports", text, STAMP)
    assert path is not None and path.name == "crash-20261122T02314000000.txt" and path.read_text() == text


def test_a_report_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    """The crash is told all the same."""
    (tmp_path / "file").write_text("x")
    assert write_report(tmp_path / "file" / "reports", "text", STAMP) is None
