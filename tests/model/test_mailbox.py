"""The box that links fill and the painter empties."""

from console.model.events import Echo, PairingAdded
from console.model.link import Mailbox


def test_news_wakes_once_until_it_is_taken() -> None:
    """However much arrives, the painter is called once; after it took everything, once again."""
    box, woken = Mailbox(), []
    box.wake = lambda: woken.append(1)
    for _ in range(3):
        box(PairingAdded("a", "a", "unix:/s", 0.0))
    assert len(woken) == 1 and len(box.drain()) == 3
    box(PairingAdded("a", "a", "unix:/s", 0.0))
    assert len(woken) == 2


def test_a_beat_wakes_nobody_and_is_lost_on_nobody() -> None:
    """It lies there until the painter looks, and news that comes after it wakes as ever."""
    box, woken = Mailbox(), []
    box.wake = lambda: woken.append(1)
    box(Echo("a", 1.0, 1.0))
    assert woken == []
    box(PairingAdded("a", "a", "unix:/s", 0.0))
    assert woken == [1] and [type(event) for event in box.drain()] == [Echo, PairingAdded]


def test_the_oldest_go_when_it_is_full() -> None:
    """And how many is counted."""
    box = Mailbox(limit=2)
    for number in range(5):
        box(Echo("a", number, number))
    assert [event.at for event in box.drain()] == [3, 4] and box.lost == 3  # type: ignore[union-attr]
