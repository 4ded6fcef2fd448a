"""The transition table: every state x every word x both roles."""

import itertools

import pytest

from protocol.errors import DiodeViolation, LocalProtocolError, RemoteProtocolError
from protocol.schema.numbers import Kind
from protocol.wire.state import DOWN_KINDS, TRANSITIONS, UP_KINDS, Machine, Side, State, Step, speaker

WORDS = [*Kind, *Step]
EVERY = list(itertools.product(State, WORDS, Side))
IDS = [f"{state.value}-{word.name}-{side.value}" for state, word, side in EVERY]


def _at(state: State, side: Side) -> Machine:
    machine = Machine(side)
    machine.enter(state)
    return machine


@pytest.mark.parametrize(("state", "word", "side"), EVERY, ids=IDS)
def test_sending_follows_the_table(state: State, word: Kind | Step, side: Side) -> None:
    """A side sends a word exactly where the table has a row and the word flows its way; else nothing changes."""
    machine = _at(state, side)
    if word in TRANSITIONS[state] and speaker(word) is side:
        machine.sent(word)
        assert machine.state is TRANSITIONS[state][word]
    else:
        with pytest.raises(LocalProtocolError):
            machine.sent(word)
        assert machine.state is state


@pytest.mark.parametrize(("state", "word", "side"), EVERY, ids=IDS)
def test_receiving_follows_the_table(state: State, word: Kind | Step, side: Side) -> None:
    """A word that flows our own way is a DiodeViolation in every state; one without a row ends the session."""
    machine = _at(state, side)
    if speaker(word) is side:
        with pytest.raises(DiodeViolation):
            machine.received(word)
        assert machine.over
    elif word in TRANSITIONS[state]:
        machine.received(word)
        assert machine.state is TRANSITIONS[state][word]
    else:
        with pytest.raises(RemoteProtocolError):
            machine.received(word)
        assert machine.over


def test_no_subject_row_commands() -> None:
    """In no state is there a row by which a subject says a down kind, or an authority an up kind."""
    for word in itertools.chain.from_iterable(TRANSITIONS.values()):
        if isinstance(word, Kind):
            assert speaker(word) is (Side.SUBJECT if word in UP_KINDS else Side.AUTHORITY)
    assert set(DOWN_KINDS) | set(UP_KINDS) == set(Kind) and not set(DOWN_KINDS) & set(UP_KINDS)


def test_every_state_is_reached_and_every_word_used() -> None:
    """The table has no dead state and no word without a row."""
    reached = {State.PREFACE, State.BROKEN} | {
        following for rows in TRANSITIONS.values() for following in rows.values()
    }
    assert reached == set(State) == set(TRANSITIONS)
    assert {word for rows in TRANSITIONS.values() for word in rows} == set(WORDS)


def test_closed_says_nothing() -> None:
    """After the end there is no row at all; a broken session may only say why."""
    assert TRANSITIONS[State.CLOSED] == {}
    assert TRANSITIONS[State.BROKEN] == {Kind.CLOSING: State.CLOSED}
