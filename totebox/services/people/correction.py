"""`people.correct`: an operator states another value for a claim, with a sealed original as its source. The old claim
stays.
"""

from protocol.schema import CorrectClaim
from protocol.schema.note_fields import read_note
from protocol.schema.numbers import RefusalCode
from totebox.service.claim_line import line_of, sign_of
from totebox.service.contract import Declined, Drafted
from totebox.service.lines import one_line
from totebox.services.people.ledger import CorrectableClaim
from totebox.services.people.tables import SEGMENT
from totebox.vault.api import Draft, Entry, LeafIndex

STATUS = "stated"
RULE = "operator"


def corrected(
    asked: CorrectClaim, known: CorrectableClaim | None, source: Entry | None, now: str
) -> Drafted | Declined:
    """Draft the line that corrects the claim.

    Args:
        known: the claim that is to be corrected, from the ledger; None where entry `asked.claim` is no claim.
        source: the record `asked.source`; None where there is none.
        now: RFC 3339 UTC.
    """
    if known is None:
        return Declined(
            RefusalCode.NOT_FOUND, f"entry {asked.claim} is no claim of people",
            "name the entry of a claim; `os-console run list people.claims` shows them",
        )  # fmt: skip
    if known.superseded_by is not None:
        return Declined(
            RefusalCode.CONFLICT, f"claim {asked.claim} is corrected by entry {known.superseded_by} already",
            f"look at entry {known.superseded_by}, and correct that one if it is wrong",
        )  # fmt: skip
    if source is None or source.kind != "original":
        derived = (
            f", or record {source.source}, from which it was derived" if source and source.source is not None else ""
        )
        what = f"record {asked.source} is no original" if source else f"there is no record {asked.source}"
        return Declined(
            RefusalCode.BAD_ARGUMENTS, f"{what}, and a correction rests on one",
            f"name the entry of the sealed document that says so{derived}; seal it at F12 first where it is not sealed yet",
        )  # fmt: skip
    value = one_line(asked.value)
    if not value or value == known.value:
        reason = f"claim {asked.claim} says {known.value!r} already" if value else "the value is empty"
        return Declined(RefusalCode.BAD_ARGUMENTS, reason, "state the value that is right")
    noted = read_note(source.note)
    cells = {
        "document": source.subject,
        "document_sha256": source.sha256.hex(),
        "account": noted.get("account"),
        "account_name": noted.get("account_name"),
        "attribute": known.attribute,
        "value": value,
        "sign": sign_of(known.attribute, value),
        "anchor": known.anchor,
        "rule": RULE,
        "status": STATUS,
        "time": now,
    }
    draft = Draft(
        "people",
        "claim",
        f"{known.attribute} {value}"[:400],
        line_of(SEGMENT.name, cells, source.index),
        source=source.index,
        supersedes=LeafIndex(asked.claim),
    )
    return Drafted((draft,))
