"""The desk: what cartridges ask of links, of files and of the screen. Panes never wait: each question runs as a task of
its own and ends in a call of the pane that asked.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from textual.screen import ModalScreen

from console.app.view import View
from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.keys import Danger, KeyCommand
from console.chassis.notice import DONE, Holds
from console.chassis.strip import StripKey
from console.errors import LinkDown
from console.model.events import Activated, Answer
from console.model.link import Lent, Link
from console.model.state import Model
from protocol.errors import PspError
from protocol.schema import Arguments, CapGrant, DeviceKey, Refusal, Seal
from protocol.schema.numbers import RefusalCode, Severity
from protocol.trust.approval import Approval

T = TypeVar("T")

ANSWER_WITHIN_S = 60.0
TRANSFER_WITHIN_S = 24 * 3_600.0


class Host(Protocol):
    """What the desk needs of the application that owns it."""

    @property
    def is_running(self) -> bool: ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` as a task of its own."""
        ...

    def wake(self) -> None:
        """Have the screen painted soon."""
        ...

    def say(self, text: str, severity: Severity, detail: str, holds: Holds | None) -> None: ...

    def show_dialog(self, dialog: ModalScreen[T], then: Callable[[T | None], None] | None) -> None: ...

    def hints_changed(self) -> None: ...

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None: ...

    @property
    def terminal_bytes(self) -> int: ...

    def press(self, key: str) -> None: ...

    def strip_keys(self) -> list[StripKey]: ...

    def spec_on(self, key: str) -> CartridgeSpec | None: ...

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]: ...


