"""Which kind of answer each verb has. A Totebox that sends another kind broke the protocol. Pure."""

from collections.abc import Mapping
from typing import Final, TypeVar

from console.model.events import Answer
from protocol.errors import RemoteProtocolError
from protocol.schema import VERBS, AnswerKind, Receipt, Refusal, Rows
from protocol.schema.numbers import Verb

A = TypeVar("A", Receipt, Rows)

_CLASSES: Final[Mapping[AnswerKind, type[Receipt | Rows]]] = {AnswerKind.RECEIPT: Receipt, AnswerKind.ROWS: Rows}
"""The message class of each kind of answer. Parts are answered by the last Part."""


def check_kind(verb: Verb, answer: Answer) -> None:
    """Raises RemoteProtocolError where `verb` cannot have this answer."""
    if not isinstance(answer, Refusal) and not isinstance(answer, _CLASSES.get(VERBS[verb].answer, ())):
        raise RemoteProtocolError(f"{verb.title} was answered by {type(answer).__name__}, which is no answer to it")


def expected(answer: Answer, kind: type[A]) -> A | Refusal:
    """`answer` as a `kind` or a Refusal. Raises RemoteProtocolError where it is of another kind."""
    if isinstance(answer, kind | Refusal):
        return answer
    raise RemoteProtocolError(f"{type(answer).__name__} came where {kind.__name__} was due")
