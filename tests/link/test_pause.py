"""A console asks less when it hears TOO_MANY."""

import pytest

from console.link.pause import MOST_PAUSE_S, TRIES, Pause, longest_wait_s
from protocol.schema import Closing, Refusal, Rows, Table
from protocol.schema.numbers import ClosingReason, RefusalCode
from protocol.schema.waiting import LONGEST_WAIT_S, stated_wait_s, wait_remedy

pytestmark = pytest.mark.anyio
ROWS = Rows(1, Table("t", (), ()), "", False)


class Hour:
    """A clock that moves by what is slept."""

    def __init__(self) -> None:
        self.now_s, self.slept, self.until = 100.0, list[float](), list[float]()

    def clock(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    def pause(self) -> Pause:
        return Pause(self.clock, self.until.append, self.sleep)


def _too_many(remedy: str) -> Refusal:
    return Refusal(1, RefusalCode.TOO_MANY, "too much", remedy)


def _answers(*given):
    left = list(given)

    async def ask():
        return left.pop(0)

    return ask


async def test_a_read_is_asked_again_after_the_stated_wait() -> None:
    """Its answer is the answer; whoever draws the screen hears until when."""
    hour = Hour()
    answer = await hour.pause().through(_answers(_too_many("wait 3 s, then ask again"), ROWS), again=True)
    assert answer is ROWS and hour.slept == [3.0] and hour.until == [103.0]


async def test_what_is_asked_meanwhile_waits_too() -> None:
    """Commands, subscriptions and the link's own questions: nothing is sent before the wait is over."""
    hour = Hour()
    pause = hour.pause()
    assert pause.begins(_too_many("wait 5 s"))
    assert await pause.through(_answers(ROWS), again=False) is ROWS and hour.slept == [5.0]


async def test_a_write_is_not_sent_again_by_itself() -> None:
    """The person hears TOO_MANY, and the link waits before it asks anything else."""
    hour = Hour()
    refusal = _too_many("wait 2 s, then ask again")
    assert await hour.pause().through(_answers(refusal), again=False) is refusal
    assert hour.until == [102.0]


async def test_an_end_comes_to_asking_again() -> None:
    """After some tries TOO_MANY is the answer."""
    hour = Hour()
    refusals = [_too_many("wait 1 s")] * (TRIES + 1)
    assert await hour.pause().through(_answers(*refusals), again=True) == refusals[0]
    assert len(hour.slept) == TRIES - 1


async def test_an_hour_is_no_pause() -> None:
    """A long wait is that of one verb."""
    hour = Hour()
    refusal = _too_many(wait_remedy(MOST_PAUSE_S + 1))
    assert await hour.pause().through(_answers(refusal), again=True) is refusal
    assert not hour.until


async def test_a_read_without_a_slot_is_asked_again_when_one_is_free() -> None:
    """Nothing is paused: it waits for an answer, and asks again, up to an end; a write is not sent again."""
    hour, freed = Hour(), []
    refusal = _too_many("wait for an answer, then ask again")

    async def free() -> None:
        freed.append("one")

    assert await hour.pause().through(_answers(refusal, ROWS), again=True, freed=free) is ROWS and freed == ["one"]
    refusals = [refusal] * (TRIES + 1)
    assert await hour.pause().through(_answers(*refusals), again=True, freed=free) is refusal
    assert len(freed) == TRIES
    assert await hour.pause().through(_answers(refusal), again=False, freed=free) is refusal
    assert not hour.until and not hour.slept


@pytest.mark.parametrize(
    ("remedy", "stated"),
    [
        ("wait 1 s", 1),
        ("wait 86400 s, then", 86_400),
        ("wait 99999 s", LONGEST_WAIT_S),
        ("wait 0 s", None),
        ("wait 01 s", None),
        ("wait 1 second", None),
        ("Wait 1 s", None),
        ("wait 1 s.", None),
        ("please wait 1 s", None),
        ("wait 100000 s", None),
    ],
)
def test_only_the_fixed_words_state_a_wait(remedy: str, stated: int | None) -> None:
    """Whatever else a remedy says, it is no number of seconds."""
    assert stated_wait_s(remedy) == stated


def test_a_wait_is_rounded_up() -> None:
    """Nobody comes back too early; the shortest is one second."""
    assert [wait_remedy(seconds) for seconds in (0.01, 1.0, 1.2)] == ["wait 1 s", "wait 1 s", "wait 2 s"]
    assert stated_wait_s(wait_remedy(1e9, "then")) == LONGEST_WAIT_S


def test_a_door_that_says_no_is_knocked_at_less_often() -> None:
    """After REFUSED up to a minute, after a lost link up to four seconds."""
    refused = Closing(ClosingReason.REFUSED, "8 sessions of this device are open")
    assert [longest_wait_s(failures, refused) for failures in (1, 3, 20)] == [2.0, 8.0, 60.0]
    failed = Closing(ClosingReason.FAILED, "")
    assert longest_wait_s(20, failed) == longest_wait_s(20, refused)
    assert [longest_wait_s(failures, None) for failures in (1, 3, 20)] == [0.5, 2.0, 4.0]
