"""Which kind of answer a verb has. A Totebox that sends another one broke the protocol. Pure."""

from typing import Final, TypeVar

from console.model.events import Answer
from protocol.errors import RemoteProtocolError
from protocol.schema import Receipt, Refusal, Rows
from protocol.schema.numbers import Verb

A = TypeVar("A", Receipt, Rows)

_RECEIPTS: Final = frozenset(
    {
        *(Verb.PROVE, Verb.COSIGN, Verb.CAP_REVOKE),
        *(Verb.INPUT_DECIDE, Verb.INPUT_CONFIRM, Verb.INPUT_ABANDON),
        *(Verb.PAIR_REVOKE, Verb.PAIR_APPROVE, Verb.PAIR_DENY, Verb.PAIR_MARK, Verb.PAIR_REQUIRE),
    }
)
_ROWS: Final = frozenset(
    {
        *(Verb.HEAD, Verb.VERIFY, Verb.SUBSCRIBE, Verb.LIST, Verb.CAP_GRANT, Verb.PAIR_ISSUE),
        *(Verb.INPUT_OFFER, Verb.INPUT_TAKE, Verb.INPUT_ROUTE),
    }
)
"""READ is in neither: its answer is the last Part. Any verb may be refused."""


def check_kind(verb: Verb, answer: Answer) -> None:
    """Raises RemoteProtocolError: `verb` is never answered so."""
    wrong = isinstance(answer, Rows) and (verb in _RECEIPTS or verb is Verb.READ)
    if wrong or (isinstance(answer, Receipt) and (verb in _ROWS or verb is Verb.READ)):
        raise RemoteProtocolError(f"{verb.title} was answered by {type(answer).__name__}, which is no answer to it")


def expected(answer: Answer, kind: type[A]) -> A | Refusal:
    """`answer` as a `kind` or a Refusal. Raises RemoteProtocolError: it is of another kind."""
    if isinstance(answer, kind | Refusal):
        return answer
    raise RemoteProtocolError(f"{type(answer).__name__} came where {kind.__name__} was due")
