"""Verbs that services contribute: the service drafts the records, and the gate checks, records, appends and answers.

Law: a verb belongs to the service that its row names as owner, and a service drafts records of its own alone. The audit
row is part of the batch that it authorises. The commands of one service are drafted and appended one after the other: a
draft rests on what the service knows, and is right only while nothing else of the service was appended meanwhile.
"""

import asyncio
from collections.abc import Mapping

from protocol.schema import VERBS, Receipt
from protocol.schema.numbers import AuditKind
from totebox.errors import RecordRejected
from totebox.gate.call import Call, Handler, Handlers, finish
from totebox.gate.refusal import Refused
from totebox.gate.sealing import done_before
from totebox.service.contract import Asker, Declined, Drafted, VerbHandler, VerbHandlers
from totebox.vault.api import Vault

MAX_DRAFTED = 64
"""The most records that one command of a service's verb appends."""


def handlers_of(vault: Vault, contributed: Mapping[str, VerbHandlers]) -> Handlers:
    """The gate's handlers for the verbs that services contribute, by the service's name.

    Raises:
        ValueError: a service contributes a verb that is not its own, or one that writes no audit row of its own.
    """
    found: dict[int, Handler] = {}
    for service, handlers in contributed.items():
        turn = asyncio.Lock()
        for verb, handler in handlers.items():
            row = VERBS[verb]
            if row.reach.owner != service or not row.own_row:
                raise ValueError(
                    f"service {service} contributes {row.title}, which is no verb of its own with a row of its own; see VERBS"
                )
            found[verb] = _ServiceVerb(vault, service, handler, turn).carry
    return found


class _ServiceVerb:
    """One verb of the service `service`, whose verbs take turns by `turn`."""

    def __init__(self, vault: Vault, service: str, handler: VerbHandler, turn: asyncio.Lock) -> None:
        self._vault, self._service, self._handler, self._turn = vault, service, handler, turn

    async def carry(self, call: Call) -> Receipt:
        """Append what the service drafts. A repetition under its `once` gets the first Receipt, after a restart too.

        Raises:
            Refused: the service refuses.
            OnceConflict: the id was used for a command with other arguments.
            RecordRejected: the service drafts what it may not.
        """
        async with self._turn:
            return await self._carry(call)

    async def _carry(self, call: Call) -> Receipt:
        pairing = call.peer.pairing
        if (done := await done_before(self._vault, call)) is not None:
            return done
        drafted = await self._drafted(call, Asker(call.actor, pairing.label, pairing.role))
        detail = f"{call.words}; {drafted.detail}" if drafted.detail else call.words
        row = call.row(AuditKind.COMMAND, call.verb.title, detail)
        return call.receipt_of(await finish(self._vault.append(call.batch(row, drafted.drafts))))

    async def _drafted(self, call: Call, asker: Asker) -> Drafted:
        drafted = await self._handler(call.arguments, asker)
        if isinstance(drafted, Declined):
            raise Refused(drafted.code, drafted.reason, drafted.remedy)
        if not 1 <= len(drafted.drafts) <= MAX_DRAFTED:
            raise RecordRejected(
                f"service {self._service} drafts {len(drafted.drafts)} records; 1 to {MAX_DRAFTED} go in one"
            )
        strange = next((draft.service for draft in drafted.drafts if draft.service != self._service), "")
        if strange:
            raise RecordRejected(
                f"service {self._service} may not draft a record of {strange}; it drafts its own alone"
            )
        return drafted
