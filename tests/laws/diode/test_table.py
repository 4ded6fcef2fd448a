"""The Diode, way eight: the state table. Where there is no row nothing happens, and no row goes the wrong way."""

import pytest

from protocol.errors import DiodeViolation, LocalProtocolError, RemoteProtocolError
from protocol.schema.numbers import Kind
from protocol.wire.state import TRANSITIONS, Machine, Side, State, Step, speaker

WORDS = (*Kind, *Step)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("state", State)
def test_no_state_lets_a_side_hear_its_own_words(state: State, side: Side) -> None:
    """What only we can say is a DiodeViolation in every state, and ends the connection there."""
    for word in WORDS:
        if speaker(word) is side:
            machine = Machine(side)
            machine.enter(state)
            with pytest.raises(DiodeViolation):
                machine.received(word)
            assert machine.over


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("state", State)
def test_no_state_lets_a_side_say_the_other_s_words(state: State, side: Side) -> None:
    """The attempt changes nothing and raises, whatever the state."""
    for word in WORDS:
        if speaker(word) is not side:
            machine = Machine(side)
            machine.enter(state)
            with pytest.raises(LocalProtocolError):
                machine.sent(word)
            assert machine.state is state


def test_nothing_follows_a_broken_rule() -> None:
    """From BROKEN a subject may say why; nothing else is said or heard, ever."""
    assert set(TRANSITIONS[State.BROKEN]) == {Kind.CLOSING} and not TRANSITIONS[State.CLOSED]
    for word in WORDS:
        machine = Machine(Side.SUBJECT)
        machine.enter(State.BROKEN)
        with pytest.raises(RemoteProtocolError):
            machine.received(word)
