"""What a device approves, from the tables of the Input Machine, as a second program reads them."""

from collections.abc import Awaitable, Callable

from console.model.input.approval import approval_of
from console.model.input.intake import read_claim
from console.model.tables import Record, records
from protocol.schema import Arguments, List, Rows
from protocol.trust.approval import Approval

Ask = Callable[[Arguments], Awaitable[object]]


async def approved(ask: Ask, intake: str, supersedes: int | None = None) -> Approval:
    """The document `intake` as it stands at the Totebox that `ask` asks."""
    (row,) = await _rows(ask, List("input.intake", f"intake:{intake}", "", "", 9))
    claims = [
        read_claim(each.as_dict()) for each in await _rows(ask, List("input.claims", f"intake:{intake}", "", "", 4_096))
    ]
    return approval_of(intake, row.data("sha256"), claims, row.text("account"), row.text("service"), supersedes)


async def _rows(ask: Ask, question: List) -> list[Record]:
    answer = await ask(question)
    assert isinstance(answer, Rows) and not answer.more, answer
    return list(records(answer.table))
