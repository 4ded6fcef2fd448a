"""What one document may cost, and how many are read at once. A person is shown each limit that a document reached."""

from dataclasses import asdict, dataclass, replace

MIB = 1024 * 1024
READERS = 4
"""Documents that are read at the same time, on a machine with at least as many cores."""
SHARE = 4
"""All readers together get 1/SHARE of the machine's memory."""
LEAST_BYTES = 256 * MIB
"""The least memory of one reader: fewer readers run at once rather than with less."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reader. The process that exceeds one is ended, and what it has answered by then counts.

    `cpu_s` is for the text, `claims_cpu_s` for the claims after it.
    """

    wall_s: int = 40
    cpu_s: int = 15
    claims_cpu_s: int = 5
    memory_bytes: int = 1024 * MIB
    open_files: int = 64
    input_bytes: int = 256 * MIB
    text_bytes: int = 2 * MIB
    claims: int = 2_000

    def to_json(self) -> dict[str, int]:
        """The limits as the worker receives them."""
        return asdict(self)


DEFAULT_LIMITS = Limits()


def shared(cores: int, memory_bytes: int) -> tuple[int, Limits]:
    """How many readers may run at once on such a machine, and the limits of each: together at most a quarter of its
    memory.
    """
    share = memory_bytes // SHARE
    readers = max(1, min(cores, READERS, share // LEAST_BYTES))
    return readers, replace(DEFAULT_LIMITS, memory_bytes=min(DEFAULT_LIMITS.memory_bytes, share // readers))
