"""One thing that a rule found, before it becomes a claim."""

from dataclasses import dataclass

RULES_VERSION = 1
ATTRIBUTES = ("email", "iban", "phone", "organisation", "person", "date", "amount")
"""The kinds of claims, the strongest kind first."""
AMOUNT_ROLES = ("", "total", "net", "tax", "balance", "rent")
"""What an amount may be in its document; '' where the text does not say."""


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """`text[start:end]` means `value` of `attribute`; `rule` names the rule, `anchor` whom it is about,
    `role` what an amount is in the document ('' where that is not said).
    """

    start: int
    end: int
    attribute: str
    value: str
    rule: str
    anchor: str = ""
    role: str = ""


def rule(name: str, version: int = RULES_VERSION) -> str:
    """A rule's name with its version, which counts up when the rule gives other claims for the same text."""
    return f"{name}/{version}"
