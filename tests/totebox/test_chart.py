"""A Chart of Accounts may name the service that keeps the originals of an account."""

from pathlib import Path

import pytest

from totebox.errors import ConfigError
from totebox.reference.chart import load_chart

HEAD = "number,profile,domain,subdomain,keywords,archetype"
ROW = "1200,Records,Minutes,Board,minutes,Guardian"


def test_an_account_may_name_its_service(tmp_path: Path) -> None:
    """A seventh column; '' and a chart without the column leave it to the file's type."""
    own = tmp_path / "chart.csv"
    own.write_text(f"{HEAD},service\n{ROW},bookkeeper\n1300,Records,Minutes,Staff,staff,Guardian,\n")
    assert [account.service for account in load_chart("firm", own).accounts] == ["bookkeeper", ""]
    own.write_text(f"{HEAD}\n{ROW}\n")
    assert [account.service for account in load_chart("firm", own).accounts] == [""]


@pytest.mark.parametrize("text", [f"{HEAD},keeper\n{ROW},x\n", f"{HEAD}\n{ROW},x\n", f"{HEAD},service\n{ROW}\n"])
def test_a_chart_of_other_columns_is_refused(tmp_path: Path, text: str) -> None:
    """Every row has the columns of the first line, which are these and no others."""
    own = tmp_path / "chart.csv"
    own.write_text(text)
    with pytest.raises(ConfigError, match=r"chart\.csv:"):
        load_chart("firm", own)
