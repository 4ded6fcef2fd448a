"""The verbs of service minutebook."""

from typing import Annotated

from protocol.schema.numbers import LabelKind
from protocol.schema.registry import U64, Arguments, Size, arguments


@arguments(since=1)
class LabelDocument(Arguments):
    """Set a label on the document that entry `index` is a version of, or lift it. A label is an appended row and deletes nothing.

    `value` is the matter of a legal hold ('' for none), the last day of a retention (YYYY-MM-DD, '' where it is lifted), or the
    words of a free label. Answered by the Receipt of the row.
    """

    index: Annotated[int, U64]
    kind: LabelKind
    value: Annotated[str, Size(0, 64)]
    is_set: bool
