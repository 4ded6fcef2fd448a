"""Joins the Input Machine with extraction, the chart of this entity's kind, and the roster of services."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from protocol.schema.chart import Account
from totebox.daemon.roster import Roster
from totebox.daemon.turns import Turns
from totebox.files.entrance import is_file
from totebox.gate.document_source import DocumentSource
from totebox.process.machine import Hardware
from totebox.reference.chart import Chart, load_chart
from totebox.service.contract import Claim, Document
from totebox.service.keepers import Suggestion
from totebox.services.extraction.limits import shared
from totebox.services.extraction.parse import Start, read_document
from totebox.vault.api import places


class Documents:
    """The operator's own `chart.csv` and `dictionary.csv` beside `totebox.yaml` replace the shipped ones, as soon as
    they are edited.
    """

    def __init__(
        self,
        root: Path,
        kind: str,
        roster: Roster,
        start: Start,
        own_chart: Callable[[], bytes | None] = lambda: None,
        has: Hardware = Hardware(1, 2 << 30),
    ) -> None:
        readers, self._limits = shared(has.cores, has.memory_bytes)
        self._turns = Turns(readers)
        self._root = root
        self._own_chart = own_chart
        self._start = start
        self._kind = kind
        self._roster = roster

    def reading(self) -> DocumentSource:
        """The functions for the gate."""
        return DocumentSource(
            self.read, self.suggest, self.chart, self._roster.sealed, self._roster.superseded_by, self._roster.compose,
            self._roster.keepers(),
        )  # fmt: skip

    async def read(self, path: Path, name: str, device: str) -> tuple[Document, tuple[Claim, ...]]:
        """Read a staged original in a worker process, with the operator's dictionary where there is one.

        Few documents are read at once, and devices take turns: all readers together use at most a quarter of the
        machine's memory.
        """
        async with self._turns.turn(device):
            return await read_document(path, name, limits=self._limits, start=self._start)

    async def suggest(self, document: Document, name: str) -> Suggestion:
        """The account of which the document has most keywords, with these words as the reason, and the service that
        keeps it.
        """
        from totebox.services.extraction.suggest import suggest

        return await asyncio.to_thread(lambda: suggest(self._chart(), document, name, self._roster.keepers()))

    def chart(self) -> Sequence[Account]:
        """The entity's Chart of Accounts."""
        return self._chart().accounts

    def _chart(self) -> Chart:
        own = self._root / places.CHART
        return load_chart(self._kind, own, self._own_chart() if is_file(self._root, places.CHART) else None)
