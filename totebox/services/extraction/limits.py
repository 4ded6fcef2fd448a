"""What one document may cost. Every limit is stated to the person when it is met."""

from dataclasses import asdict, dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one parser run; the process that exceeds one is killed and the original is sealed without text."""

    wall_s: int = 20
    cpu_s: int = 15
    memory_bytes: int = 1024 * MIB
    open_files: int = 64
    input_bytes: int = 256 * MIB
    text_bytes: int = 2 * MIB
    claims: int = 2_000

    def to_json(self) -> dict[str, int]:
        """As the worker is told."""
        return asdict(self)


DEFAULT_LIMITS = Limits()
