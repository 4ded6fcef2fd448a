"""What cartridges ask of links and files: each errand runs by itself and ends in a call of the asker. Panes never wait."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.app import App

from console.chassis.cartridge import Cartridge
from console.chassis.painter import Painter
from console.errors import LinkDown
from console.model.events import Answer, Answered
from console.model.link import Lent, Link, Mailbox
from console.model.reduce import reduce
from console.model.state import Model
from protocol.errors import PspError
from protocol.schema import Arguments, CapGrant, DeviceKey, Refusal
from protocol.schema.numbers import RefusalCode, Severity

ANSWER_WITHIN_S = 60.0
TRANSFER_WITHIN_S = 24 * 3_600.0


class Errands(App[None]):
    """The application's half without a screen: the model, the links, and who waits for which answer."""

    painter: Painter

    def __init__(
        self, links: Mapping[str, Link], mailbox: Mailbox, clock: Callable[[], float], today: Callable[[], str]
    ) -> None:
        super().__init__()
        self.links, self.mailbox = dict(links), mailbox
        self._clock, self._today = clock, today
        self._ledger = Model()
        self._frozen: Model | None = None
        self._frozen_at = 0.0
        self._arrived = 0
        self._troubles: dict[str, str] = {}
        self._serial = 0

    @property
    def ledger(self) -> Model:
        """What panes see: what is known now, or what was known when the view was frozen."""
        return self._frozen or self._ledger

    def now(self) -> float:
        """The clock as panes see it: it stands still with a frozen view, where nothing may grow old."""
        return self._clock() if self._frozen is None else self._frozen_at

    def today(self) -> str:
        return self._today()

    def _fold(self) -> None:
        arrived = self.mailbox.drain()
        present_us, now = (self._present_us(), self._clock()) if arrived else (0, 0.0)
        for event in arrived:
            if isinstance(event, Answered):
                self._troubles[event.key] = event.trouble
            self._ledger = reduce(self._ledger, event, present_us - int((now - event.at) * 1e6))
        if self._frozen is not None:
            self._arrived += len(arrived)

    def _present_us(self) -> int:
        return int(datetime.fromisoformat(self._today()).timestamp() * 1e6)

    def _stamp(self) -> str:
        return self._today()[:19]

    @abstractmethod
    def say(self, text: str, severity: Severity, detail: str) -> None:
        """One line to the person."""

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="asks")

    def ask_for(self, asker: Cartridge, key: str, arguments: Arguments, once: bytes, totebox: str | None) -> None:
        link = self.links.get(totebox or self._ledger.active or "")
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            answer = await self._answer(link.ask(wire_key, arguments, once) if link else None, ANSWER_WITHIN_S)
            self._deliver(asker, key, arguments, answer, wire_key)

        self._spawn(work())

    def lend_for(self, asker: Cartridge, key: str, wish: CapGrant, holder: DeviceKey, chain: str) -> None:
        link = self.links.get(self._ledger.active or "")
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            lent: Lent | Refusal = Refusal(0, RefusalCode.UNAVAILABLE, "there is no link to this Totebox", "")
            try:
                if link is not None:
                    async with asyncio.timeout(ANSWER_WITHIN_S):
                        lent = await link.lend(wire_key, wish, holder, chain)
            except (LinkDown, PspError, TimeoutError) as error:
                lent = Refusal(0, RefusalCode.UNAVAILABLE, str(error) or "no answer in time", "Ask again.")
            self._fold()
            if self._hears(asker):
                asker.lent(key, lent)
            self.painter.wake()

        self._spawn(work())

    def cosign_for(self, asker: Cartridge, key: str, totebox: str | None) -> None:
        name = totebox or self._ledger.active or ""
        link, wire_key = self.links.get(name), self._wire_key(asker, key)

        async def work() -> None:
            answer = await self._answer(link.cosign(wire_key) if link else None, ANSWER_WITHIN_S)
            self._fold()
            trouble = self._troubles.pop(wire_key, "")
            if self._hears(asker):
                asker.cosigned(key, name, answer, trouble)
            self.painter.wake()

        self._spawn(work())

    def upload_for(self, asker: Cartridge, key: str, path: Path) -> None:
        link = self.links.get(self._ledger.active or "")
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            from console.link.transfers import unread, upload

            told, offers = self._teller(asker, key), [unread(path)]
            sending = upload(link, wire_key, path, told, offers.append) if link else None
            answer = await self._answer(sending, TRANSFER_WITHIN_S)
            self._deliver(asker, key, offers[-1], answer, wire_key)

        self._spawn(work())

    def download_for(self, asker: Cartridge, key: str, index: int, target: Path) -> None:
        totebox = self._ledger.totebox
        link = self.links.get(totebox.id) if totebox else None

        async def work() -> None:
            from console.link.transfers import download

            trouble = "there is no link to this Totebox"
            if link is not None and totebox is not None and totebox.bound is not None:
                proof_key, told = self._wire_key(asker, key), self._teller(asker, key)
                trouble = await download(link, proof_key, index, target, totebox.bound, told)
            if self._hears(asker):
                asker.saved(key, index, target, trouble)

        self._spawn(work())

    def read_for(self, asker: Cartridge, key: str, index: int, most: int) -> None:
        totebox = self._ledger.totebox
        link = self.links.get(totebox.id) if totebox else None

        async def work() -> None:
            from console.link.transfers import read

            data, trouble = b"", "there is no link to this Totebox"
            if link is not None and totebox is not None and totebox.bound is not None:
                data, trouble = await read(link, self._wire_key(asker, key), index, totebox.bound, most)
            if self._hears(asker):
                asker.was_read(key, index, data, trouble)

        self._spawn(work())

    def write_for(self, asker: Cartridge, key: str, data: bytes, target: Path) -> None:
        async def work() -> None:
            from console.link.transfers import write

            trouble = await write(target, data)
            if self._hears(asker):
                asker.saved(key, -1, target, trouble)

        self._spawn(work())

    def _wire_key(self, asker: Cartridge, key: str) -> str:
        self._serial += 1
        return f"{asker.spec.id}/{self._serial}/{key}"

    async def _answer(self, asking: Coroutine[Any, Any, Answer] | None, within_s: float) -> Answer:
        """The answer; a link that is down is a Refusal, so that panes know one way only."""
        if asking is None:
            return Refusal(0, RefusalCode.UNAVAILABLE, "there is no Totebox to ask", "Pair one: os-console pair TICKET")
        try:
            async with asyncio.timeout(within_s):
                return await asking
        except LinkDown as error:
            return Refusal(0, RefusalCode.UNAVAILABLE, str(error), "The console reconnects by itself; ask again then.")
        except PspError as error:  # what the Totebox named (an id, a number) is none that can be asked about
            return Refusal(
                0, RefusalCode.BAD_ARGUMENTS, f"the question cannot be sent: {error}", "Verify this Totebox."
            )
        except TimeoutError:
            return Refusal(
                0, RefusalCode.UNAVAILABLE, f"no answer within {within_s:.0f} s", "Look at F11, then ask again."
            )

    def _deliver(self, asker: Cartridge, key: str, arguments: Arguments, answer: Answer, wire_key: str) -> None:
        self._fold()
        trouble = self._troubles.pop(wire_key, "")
        if trouble:
            self.say("a proof did not hold", Severity.ALARM, trouble)
        if self._hears(asker):
            asker.answered(key, arguments, answer, trouble)
        self.painter.wake()

    def _hears(self, asker: Cartridge) -> bool:
        """Whether `asker` is whole: while the application closes, its lists go before it does."""
        return self.is_running and asker.is_attached

    def _teller(self, asker: Cartridge, key: str) -> Callable[[int, int], None]:
        """Tells `asker` how far a transfer is, as long as it hears."""

        def told(done: int, total: int) -> None:
            if self._hears(asker):
                asker.progress(key, done, total)

        return told
