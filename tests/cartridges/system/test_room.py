"""How the lists of F11 share the screen."""

import pytest

from console.cartridges.system.room import heights


@pytest.mark.parametrize(
    ("wanted", "room", "given"),
    [
        ((1, 5, 8), 25, [1, 5, 19]),
        ((1, 30, 8), 25, [1, 20, 4]),
        ((30, 30, 30), 25, [10, 10, 5]),
        ((1, 1, 1), 3, [1, 1, 1]),
        ((9, 9), 0, [0, 0]),
        ((), 9, []),
    ],
)
def test_each_list_has_what_it_fills(wanted: tuple[int, ...], room: int, given: list[int]) -> None:
    """An empty one takes one line; the last has what is left over; the largest give way, and nothing beyond the room is given."""
    assert heights(wanted, room) == given and sum(given) <= max(room, 0)
