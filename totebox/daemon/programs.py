"""The registry: every program that a daemon can start, and every file that is opened for it, as rows.

The launcher receives these rows before anything else and starts nothing else. The registry belongs to the composition
root: each room receives the row that it needs, so that no room knows another by the name of its module.
"""

from dataclasses import dataclass

from totebox.cage.profiles import READER, VERIFIER, WRITER
from totebox.process.program import Lifetime, Program, Restart
from totebox.vault.places import CHART, OPERATORS_FILES


@dataclass(frozen=True, slots=True)
class Programs:
    """The rows, each in a field that names its purpose. `chart` is the operator's: a file, relative to the vault."""

    writer: Program
    reader: Program
    verifier: Program
    chart: str = CHART
    settings: tuple[str, ...] = OPERATORS_FILES

    @property
    def rows(self) -> tuple[Program, ...]:
        """All programs."""
        return self.writer, self.reader, self.verifier

    @property
    def files(self) -> tuple[str, ...]:
        """All files that the launcher opens for the daemon, whose cage grants no access to files beside the keys."""
        return tuple(dict.fromkeys((self.chart, *self.settings)))


PROGRAMS = Programs(
    writer=Program(
        name="writer",
        module="totebox.writer",
        profile=WRITER,
        lifetime=Lifetime.LONG_LIVED,
        restart=Restart((0.0, 0.2, 1.0, 5.0)),
        is_apart=False,
        finishes=True,
        guard="totebox.hardening.wall_guard",
    ),
    reader=Program(
        name="reader",
        module="totebox.services.extraction.worker",
        profile=READER,
        descriptors=("wire", "document"),
        most=128,
    ),
    verifier=Program(name="verifier", module="totebox.daemon.verification", profile=VERIFIER, most=8),
)
