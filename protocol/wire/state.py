"""State machine of a connection: ONE table of states for both roles. A message without a row cannot be sent or received.

The two ends drive it: each word that an end sends or receives moves its own machine along a row. The table says which words may come
next and not who sends them. The direction is in the word (bit 7 of a kind): a role can send the words of its own direction and receive
the others. A subject cannot command, because no such row exists.

    PREFACE -> HELLO -> ANSWER -> BIND -> BOUND -> OPEN -> LEAVING -> CLOSED
                             `--> FINISH -> ASK -> SHOW -> REVEAL -> PENDING -> CLOSED      (pairing without a ticket)
                                            any after ANSWER: Closing -> CLOSED; a broken rule: BROKEN -> CLOSED

Invariants: no message is sent or read before the handshake is complete; BROKEN and CLOSED read nothing more. A peer that breaks a rule,
or bytes that were lost or forged, lead to BROKEN, in which a Closing is the only word that can be sent. When the connection is lost or
cancelled in any state, nothing remains: the machine is dropped, and the next connection begins at PREFACE.
"""

from collections.abc import Mapping
from enum import Enum

from protocol.errors import DiodeViolation, LocalProtocolError, RemoteProtocolError
from protocol.schema.numbers import Kind


class Side(Enum):
    """The two roles: the authority commands and always dials; the subject obeys."""

    AUTHORITY = "authority"
    SUBJECT = "subject"


class State(Enum):
    """A state is named after the word that comes next."""

    PREFACE = "preface"
    HELLO = "hello"
    ANSWER = "answer"
    FINISH = "finish"
    ASK = "ask"
    SHOW = "show"
    REVEAL = "reveal"
    PENDING = "pending"
    BIND = "bind"
    BOUND = "bound"
    OPEN = "open"
    LEAVING = "leaving"
    BROKEN = "broken"
    CLOSED = "closed"


class Step(Enum):
    """The words of the handshake, before there are messages."""

    PREFACE = "preface"
    MESSAGE_1 = "message 1"
    MESSAGE_2 = "message 2"
    ANSWER_2 = "message 2 of XX"
    MESSAGE_3 = "message 3 of XX"
    STATUS = "status"
    """Message 2 under the all-zero psk: the reason why there is no session."""


Word = Kind | Step

UP_BIT = 0x80
DOWN_KINDS = tuple(kind for kind in Kind if not kind & UP_BIT)
UP_KINDS = tuple(kind for kind in Kind if kind & UP_BIT)

_ANSWERS = (Kind.RECEIPT, Kind.ROWS, Kind.PART, Kind.WANT, Kind.REFUSAL, Kind.TELEMETRY, Kind.GAP, Kind.PONG)
_ORDERS = (Kind.COMMAND, Kind.CHUNK, Kind.CANCEL, Kind.ACK, Kind.PING)

TRANSITIONS: Mapping[State, Mapping[Word, State]] = {
    State.PREFACE: {Step.PREFACE: State.HELLO},
    State.HELLO: {Step.MESSAGE_1: State.ANSWER},
    State.ANSWER: {Step.MESSAGE_2: State.BIND, Step.STATUS: State.CLOSED, Step.ANSWER_2: State.FINISH},
    State.FINISH: {Step.MESSAGE_3: State.ASK},
    State.ASK: {Kind.REQUEST: State.SHOW, Kind.CLOSING: State.CLOSED},
    State.SHOW: {Kind.REQUESTED: State.REVEAL, Kind.CLOSING: State.CLOSED},
    State.REVEAL: {Kind.REVEAL: State.PENDING, Kind.CLOSING: State.CLOSED},
    State.PENDING: {Kind.CLOSING: State.CLOSED},
    State.BIND: {Kind.BIND: State.BOUND, Kind.CLOSING: State.CLOSED},
    State.BOUND: {Kind.BOUND: State.OPEN, Kind.CLOSING: State.CLOSED},
    State.OPEN: {
        **dict.fromkeys(_ORDERS, State.OPEN),
        **dict.fromkeys(_ANSWERS, State.OPEN),
        Kind.BYE: State.LEAVING,
        Kind.CLOSING: State.CLOSED,
    },
    State.LEAVING: {**dict.fromkeys(_ANSWERS, State.LEAVING), Kind.CLOSING: State.CLOSED},
    State.BROKEN: {Kind.CLOSING: State.CLOSED},
    State.CLOSED: {},
}

_UP_STEPS = (Step.MESSAGE_2, Step.STATUS, Step.ANSWER_2)


def speaker(word: Word) -> Side:
    """The only role that can send `word`."""
    up = word in _UP_STEPS if isinstance(word, Step) else bool(word & UP_BIT)
    return Side.SUBJECT if up else Side.AUTHORITY


def _rows_of(side: Side) -> Mapping[State, Mapping[Word, State]]:
    """The rows of the table whose words `side` sends. Made once, since they are looked up for each message."""
    return {
        state: {word: following for word, following in rows.items() if speaker(word) is side}
        for state, rows in TRANSITIONS.items()
    }


_SAID_BY = {side: _rows_of(side) for side in Side}
OVER = (State.BROKEN, State.CLOSED)
"""The states in which nothing more is read."""
_OTHER = {Side.AUTHORITY: Side.SUBJECT, Side.SUBJECT: Side.AUTHORITY}


class Machine:
    """The state of one end of a connection."""

    __slots__ = ("_hear", "_ours", "_say", "_theirs", "side", "state")

    def __init__(self, side: Side) -> None:
        self.side = side
        self._ours, self._theirs = _SAID_BY[side], _SAID_BY[_OTHER[side]]
        self.enter(State.PREFACE)

    def enter(self, state: State) -> None:
        """Move to `state`. Its rows are kept in the object, since most words lead back to the same state."""
        self.state = state
        self._say, self._hear = self._ours[state], self._theirs[state]

    def sent(self, word: Word) -> None:
        """Move on before this end sends `word`. Raises LocalProtocolError when the table has no row for it."""
        following = self._say.get(word)
        if following is None:
            raise LocalProtocolError(
                f"{_name(word)} cannot be sent by the {self.side.value} in state {self.state.value}"
            )
        if following is not self.state:
            self.enter(following)

    def received(self, word: Word) -> None:
        """Move on after the peer sent `word`.

        Raises:
            DiodeViolation: only our own role can send it.
            RemoteProtocolError: it cannot come in this state.
        """
        following = self._hear.get(word)
        if following is None:
            state = self.state
            self.broken()
            if speaker(word) is self.side:
                raise DiodeViolation(
                    f"{_name(word)} flows the other way; a peer of the {self.side.value} cannot send it"
                )
            raise RemoteProtocolError(f"{_name(word)} cannot be received in state {state.value}")
        if following is not self.state:
            self.enter(following)

    def broken(self) -> None:
        """Move to BROKEN: the peer broke a rule, or bytes were lost or forged. Only our Closing can follow."""
        if self.state is not State.CLOSED:
            self.enter(State.BROKEN)

    @property
    def over(self) -> bool:
        """Whether nothing more is read."""
        return self.state in OVER


def _name(word: Word) -> str:
    return word.name
