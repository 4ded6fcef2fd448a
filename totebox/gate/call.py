"""One command on its way through the gate."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from protocol.schema import Arguments, Command, Receipt, VerbRow
from protocol.schema.numbers import AuditKind, RefusalCode
from totebox.gate.door import Peer, Reply
from totebox.gate.idempotency import Answer
from totebox.gate.names import safe_line, safe_name
from totebox.gate.refusal import Refused
from totebox.gate.tables import Listing
from totebox.service.contract import Page
from totebox.vault.api import Appended, AuditDraft, Batch, Draft, Proven

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its decoded arguments, whose it is, and where its answer goes."""

    command: Command
    verb: VerbRow[Any]
    """The command's row of VERBS."""
    arguments: Arguments
    peer: Peer
    """Under a capability its pairing has the role of the chain's first holder."""
    reply: Reply
    under: str = ""
    """The capability's chain in words: every audit row of the command says it."""
    listing: Listing | None = None
    """What a LIST asks for, parsed; None for any other verb."""

    @property
    def actor(self) -> str:
        """The fingerprint of the paired device."""
        return self.peer.pairing.fingerprint

    @property
    def digest(self) -> bytes:
        """What the `once` id stands for: SHA-256 of verb, arguments, and the capability's name where there is one.

        It is kept in the audit log, so arguments that hold a secret are left out: whoever reads the log could try guesses.
        """
        args = b"" if self.verb.secret else self.command.args
        return hashlib.sha256(bytes((self.command.verb,)) + args + self.under.encode()).digest()

    @property
    def words(self) -> str:
        """One line about the arguments for the audit log: what was asked, never a document's contents nor a secret."""
        return words_of(self.verb, self.arguments)

    @property
    def question(self) -> str:
        """The same where each repetition of a read is alike: the table and its query whatever page, the record from whatever byte."""
        says = self.verb.question or self.verb.describes
        return says(self.arguments, safe_name)

    def row(self, kind: AuditKind, subject: str, detail: str) -> AuditDraft:
        """An audit row about this command. A session that a program drives says so in each of its rows."""
        return AuditDraft(kind, self.actor, safe_line(subject), self.said(detail), self.command.once.hex())

    def said(self, detail: str) -> str:
        """`detail` as a row about this command says it: on one line, with how and under which capability it was sent."""
        manner = " [scripted]" if self.peer.agent.endswith("scripted") else ""
        under = f" [{self.under}]" if self.under else ""
        return safe_line(detail) + manner + under

    def batch(self, row: AuditDraft, drafts: tuple[Draft, ...] = ()) -> Batch:
        """`drafts` and the row that authorises them, idempotent under this command's `once`."""
        return Batch(self.actor, self.command.once.hex(), self.digest, row, drafts)

    def receipt(self, index: int, proven: Proven) -> Receipt:
        """It is done: the entry and its proof."""
        return Receipt(self.command.id, index, proven.proof, proven.checkpoint.note)

    def receipt_of(self, appended: Appended) -> Receipt:
        """The receipt of a batch: its first entry, or its audit row where it has none."""
        entry = appended.entries[0] if appended.entries else appended.audit
        return self.receipt(entry.index, appended.proven)


Handler = Callable[[Call], Awaitable[Answer]]
"""Carries out one verb: what it answers, or None where it has sent its answer as Parts. Raises Refused."""
Handlers = Mapping[int, Handler]
"""By the number of their verb."""


def words_of(verb: VerbRow[Any], arguments: Arguments) -> str:
    """One line about `arguments`, as the verb's row describes them; names from outside are made safe."""
    return verb.describes(arguments, safe_name)


def argument(call: Call, cls: type[T]) -> T:
    """The call's arguments as `cls`; the gate's table leads every verb to the handler of its own arguments."""
    if not isinstance(call.arguments, cls):
        raise Refused(RefusalCode.BAD_ARGUMENTS, "these are the arguments of another verb", "")
    return call.arguments


async def finish(act: Coroutine[None, None, T]) -> T:
    """Await `act` to its end although the command is cancelled: a write that has begun stays, and is acknowledged in the log."""
    task = asyncio.ensure_future(act)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


def last_page(page: Page) -> Page:
    """`page` as the only one: a cursor only makes sense to whoever can ask on."""
    return Page(page.table, "", page.more)
