"""One command that the gate carries out: its arguments, its sender and where the answer is sent."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from protocol.schema import Arguments, Command, Receipt, VerbRow
from protocol.schema.note_fields import note_text
from protocol.schema.numbers import AuditKind, RefusalCode
from protocol.trust.approval import manner_of
from protocol.wire.codec import encode_args
from totebox.gate.door import Peer, Reply
from totebox.gate.idempotency import Answer
from totebox.gate.names import safe_line, safe_name
from totebox.gate.refusal import Refused
from totebox.gate.tables import Listing
from totebox.vault.api import Appended, AuditDraft, Batch, Draft, Proven

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A command with its decoded arguments, the peer that sent it, and the reply that carries the answer."""

    command: Command
    verb: VerbRow[Any]
    """The command's row of VERBS."""
    arguments: Arguments
    peer: Peer
    """Who sent the command. Under a capability, the pairing of this peer has the role of the chain's first holder."""
    reply: Reply
    under: str = ""
    """The capability's chain in words, written into every audit row of the command; '' without a capability."""
    listing: Listing | None = None
    """What a LIST asks for, parsed; None for any other verb."""

    @property
    def actor(self) -> str:
        """The fingerprint of the paired device."""
        return self.peer.pairing.fingerprint

    @property
    def digest(self) -> bytes:
        """What the `once` id stands for: SHA-256 of the verb, the arguments, and the capability's name where there is
        one.

        The digest is kept in the audit log. Secret arguments are left out of it, because a reader of the log could find
        a short secret by trying guesses.
        """
        args = b"" if self.verb.secret else self.command.args
        if self.verb.signature:
            _, args = encode_args(replace(self.arguments, **{self.verb.signature: b"\0"}))  # type: ignore[type-var]  # a value
        return hashlib.sha256(bytes((self.command.verb,)) + args + self.under.encode()).digest()

    @property
    def words(self) -> str:
        """One line about the arguments for the audit log: what was asked, without contents of documents and without
        secrets.
        """
        return words_of(self.verb, self.arguments)

    @property
    def question(self) -> str:
        """`words` without what differs between repetitions of a read: a table and its query without the page, a record
        without the offset.
        """
        says = self.verb.question or self.verb.describes
        return says(self.arguments, safe_name)

    def row(self, kind: AuditKind, subject: str, detail: str) -> AuditDraft:
        """An audit row about this command. Where a program drives the session, the row says so."""
        return AuditDraft(kind, self.actor, safe_line(subject), self.said(detail), self.command.once.hex())

    def said(self, detail: str) -> str:
        """`detail` as an audit row about this command has it: on one line, with how the command was sent and under
        which capability.
        """
        return safe_line(detail) + self._how

    def noted(self, kind: AuditKind, subject: str, named: Sequence[tuple[str, str]], words: str) -> AuditDraft:
        """A row about this command whose detail has fields, and `words` for people behind them."""
        detail = note_text(named, safe_line(words)) + self._how
        return AuditDraft(kind, self.actor, safe_line(subject), detail, self.command.once.hex())

    @property
    def _how(self) -> str:
        """Where a program sent it, or a capability carried it: says so."""
        manner = manner_of(self.peer.agent)
        return (f" [{manner}]" if manner else "") + (f" [{self.under}]" if self.under else "")

    def batch(self, row: AuditDraft, drafts: tuple[Draft, ...] = ()) -> Batch:
        """`drafts` and the row that authorises them, idempotent under this command's `once`."""
        return Batch(self.actor, self.command.once.hex(), self.digest, row, drafts)

    def receipt(self, index: int, proven: Proven) -> Receipt:
        """The receipt of a command that was carried out: the entry and its proof."""
        return Receipt(self.command.id, index, proven.proof, proven.checkpoint.note)

    def receipt_of(self, appended: Appended) -> Receipt:
        """The receipt of a batch: its first entry, or its audit row where it has none."""
        entry = appended.entries[0] if appended.entries else appended.audit
        return self.receipt(entry.index, appended.proven)


Handler = Callable[[Call], Awaitable[Answer]]
"""Carries out one verb. Returns the answer, or None where the answer has been sent as Parts. Raises Refused."""
Handlers = Mapping[int, Handler]
"""Handlers by the number of their verb."""


def words_of(verb: VerbRow[Any], arguments: Arguments) -> str:
    """One line about `arguments`, in the form that the verb's row describes. Names from outside are made safe."""
    return verb.describes(arguments, safe_name)


def argument(call: Call, cls: type[T]) -> T:
    """The call's arguments as `cls`. The gate's table gives every verb to the handler that takes its arguments."""
    if not isinstance(call.arguments, cls):
        raise Refused(RefusalCode.BAD_ARGUMENTS, "these are the arguments of another verb", "")
    return call.arguments


async def finish(act: Coroutine[None, None, T]) -> T:
    """Await `act` to its end, even if the command is cancelled: a write that has begun stays and is recorded in the
    log.
    """
    task = asyncio.ensure_future(act)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise
