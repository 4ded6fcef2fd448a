"""What a person writes about a capability is read, or refused before anything is asked."""

import pytest

from console.errors import ConsoleError
from console.model.grants import verbs_of
from protocol.schema import VERBS
from protocol.schema.numbers import Verb


def test_verbs_are_read_ascending() -> None:
    """Whatever order and case they are written in; twice is once."""
    assert verbs_of("READ, list list") == (Verb.LIST, Verb.READ)


@pytest.mark.parametrize("word", ["fly", *(row.title for row in VERBS.values() if not row.delegable)])
def test_what_no_capability_carries_is_refused_here(word: str) -> None:
    """A strange word, or a verb about trust itself: the answer lists those that there are, and nothing is sent."""
    with pytest.raises(ConsoleError, match=f"{word!r} is no verb that a capability can carry; there are: head, "):
        verbs_of(f"list,{word}")


def test_no_verb_is_no_capability() -> None:
    """It would allow nothing."""
    with pytest.raises(ConsoleError, match="name one"):
        verbs_of(" , ")
