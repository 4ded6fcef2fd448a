"""Numbers that were noted in order are found again, wherever they lie."""

import pytest

from totebox.vault.disk.spool import BLOCK, Spool

COUNT = 3 * BLOCK + 5


@pytest.fixture
def even() -> Spool:
    """The even numbers, each with its square."""
    spool = Spool()
    for number in range(COUNT):
        spool.add(2 * number, 4 * number * number)
    return spool


def test_everything_comes_back_in_order(even: Spool) -> None:
    """Records of several blocks, as they were added."""
    assert [(one, other) for one, other, _ in even.all()] == [(2 * n, 4 * n * n) for n in range(COUNT)]
    even.close()


def test_a_number_is_found_or_not(even: Spool) -> None:
    """Asked in order, backwards, and at random; a number that was not noted is not found."""
    for number in (0, 1, 2, 3, 2 * COUNT - 2, 2 * COUNT, 2 * BLOCK, 2 * BLOCK + 1, 6, 4):
        expected = number * number if number % 2 == 0 and number < 2 * COUNT else None
        assert even.find(number) == expected, number
    even.close()


def test_bytes_stay_with_their_numbers() -> None:
    """The extra bytes of a record are those that were handed in."""
    spool = Spool(4)
    spool.add(1, 7, b"abcd")
    spool.add(1, 8, b"efgh")
    assert list(spool.all()) == [(1, 7, b"abcd"), (1, 8, b"efgh")]
    spool.close()


def test_nothing_was_noted() -> None:
    """An empty spool finds nothing and holds nothing."""
    spool = Spool()
    assert spool.find(0) is None and list(spool.all()) == []
    spool.close()
