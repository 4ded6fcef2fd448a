"""The application: which cartridge is on the screen, and the wires between links, model and panes. Nothing else."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import ContentSwitcher

from console.cartridges import KEYBOARD, load
from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.keys import Danger
from console.chassis.transfers import Files
from console.errors import LinkDown
from console.model.events import Activated, Answered
from console.model.link import Link, Mailbox
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema import Arguments, Refusal
from protocol.schema.numbers import RefusalCode, Severity

ANSWER_WITHIN_S = 60.0


class LedgerApp(App[None]):
    """The console. `links` by Totebox id; `mailbox` is what they emit into; `clock` is monotonic; `today` RFC 3339 UTC."""

    CSS_PATH = "chassis/chassis.tcss"
    ENABLE_COMMAND_PALETTE = False
    PAINTS_PER_SECOND = 4

    def __init__(
        self,
        links: Mapping[str, Link],
        mailbox: Mailbox,
        *,
        clock: Callable[[], float],
        today: Callable[[], str],
        files: Files | None = None,
        start: str = "",
    ) -> None:
        super().__init__()
        self.links, self.mailbox, self.clock, self._today, self.files = links, mailbox, clock, today, files
        self._start = start
        self._ledger = Model()
        self._troubles: dict[str, str] = {}
        self._serial = 0

    @property
    def ledger(self) -> Model:
        return self._ledger

    def now(self) -> float:
        return self.clock()

    def today(self) -> str:
        return self._today()

    def compose(self) -> ComposeResult:
        yield ContentSwitcher(id="panes")

    def on_mount(self) -> None:
        for link in self.links.values():
            self.run_worker(link.run(), exit_on_error=True)
        self.set_interval(1 / self.PAINTS_PER_SECOND, self.paint)

    def paint(self) -> None:
        self.fold()

    def fold(self) -> None:
        for event in self.mailbox.drain():
            if isinstance(event, Answered):
                self._troubles[event.key] = event.trouble
            self._ledger = reduce(self._ledger, event)

    # Desk.

    def ask_for(self, asker: Cartridge, key: str, arguments: Arguments, once: bytes, totebox: str | None) -> None:
        self.run_worker(self._ask(asker, key, arguments, once, totebox or self._ledger.active or ""))

    async def _ask(self, asker: Cartridge, key: str, arguments: Arguments, once: bytes, totebox: str) -> None:
        self._serial += 1
        wire_key = f"{asker.spec.id}/{self._serial}/{key}"
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await self.links[totebox].ask(wire_key, arguments, once)
        except (LinkDown, TimeoutError, KeyError) as error:
            answer = Refusal(0, RefusalCode.UNAVAILABLE, str(error), "")
        self.fold()
        if asker.is_attached:
            asker.answered(key, arguments, answer, self._troubles.pop(wire_key, ""))

    def upload_for(self, asker: Cartridge, key: str, path: Path) -> None: ...

    def download_for(self, asker: Cartridge, key: str, index: int, target: Path) -> None: ...

    def say(self, text: str, severity: Severity, detail: str) -> None:
        self.notify(text, markup=False)

    def ask_person(self, question: str, danger: Danger, then: Callable[[], None], name: str, detail: str) -> None: ...

    def activate(self, totebox: str) -> None:
        self.mailbox(Activated(totebox, self.clock()))

    def hints_changed(self) -> None: ...

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None: ...

    def spec_on(self, key: str) -> CartridgeSpec | None:
        return load(key) if key in KEYBOARD else None
