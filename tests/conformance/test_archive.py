"""F12's five steps and the tables of what was sealed: the same claims hold of a real daemon and of the archive that panes are
tested with.
"""

import hashlib
from collections.abc import AsyncIterator

import pytest

from console.model.proofs import Expected, check_for, check_receipt
from protocol.schema import Abandon, Cell, Decide, List, Offer, Receipt, Refusal, Route, Rows, Seal
from protocol.schema.numbers import Decision, Log, RefusalCode
from tests.approving import approved
from tests.cartridges.archive import LEASE, Archive
from tests.cartridges.holdings import stock
from tests.chassis.declared import COLUMNS

pytestmark = pytest.mark.anyio
TABLES = (
    "input.drops", "input.chart", "input.intake", "input.claims", "minutebook.documents", "minutebook.history",
    "people.anchors", "people.claims",
)  # fmt: skip
Record = dict[str, Cell]


class Subject:
    """A link that is up, and F12's steps over it."""

    def __init__(self, link, bound) -> None:
        self.link, self.bound = link, bound
        self._serial = 0

    async def ask(self, arguments):
        return await self.link.ask("k", arguments)

    async def rows(self, answer) -> list[Record]:
        """The rows of an answer, by column; every column is declared, and of its kind."""
        assert isinstance(answer, Rows), answer
        assert answer.table.columns == COLUMNS[answer.table.name]
        names = [column.name for column in answer.table.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.table.rows]

    async def listed(self, table: str, query: str = "") -> list[Record]:
        return await self.rows(await self.ask(List(table, query, "", "", 200)))

    async def offered(self, data: bytes, name: bytes = b"lease.md") -> Record:
        async def chunks(offset: int) -> AsyncIterator[bytes]:
            yield data[offset:]

        answer = await self.link.upload("offer", Offer(name, len(data), hashlib.sha256(data).digest()), chunks)
        (row,) = await self.rows(answer)
        return row

    async def decided(self, data: bytes) -> str:
        """A document at its last step, every claim answered yes."""
        intake = str((await self.offered(data))["intake"])
        account = (await self.listed("input.chart"))[0]["number"]
        for claim in await self.rows(await self.ask(Route(intake, str(account), "minutebook"))):
            assert isinstance(await self.ask(Decide(intake, int(str(claim["number"])), Decision.YES)), Receipt)
        return intake

    async def confirmed(self, intake: str, supersedes: int | None = None) -> Receipt | Rows | Refusal:
        return await self.link.seal("seal", await approved(self.ask, intake, supersedes), "")

    async def sealed(self, data: bytes, supersedes: int | None = None) -> int:
        receipt = await self.confirmed(await self.decided(data), supersedes)
        assert isinstance(receipt, Receipt), receipt
        return receipt.index

    def text(self, words: str = "") -> bytes:
        """A document that was not sealed here yet."""
        self._serial += 1
        return f"{LEASE}\n{self._serial} {words}\n".encode()


@pytest.fixture(params=["fake", "real"])
def subject(request) -> Subject:
    if request.param == "fake":
        events: list = []
        box = Archive(events.append)
        stock(box)
        return Subject(box, next(event.bound for event in events if hasattr(event, "bound")))
    desk = request.getfixturevalue("desk")
    return Subject(desk.session, next(event.bound for event in desk.events if hasattr(event, "bound")))


async def test_its_tables_have_the_columns_that_are_declared(subject: Subject) -> None:
    """All eight, with a document on its way and one sealed; cells are of their kinds where they are not empty."""
    first = await subject.sealed(subject.text())
    intake = await subject.decided(subject.text())
    queries = {"input.claims": f"intake:{intake}", "minutebook.history": f"document:{first}"}
    for name in TABLES:
        rows = await subject.listed(name, queries.get(name, ""))
        assert rows or name == "input.drops", name
        for row in rows:
            for column in COLUMNS[name]:
                assert row[column.name] is None or type(row[column.name]).__name__ in _KINDS[column.kind.name], (
                    name,
                    column,
                    row,
                )


_KINDS = {
    "TEXT": ("str",), "TIME": ("str",), "MONEY": ("str",), "INT": ("int",), "BYTES": ("int",), "INDEX": ("int",),
    "AUDIT_INDEX": ("int",), "HASH": ("bytes",), "BOOL": ("bool",),
}  # fmt: skip


async def test_a_document_goes_from_step_to_step(subject: Subject) -> None:
    """route, decide, confirm, and then it is gone; each answer is in the table of claims."""
    row = await subject.offered(subject.text())
    intake = str(row["intake"])
    assert (row["step"], row["name"], row["sealed"], row["account"]) == ("route", "lease.md", None, "")
    account = str((await subject.listed("input.chart"))[0]["number"])
    claims = await subject.rows(await subject.ask(Route(intake, account, "minutebook")))
    (row,) = await subject.listed("input.intake", f"intake:{intake}")
    assert claims and (row["step"], row["account"], row["service"]) == ("decide", account, "minutebook")
    answers = (Decision.NO, Decision.SKIP, *[Decision.YES] * (len(claims) - 2))
    for claim, answer in zip(claims, answers, strict=True):
        assert claim["decision"] == ""
        await subject.ask(Decide(intake, int(str(claim["number"])), answer))
    said = [claim["decision"] for claim in await subject.listed("input.claims", f"intake:{intake}")]
    assert said == ["no", "skip", *["yes"] * (len(claims) - 2)]
    assert (await subject.listed("input.intake", f"intake:{intake}"))[0]["step"] == "confirm"
    assert isinstance(await subject.confirmed(intake), Receipt)
    assert not await subject.listed("input.intake", f"intake:{intake}")


