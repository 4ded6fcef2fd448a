"""F5's form for a label, and the notice about the answer."""

from console.chassis.form import Form, FormField
from console.model.cells import number
from console.model.events import Answer
from console.model.minutebook.documents import Document
from console.model.minutebook.labels import USAGE, label_of
from console.model.safe_text import safe_line
from protocol.schema import Receipt
from protocol.schema.numbers import Severity


def label_form(document: Document) -> Form:
    """The form for `document`; it lists the labels that hold now."""
    standing = safe_line(document.labels) or "none"
    said = (
        f"{safe_line(document.name)}, entry {number(document.index)}. Its labels: {standing}. A label deletes nothing."
    )

    def fault(words: tuple[str, ...]) -> str:
        wish = label_of(document.index, words[0].split())
        return wish if isinstance(wish, str) else ""

    return Form("LABEL A DOCUMENT", said, (FormField(USAGE, example="hold Matter 7"),), fault)


def outcome(index: int, answer: Answer, trouble: str) -> tuple[str, Severity, str]:
    """The notice about an answer that is not a refusal: text, severity, detail."""
    if trouble or not isinstance(answer, Receipt):
        return f"the receipt of the label does not hold: {trouble}", Severity.ALARM, "verify this Totebox at F11"
    return (
        f"document {number(index)}: the label is entry {number(answer.index)}, its receipt holds",
        Severity.NOTICE,
        "f finds documents by their labels: `label:hold`",
    )
