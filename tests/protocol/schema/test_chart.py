"""An account of the chart as a row of `input.chart`, and read from it again."""

import pytest

from protocol.schema import Cell
from protocol.schema.chart import Account, read_account
from totebox.gate.views import CHART

BOARD = Account("1200", "Records", "Minutes", "Board", ("minutes", "board"), "Guardian", "minutebook")
NAMES = [column.name for column in CHART.columns]


@pytest.mark.parametrize("account", [BOARD, Account("1", "", "", "Invoices", (), "")])
def test_a_row_says_everything_of_an_account(account: Account) -> None:
    """In the columns that the Totebox declares; what is read from it is the same account."""
    assert read_account(dict(zip(NAMES, account.cells(), strict=True))) == account


@pytest.mark.parametrize("cell", [None, 7, b"x", True])
def test_a_cell_that_is_no_text_is_empty(cell: Cell) -> None:
    """A Totebox may send anything, and an older one has fewer columns."""
    assert read_account({"number": "1200", "service": cell}) == Account("1200", "", "", "", (), "")
    assert read_account({"number": "1200"}).service == ""


def test_the_path_has_its_three_parts() -> None:
    """As a note keeps it, also where a part is empty."""
    assert BOARD.path == "Records / Minutes / Board" and Account("1", "", "", "X", (), "").path == " /  / X"
