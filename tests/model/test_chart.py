"""A chart of accounts, typed fuzzily."""

import pytest

from console.model.input.chart import fitting, keeper, shown_path
from protocol.schema.chart import Account

CHART = (
    Account("1100", "Corporation", "Compliance", "Counsel", ("filing", "statute"), "Guardian"),
    Account("1200", "Corporation", "Finance", "Accounting", ("invoice", "ledger"), "Fiduciary"),
    Account("4100", "Corporation", "Real Estate", "Office Leasing", ("lease", "tenant"), "Catalyst"),
    Account("4200", "Corporation", "Real Estate", "Office Tenants", ("tenant", "mail"), "Steward"),
)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("4100", ["4100"]),
        ("42", ["4200"]),
        ("real ten", ["4200", "4100"]),
        ("leas", ["4100"]),
        ("TENANT", ["4200", "4100"]),
        ("couns", ["1100"]),
        ("guardian", ["1100"]),
        ("oftn", ["4200"]),
        ("invoice", ["1200"]),
        ("zzz", []),
    ],
)
def test_typed_words_find_accounts(typed: str, numbers: list[str]) -> None:
    """By number, by the beginning of a word, by part of one, by keyword, by scattered letters; every word must fit."""
    assert [account.number for account in fitting(CHART, typed)] == numbers


def test_nothing_typed_shows_the_suggestion_first() -> None:
    """The whole chart, the suggested account on top, the rest in the chart's order."""
    assert [account.number for account in fitting(CHART, "", "4100")] == ["4100", "1100", "1200", "4200"]


def test_an_account_that_names_a_service_goes_before_the_type_of_the_file() -> None:
    """Else the service that the Totebox suggested keeps the original."""
    chart = (Account("1", "", "", "Invoices", (), "", "bookkeeper"), Account("2", "", "", "Minutes", (), ""))
    assert [keeper(chart, number, "email") for number in ("1", "2", "3")] == ["bookkeeper", "email", "email"]


def test_a_place_of_the_tree_is_shown_without_empty_parts() -> None:
    """Profile, Domain, Sub-Domain, with › between them."""
    assert shown_path(Account("1", "Corporation", "", "Invoices", (), "")) == "Corporation › Invoices"
