"""The Sovereign-ID: a stable name for the subject of a claim, computed from the claim alone.

UUIDv5 (RFC 4122, namespace URL) of `mailto:` and the lower-cased e-mail address, else of another strong identifier.
"""

import uuid

from totebox.service.contract import Claim

_TYPES = {"person": "Person", "organisation": "Company", "email": "Person", "iban": "Account"}


def sovereign_id(text: str) -> str:
    """The ID of the identifier `text` (`mailto:...`, `person:...`, `org:...`, `iban:...`)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))


def anchor_of(claim: Claim) -> str:
    """Whom `claim` is about; '' where it is about its document alone (a date, an amount, a phone number without a
    person).
    """
    if claim.anchor:
        return sovereign_id(_identifier(claim.anchor, claim.attribute))
    match claim.attribute:
        case "email" | "person" | "organisation" | "iban":
            return sovereign_id(_identifier(claim.value, claim.attribute))
        case _:
            return ""


def type_of(attribute: str) -> str:
    """The kind of anchor that an attribute describes: Person, Company, Account; '' where that is not known."""
    return _TYPES.get(attribute, "")


def _identifier(text: str, attribute: str) -> str:
    plain = " ".join(text.split())
    if "@" in plain:
        return "mailto:" + plain.lower()
    match attribute:
        case "organisation":
            return "org:" + plain.casefold()
        case "iban":
            return "iban:" + plain.replace(" ", "").upper()
        case _:
            return "person:" + plain.casefold()
