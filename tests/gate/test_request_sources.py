"""How many sources of pairing requests are remembered."""

import pytest

from totebox.gate.request_pace import BURST, PERIOD_OF_ALL_S, PERIOD_S, RequestPace


@pytest.mark.parametrize(("others", "wait_s"), [(1_023, PERIOD_S), (1_024, PERIOD_OF_ALL_S)])
def test_1024_sources_are_remembered(others: int, wait_s: float) -> None:
    """One that used up its burst waits for its own turn while it is one of 1,024; after as many others it is forgotten
    and waits, as everybody, for the bucket of all.
    """
    pace = RequestPace()
    assert {pace.take("here", 0.0) for _ in range(BURST)} == {0.0}
    for number in range(others):
        pace.take(f"s{number}", 0.0)
    assert pace.take("here", 0.0) == wait_s