class LedgerDesk:
    """The `Desk` of every cartridge.

    Args:
        host: the application.
        view: the model that panes see.
        links: by Totebox id.
        fingerprint: this console's device key as Toteboxes name it.
    """

    def __init__(self, host: Host, view: View, links: Mapping[str, Link], fingerprint: Callable[[], str]) -> None:
        self._host, self._view, self._links = host, view, links
        self.fingerprint = fingerprint
        self._serial = 0

    # What is known.

    @property
    def ledger(self) -> Model:
        """What panes see: the present model, or the model at the moment when the view was paused."""
        return self._view.ledger

    def now(self) -> float:
        """The console's monotonic clock; it stands still while the view is paused."""
        return self._view.now()

    def today(self) -> str:
        return self._view.today()

    # What is asked of a Totebox.

    def ask_for(self, asker: Cartridge, key: str, arguments: Arguments, once: bytes, totebox: str | None) -> None:
        link = self._link(totebox)
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            answer = await self._answer(link.ask(wire_key, arguments, once) if link else None, ANSWER_WITHIN_S)
            self._deliver(asker, key, arguments, answer, wire_key)

        self._host.spawn(work())

    def lend_for(self, asker: Cartridge, key: str, wish: CapGrant, holder: DeviceKey, chain: str) -> None:
        link = self._link(None)
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            lent: Lent | Refusal = Refusal(0, RefusalCode.UNAVAILABLE, "there is no link to this Totebox", "")
            try:
                if link is not None:
                    async with asyncio.timeout(ANSWER_WITHIN_S):
                        lent = await link.lend(wire_key, wish, holder, chain)
            except (LinkDown, PspError, TimeoutError) as error:
                lent = Refusal(0, RefusalCode.UNAVAILABLE, str(error) or "no answer in time", "Ask again.")
            self._view.fold()
            if self.hears(asker):
                asker.lent(key, lent)
            self._host.wake()

        self._host.spawn(work())

    def seal_for(
        self, asker: Cartridge, key: str, approval: Approval, note: str, once: bytes, totebox: str | None
    ) -> None:
        link = self._link(totebox)
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            sealing = link.seal(wire_key, approval, note, once) if link else None
            answer = await self._answer(sealing, ANSWER_WITHIN_S)
            self._deliver(asker, key, Seal(approval.intake, approval.supersedes, note, b""), answer, wire_key)

        self._host.spawn(work())

    def cosign_for(self, asker: Cartridge, key: str, totebox: str | None) -> None:
        name = totebox or self._view.live.active or ""
        link, wire_key = self._link(name), self._wire_key(asker, key)

        async def work() -> None:
            answer = await self._answer(link.cosign(wire_key) if link else None, ANSWER_WITHIN_S)
            self._view.fold()
            trouble = self._view.trouble_of(wire_key)
            if self.hears(asker):
                asker.cosigned(key, name, answer, trouble)
            self._host.wake()

        self._host.spawn(work())

    # What is asked of files.

    def upload_for(self, asker: Cartridge, key: str, path: Path) -> None:
        link = self._link(None)
        wire_key = self._wire_key(asker, key)

        async def work() -> None:
            from console.link.transfers import unread, upload

            told, offers = self._teller(asker, key), [unread(path)]
            sending = upload(link, wire_key, path, told, offers.append) if link else None
            answer = await self._answer(sending, TRANSFER_WITHIN_S)
            self._deliver(asker, key, offers[-1], answer, wire_key)

        self._host.spawn(work())

    def download_for(self, asker: Cartridge, key: str, index: int, target: Path) -> None:
        totebox = self._view.live.totebox
        link = self._links.get(totebox.id) if totebox else None

        async def work() -> None:
            from console.link.transfers import download

            trouble = "there is no link to this Totebox"
            if link is not None and totebox is not None and totebox.bound is not None:
                proof_key, told = self._wire_key(asker, key), self._teller(asker, key)
                trouble = await download(link, proof_key, index, target, totebox.bound, told)
            if self.hears(asker):
                asker.saved(key, index, target, trouble)

        self._host.spawn(work())

    def read_for(self, asker: Cartridge, key: str, index: int, most: int) -> None:
        totebox = self._view.live.totebox
        link = self._links.get(totebox.id) if totebox else None

        async def work() -> None:
            from console.link.transfers import read

            data, trouble = b"", "there is no link to this Totebox"
            if link is not None and totebox is not None and totebox.bound is not None:
                data, trouble = await read(link, self._wire_key(asker, key), index, totebox.bound, most)
            if self.hears(asker):
                asker.was_read(key, index, data, trouble)

        self._host.spawn(work())

    def write_for(self, asker: Cartridge, key: str, data: bytes, target: Path) -> None:
        async def work() -> None:
            from console.link.transfers import write

            trouble = await write(target, data)
            if self.hears(asker):
                asker.saved(key, -1, target, trouble)

        self._host.spawn(work())

    # What is asked of the screen.

    def say(self, text: str, severity: Severity, detail: str, holds: Holds | None) -> None:
        self._host.say(text, severity, detail, holds)

    def ask_person(self, question: str, danger: Danger, then: Callable[[], None], name: str, detail: str) -> None:
        if danger < Danger.CONFIRM:
            then()
            return
        from console.chassis.dialog import ConfirmDialog

        self._host.show_dialog(ConfirmDialog(question, danger, name, detail), lambda yes: then() if yes else None)

    def show_dialog(self, dialog: ModalScreen[T], then: Callable[[T | None], None] | None = None) -> None:
        self._host.show_dialog(dialog, then)

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None:
        self._host.open_cartridge(cartridge_id, focus)

    def terminal_bytes(self) -> int:
        return self._host.terminal_bytes

    def press(self, key: str) -> None:
        self._host.press(key)

    def activate(self, totebox: str) -> None:
        self._view.mailbox(Activated(totebox, self._view.clock()))
        self._view.resume()
        self._host.wake()

    def hints_changed(self) -> None:
        self._host.hints_changed()

    def strip_keys(self) -> list[StripKey]:
        return self._host.strip_keys()

    def spec_on(self, key: str) -> CartridgeSpec | None:
        return self._host.spec_on(key)

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]:
        return self._host.commands_of(spec)

    # How an answer comes back.

    def hears(self, asker: Cartridge) -> bool:
        """Whether `asker` can still be called: while the application closes, its widgets are removed before the pane
        is.
        """
        return self._host.is_running and asker.is_attached

    def _link(self, totebox: str | None) -> Link | None:
        return self._links.get(totebox or self._view.live.active or "")

    def _wire_key(self, asker: Cartridge, key: str) -> str:
        self._serial += 1
        return f"{asker.spec.id}/{self._serial}/{key}"

    async def _answer(self, asking: Coroutine[Any, Any, Answer] | None, within_s: float) -> Answer:
        """The answer. A link that is down is answered with a Refusal, so that panes handle one kind of failure."""
        if asking is None:
            return Refusal(0, RefusalCode.UNAVAILABLE, "there is no Totebox to ask", "Pair one: os-console pair TICKET")
        try:
            async with asyncio.timeout(within_s):
                return await asking
        except LinkDown as error:
            return Refusal(0, RefusalCode.UNAVAILABLE, str(error), "The console reconnects by itself; ask again then.")
        except PspError as error:  # the Totebox sent a value (an id, a number) that no question can contain
            return Refusal(
                0, RefusalCode.BAD_ARGUMENTS, f"the question cannot be sent: {error}", "Verify this Totebox."
            )
        except TimeoutError:
            return Refusal(
                0, RefusalCode.UNAVAILABLE, f"no answer within {within_s:.0f} s", "Look at F11, then ask again."
            )

    def _deliver(self, asker: Cartridge, key: str, arguments: Arguments, answer: Answer, wire_key: str) -> None:
        self._view.fold()
        trouble = self._view.trouble_of(wire_key)
        if trouble:
            self.say("a proof did not hold", Severity.ALARM, trouble, DONE)
        if self.hears(asker):
            asker.answered(key, arguments, answer, trouble)
        self._host.wake()

    def _teller(self, asker: Cartridge, key: str) -> Callable[[int, int], None]:
        """A function that passes the progress of a transfer to `asker`, while it can be called."""

        def told(done: int, total: int) -> None:
            if self.hears(asker):
                asker.progress(key, done, total)

        return told
