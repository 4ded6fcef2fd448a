"""F2's form for a correction: the right value, and the sealed document that states it."""

from console.chassis.form import Form, FormField
from console.model.cells import number
from console.model.events import Answer
from console.model.identity import Statement
from console.model.safe_text import safe_line
from protocol.schema import CorrectClaim, Receipt
from protocol.schema.numbers import Severity


def correction_form(claim: Statement) -> Form:
    """The form for `claim`, filled with its value and its source."""
    said = (
        f"{claim.attribute} {safe_line(claim.value)}, entry {number(claim.index)}. The old claim stays in the record."
    )
    return Form(
        "CORRECT A CLAIM",
        said,
        (
            FormField("what is right", safe_line(claim.value)),
            FormField(
                "the entry of the sealed document that says so", str(claim.source if claim.source is not None else "")
            ),
        ),
        _fault,
    )


def correction_of(claim: Statement, words: tuple[str, ...]) -> CorrectClaim:
    """The command of the filled form."""
    value, source = words
    return CorrectClaim(claim.index, value, int(source))


def outcome(claim: int, answer: Answer, trouble: str) -> tuple[str, Severity, str]:
    """The notice about an answer that is not a refusal: text, severity, detail."""
    if trouble or not isinstance(answer, Receipt):
        return f"the receipt of the correction does not hold: {trouble}", Severity.ALARM, "verify this Totebox at F11"
    said = f"claim {number(claim)} is corrected by entry {number(answer.index)}"
    return f"{said}: its receipt holds", Severity.NOTICE, "the old claim stays in the record"


def _fault(words: tuple[str, ...]) -> str:
    value, source = words
    if not value:
        return "nothing is stated: write what is right"
    if len(value.encode("utf-8", "replace")) > 1_024:
        return "a value has at most 1,024 bytes"
    if not source.isascii() or not source.isdecimal() or len(source) > 18:
        return f"{source!r} is no entry: write the number of a sealed document, as F5 shows it"
    return ""
