"""However much is wrong, a verification says what, and how much more, and its memory is bounded."""

from pathlib import Path

from tests.vault.bench import Bench, whole
from tests.vault.check.test_verification import furnish
from totebox.cli.reports import report_json, report_lines
from totebox.daemon.marks import ProgressFile
from totebox.vault.api import Finding
from totebox.vault.check.findings import LISTED, Findings
from totebox.vault.check.verification import Mark, Report, verify


def damage(number: int) -> Finding:
    return Finding("damage", f"assets/x/{number}", number, 0, "a", "b", "mend it")


FOREIGN = Finding("foreign", "assets/stray", None, 0, "an owner", "nobody", "move it")


def test_the_first_of_each_severity_are_listed() -> None:
    """A flood of damage hides no stranger; the rest is counted by severity."""
    found = Findings(damage(number) for number in range(LISTED + 7))
    found.append(FOREIGN)
    assert list(found) == [*(damage(number) for number in range(LISTED)), FOREIGN]
    assert (len(found), dict(found.unlisted)) == (LISTED + 8, {"damage": 7})


def test_what_others_did_not_list_is_counted() -> None:
    """Findings taken over from elsewhere keep their count; nothing found is nothing."""
    found = Findings()
    assert not found
    found += Findings([FOREIGN], {"damage": 3})
    found += [damage(1)]
    assert (len(found), dict(found.unlisted), list(found)) == (5, {"damage": 3}, [FOREIGN, damage(1)])


def test_more_strangers_than_are_listed(bench: Bench) -> None:
    """The report lists the first, counts the others, and is no clean one."""
    furnish(bench)
    for number in range(LISTED + 5):
        (bench.root / f"assets/stray-{number:05d}").write_bytes(b"")
    report = verify(bench.root)
    assert (len(report.findings), report.found, report.exit_status) == (LISTED, LISTED + 5, 1)
    assert [finding.path for finding in report.findings[:2]] == ["assets/stray-00000", "assets/stray-00001"]
    assert '"unlisted": {"foreign": 5}' in report_json(report)
    assert any("5 more findings" in text for text in report_lines(report))
    assert any(text.startswith(f"{LISTED + 5} findings") for text in report_lines(report))


def test_an_interrupted_run_forgets_no_count(bench: Bench, tmp_path: Path) -> None:
    """What was not listed before is in the report of the run that goes on, and in the file between them."""
    bench.append(whole(b"a" * 300_000))
    bench.stop()
    whole_run: list[Mark] = []
    clean: Report = verify(bench.root, keep=whole_run.append)
    assert clean.found == 0
    last = whole_run[-1]
    marks = ProgressFile(tmp_path / "marks", "key")
    marks.keep(Mark(last.done, last.size, last.root, (damage(1),), {"damage": 9}))
    report = verify(bench.root, resume=marks.last())
    assert (report.findings, report.unlisted, report.found) == ((damage(1),), {"damage": 9}, 10)