async def test_the_receipt_is_of_the_original(subject: Subject) -> None:
    """It holds under the key of the link, and its row states the hash of what was offered."""
    data = subject.text()
    receipt = await subject.confirmed(await subject.decided(data))
    assert isinstance(receipt, Receipt)
    expected = Expected(hashlib.sha256(data).digest(), len(data), True, None, "the document that was offered")
    verdict = check_receipt(receipt, subject.bound.vkey, subject.bound.audit_vkey, expected)
    assert verdict.holds, verdict.fault
    (row,) = [row for row in await subject.listed("minutebook.documents") if row["index"] == receipt.index]
    assert (row["sha256"], row["size"], row["version"], row["supersedes"]) == (expected.sha256, len(data), 1, None)


async def test_an_answer_is_a_row_of_the_audit_log(subject: Subject) -> None:
    """RECORD_VERIFIED, and a receipt that holds."""
    intake = str((await subject.offered(subject.text()))["intake"])
    account = str((await subject.listed("input.chart"))[0]["number"])
    await subject.ask(Route(intake, account, "minutebook"))
    receipt = await subject.ask(Decide(intake, 0, Decision.YES))
    verdict = check_for(receipt, subject.bound)
    assert verdict.holds and verdict.log is Log.AUDIT and b"RECORD_VERIFIED" in receipt.proof.leaf


async def test_bytes_that_are_sealed_already_are_recognised(subject: Subject) -> None:
    """The entry that has them."""
    data = subject.text()
    index = await subject.sealed(data)
    assert (await subject.offered(data))["sealed"] == index


async def test_a_version_that_is_superseded_is_shown_with_all(subject: Subject) -> None:
    """The list has the newest alone; the history has both."""
    old = await subject.sealed(subject.text())
    new = await subject.sealed(subject.text(), old)
    shown = {row["index"]: row for row in await subject.listed("minutebook.documents")}
    every = {row["index"]: row for row in await subject.listed("minutebook.documents", "all:")}
    assert old not in shown and (shown[new]["version"], shown[new]["supersedes"]) == (2, old)
    assert every[old]["superseded_by"] == new
    kinds = {row["index"]: row["kind"] for row in await subject.listed("minutebook.history", f"document:{new}")}
    assert kinds[old] == kinds[new] == "original"


async def test_a_record_is_superseded_once(subject: Subject) -> None:
    """CONFLICT, which names the entry that supersedes it."""
    old = await subject.sealed(subject.text())
    new = await subject.sealed(subject.text(), old)
    refusal = await subject.confirmed(await subject.decided(subject.text()), old)
    assert (
        isinstance(refusal, Refusal)
        and refusal.code is RefusalCode.CONFLICT
        and f"look at entry {new}" in refusal.remedy
    )


async def test_a_claim_without_an_answer_keeps_it_from_being_sealed(subject: Subject) -> None:
    """WRONG_STEP, and it stays."""
    intake = str((await subject.offered(subject.text()))["intake"])
    account = str((await subject.listed("input.chart"))[0]["number"])
    await subject.ask(Route(intake, account, "minutebook"))
    refusal = await subject.ask(Seal(intake, None, "", b"s" * 64))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.WRONG_STEP and refusal.remedy
    assert await subject.listed("input.intake", f"intake:{intake}")


async def test_an_abandoned_document_is_gone(subject: Subject) -> None:
    """A receipt of the audit log; after that it is NOT_FOUND."""
    intake = await subject.decided(subject.text())
    receipt = await subject.ask(Abandon(intake))
    assert isinstance(receipt, Receipt) and b"ABANDONED" in receipt.proof.leaf
    for asked in (Abandon(intake), Decide(intake, 0, Decision.YES), Seal(intake, None, "", b"s" * 64)):
        refusal = await subject.ask(asked)
        assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.NOT_FOUND and refusal.remedy


@pytest.mark.parametrize(("account", "service"), [("no such account", "minutebook"), ("", "no-such-service")])
async def test_a_place_that_is_none_is_refused(subject: Subject, account: str, service: str) -> None:
    """BAD_ARGUMENTS: no account of the chart, no service that keeps originals."""
    intake = str((await subject.offered(subject.text()))["intake"])
    account = account or str((await subject.listed("input.chart"))[0]["number"])
    refusal = await subject.ask(Route(intake, account, service))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.BAD_ARGUMENTS and refusal.remedy
