"""A suggestion shows its reason, and only suggests."""

from pathlib import Path

import pytest

from totebox.errors import ConfigError
from totebox.reference.chart import KINDS, Chart, load_archetypes, load_chart
from totebox.service.contract import Document
from totebox.services.extraction.suggest import suggest


def document(text: str) -> Document:
    return Document("text/plain", text, 0, "")


def test_the_reason_names_the_hits() -> None:
    """A person can check why."""
    found = suggest(
        load_chart("real-property"), document("This lease is made by the landlord and the tenants."), "x.pdf"
    )
    assert found.account == "1110"
    assert "landlord" in found.reason and "tenant" in found.reason


def test_the_name_counts_too() -> None:
    """A scan without text still has a name."""
    assert suggest(load_chart("real-property"), document(""), "rent-roll-2026.xlsx").account == "1140"


def test_nothing_is_suggested_without_a_hit() -> None:
    """No guess."""
    assert suggest(load_chart("household"), document("zzz"), "zzz").account == ""


@pytest.mark.parametrize("kind", KINDS)
def test_every_pattern_has_a_chart(kind: str) -> None:
    """Twenty to forty accounts, each with keywords and one of the eleven archetypes."""
    accounts = load_chart(kind).accounts
    names = {archetype.name for archetype in load_archetypes()}
    assert 20 <= len(accounts) <= 40 and len(names) == 11
    assert all(account.keywords and account.archetype in names for account in accounts)


def test_charts_share_no_numbers() -> None:
    """A number says which chart it is of."""
    numbers = [account.number for kind in KINDS for account in load_chart(kind).accounts]
    assert len(numbers) == len(set(numbers))


def test_the_operators_own_chart_replaces_ours(tmp_path: Path) -> None:
    """Edited beside the vault, used at once."""
    own = tmp_path / "chart.csv"
    own.write_text("number,profile,domain,subdomain,keywords,archetype\n7,P,D,Boats,boat|oar,Steward\n")
    chart = load_chart("household", own)
    assert isinstance(chart, Chart) and [account.path for account in chart.accounts] == ["P / D / Boats"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("nonsense\n", ":1:"),
        ("number,profile,domain,subdomain,keywords,archetype\n7,P,D\n", ":2:"),
        ("number,profile,domain,subdomain,keywords,archetype\n7,P,D,S,k,Wizard\n", "Wizard"),
        ("number,profile,domain,subdomain,keywords,archetype\n7,P,D,S,k,Sage\n7,P,D,T,k,Sage\n", ":3:"),
    ],
)
def test_a_mistake_in_a_chart_is_named(tmp_path: Path, text: str, where: str) -> None:
    """File and line, and what is expected."""
    own = tmp_path / "chart.csv"
    own.write_text(text)
    with pytest.raises(ConfigError, match=where):
        load_chart("household", own)
