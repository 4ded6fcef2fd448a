"""People and organisations: conservative rules that say how they know."""

import pytest

from totebox.services.extraction.names import looks_like_person, organisations, people


def found(text: str) -> set[str]:
    """Names of people in `text`."""
    return {hit.value for hit in people(text)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("From: Jane Doe <jane@x.example>", {"Jane Doe"}),
        ('"Doe, Jane" <jane@x.example>', {"Jane Doe"}),
        ("Tenant Desk <desk@x.example>", set()),
        ("Chair: Dr Amara Okafor", {"Amara Okafor"}),
        (
            "Present: Peter van der Berg (observer), Li Na; Ana de la Cruz",
            {"Peter van der Berg", "Li Na", "Ana de la Cruz"},
        ),
        ("| Tenant | Rosalind Achebe |", {"Rosalind Achebe"}),
        ("Landlord: Harbour Row Properties Ltd", set()),
        ("Eleanor Voss, Partner, supervises", {"Eleanor Voss"}),
        ("Yours sincerely,\n\nBarnaby O'Neill-Holt\n", {"Barnaby O'Neill-Holt"}),
        ("said Mr Thistlewood yesterday", {"Mr Thistlewood"}),
        ("Dear Sir or Madam, Dear Tenant, the General Manager", set()),
        ("Present: the Board, All Directors, HM Inspector", set()),
        ("the new Finance Director, Chair", set()),
    ],
)
def test_people(text: str, names: set[str]) -> None:
    """A label, title, role, mail name or signature is needed; a capital letter is not enough."""
    assert found(text) == names


def test_a_mail_name_is_anchored_at_its_address() -> None:
    """Who writes from an address is that address's person."""
    assert {hit.anchor for hit in people("Jane Doe <Jane@X.example>")} == {"jane@x.example"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "between Harbour Row Ltd and Bluefin Coffee Roasters Ltd.",
            ["Harbour Row Ltd", "Bluefin Coffee Roasters Ltd"],
        ),
        ("The Keel & Mast Facades GmbH offered", ["Keel & Mast Facades GmbH"]),
        (
            "Marsh and Sons Ltd, Acme Holdings Inc. and Bank of Foo AG",
            ["Marsh and Sons Ltd", "Acme Holdings Inc", "Bank of Foo AG"],
        ),
        ("the Company Ltd and a Limited liability; Holdings AG", []),
        ("WITHOUT PREJUDICE SAVE AS TO COSTS", []),
        ("| Pilot Books LLP | Quay Architects AB |", ["Pilot Books LLP", "Quay Architects AB"]),
    ],
)
def test_organisations(text: str, names: list[str]) -> None:
    """A name and a legal form, without the words before it."""
    assert [hit.value for hit in organisations(text)] == names


@pytest.mark.parametrize("text", ["Madonna", "The Board", "JOHN SMITHSON", "a b", "Rent Review", "A B C D E F"])
def test_what_is_no_person(text: str) -> None:
    """One word, shouting and common words are no names. A rent review is two capitals, so only rules may ask."""
    assert not looks_like_person(text) or text == "Rent Review"


@pytest.mark.parametrize(
    "unit", ["Aa ", "A-", "A'", "Dr Mr ", "| ", "- ", "<a@b.example> ", "Ab & ", "Chair: ", "Aa, Partner "]
)
def test_rules_take_time_in_proportion(unit: str) -> None:
    """Text that is made to make them slow is read in a moment: four times as long takes no more than about four times."""
    from time import thread_time

    def cost(length: int) -> float:
        text = unit * (length // len(unit))
        start = thread_time()
        for rule in (people, organisations):
            sum(1 for _ in rule(text))
        return thread_time() - start

    short = max(cost(50_000), cost(50_000), 0.02)
    assert min(cost(200_000), cost(200_000)) < 10 * short
