"""How many readers run at once, and what each may have."""

import pytest

from totebox.services.extraction.limits import DEFAULT_LIMITS, LEAST_BYTES, READERS, SHARE, shared

MACHINES = [
    (cores, memory << 20) for cores in (1, 2, 3, 4, 64) for memory in (256, 512, 1_024, 2_048, 4_096, 24_105, 1 << 20)
]


@pytest.mark.parametrize(("cores", "memory_bytes"), MACHINES)
def test_all_readers_together_have_a_quarter_of_the_memory(cores: int, memory_bytes: int) -> None:
    """At most as many as cores, and four; rather fewer than starved ones; never more than a document may cost."""
    readers, limits = shared(cores, memory_bytes)
    assert 1 <= readers <= min(cores, READERS)
    assert readers * limits.memory_bytes <= memory_bytes // SHARE
    assert limits.memory_bytes <= DEFAULT_LIMITS.memory_bytes
    assert readers == 1 or limits.memory_bytes >= LEAST_BYTES
