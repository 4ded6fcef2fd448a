"""One thing that a rule found, before it becomes a claim."""

from dataclasses import dataclass

RULES_VERSION = 1
ATTRIBUTES = ("email", "iban", "phone", "organisation", "person", "date", "amount")
"""The kinds of claims, the strongest kind first."""


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """`text[start:end]` means `value` of `attribute`; `rule` names the rule, `anchor` whom it is about."""

    start: int
    end: int
    attribute: str
    value: str
    rule: str
    anchor: str = ""


def rule(name: str) -> str:
    """A rule's name with the version of the rule file."""
    return f"{name}/{RULES_VERSION}"
