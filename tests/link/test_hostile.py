"""A Totebox that lies and swears: what the console's programs print, how far they go along with it, and how they say no."""

import asyncio
import json
from pathlib import Path

import pytest

from console.cli import main
from console.errors import LinkDown
from console.link.keyring import Keyring
from console.model.events import LinkUp
from console.model.safe_text import escaped
from protocol.schema import Column, ColumnKind, List, Prove, Receipt, Refusal, Rows, Table
from protocol.schema.numbers import Log, RefusalCode, Verb
from tests.link.conftest import SmallDoor

pytestmark = pytest.mark.anyio

VILE = "a\x1b]0;owned\x07\x9b31m\r\nb\x00\u202eevil\u2066\u200b\u2028\ud7ff\U000e0041ü"
TICKET = "PSP1-" + "ABCDE-" * 80


class Vile(SmallDoor):
    """Answers as `says` has it; everything else as a small, honest Totebox does."""

    def __init__(self) -> None:
        super().__init__()
        self.says = ""

    async def command(self, command, peer, reply):
        match self.says, command.verb:
            case "vile rows", Verb.LIST:
                await reply.rows(self.page(command, VILE, False))
            case "no end", Verb.LIST:
                columns = (Column("word", ColumnKind.TEXT, ""),)
                await reply.rows(Rows(command.id, Table("t", columns, ()), "again", True))
            case "vile refusal", Verb.LIST:
                await reply.refuse(Refusal(command.id, RefusalCode.NOT_FOUND, VILE, VILE))
            case "wrong kind", Verb.LIST:
                await reply.receipt(self.records.receipt(0, command.id))
            case "wrong kind", Verb.PROVE:
                await reply.rows(self.page(command, "x", False))
            case "nothing", Verb.READ:
                await asyncio.Event().wait()
            case _, Verb.PAIR_ISSUE:
                await reply.rows(self.page(command, TICKET, False))
            case _:
                await super().command(command, peer, reply)

    def page(self, command, text: str, more: bool) -> Rows:
        columns = (Column("word", ColumnKind.TEXT, ""), Column("when", ColumnKind.TIME, ""))
        return Rows(command.id, Table("t\x1b[2J", columns, ((text, text),)), "", more)


@pytest.fixture
async def vile(rig, tmp_path: Path):
    """A served Totebox, and `run(says, *words)`: the status of `os-console run` against it."""
    rig.door = Vile()
    await rig.serve()
    keyring = Keyring(tmp_path / "ring")
    keyring.store(rig.paired(keyring.static(), keyring.binder(), rig.uris[0]))

    async def run(says: str, *words: str) -> int:
        rig.door.says = says
        return await asyncio.to_thread(main, ["--keyring", str(tmp_path / "ring"), "run", *words])

    return run


@pytest.mark.parametrize("says", ["vile rows", "vile refusal"])
async def test_text_output_is_harmless(vile, capsys, says: str) -> None:
    """Escapes, C1, direction marks, NUL and line breaks of a cell or a reason are marks on their own line."""
    await vile(says, "list", "t")
    out, err = capsys.readouterr()
    assert "evil" in out and escaped(out + err, keep="\n") == out + err
    assert out.count("\n") == (2 if says == "vile rows" else 1)


@pytest.mark.parametrize("says", ["vile rows", "vile refusal"])
async def test_json_is_harmless_and_whole(vile, capsys, says: str) -> None:
    r"""The same stands as \uXXXX in JSON, and is what it was when it is read."""
    await vile(says, "list", "t", "--json")
    out, _ = capsys.readouterr()
    assert escaped(out, keep="\n") == out
    data = json.loads(out)
    assert data["rows"] == [[VILE, VILE]] if says == "vile rows" else data["refusal"]["remedy"] == VILE


async def test_a_ticket_is_never_cut(vile, capsys) -> None:
    """`pair.issue` prints every character of its ticket."""
    assert await vile("", "pair.issue", "admin") == 0
    assert TICKET in capsys.readouterr().out


async def test_a_cell_is_never_cut_where_no_terminal_is(vile, capsys) -> None:
    """A list that is piped on holds each cell whole."""
    word = "long " * 400
    assert await vile("", "list", "t", word + "end") == 0
    assert word + "end" in capsys.readouterr().out


async def test_a_list_without_an_end_is_a_fault(vile, capsys) -> None:
    """A Totebox that has always more and never sends it does not hold its asker."""
    assert await vile("no end", "list", "t", "--limit", "0") == 2
    assert "the list never ends [psp-remote]" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("list", "t"), ("prove", "0")])
async def test_an_answer_of_a_wrong_kind_is_a_fault_of_the_protocol(vile, capsys, words) -> None:
    """It is told as one, with status 2, and never an AssertionError."""
    assert await vile("wrong kind", *words) == 2
    err = capsys.readouterr().err
    assert "the Totebox broke the protocol" in err and "is no answer to it" in err and "Traceback" not in err


async def test_a_silent_download_ends(vile, capsys, tmp_path: Path) -> None:
    """`--timeout` bounds a download whose bytes do not come; nothing is saved."""
    rig_status = await vile("nothing", "read", "0", "--out", str(tmp_path / "saved"), "--timeout", "0.5")
    assert rig_status == 2 and list(tmp_path.glob("*saved*")) == []


async def test_a_download_goes_no_further_than_its_row_states(rig) -> None:
    """A byte more than the row states ends the session; the sink never gets it."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    got = bytearray()
    with pytest.raises(LinkDown, match="goes on beyond byte 20,000"):
        await session.download(0, got.extend, size=20_000)
    assert len(got) <= 20_000


async def test_a_download_that_stands_still_is_given_up(rig) -> None:
    """Bytes that stop coming are not waited for."""
    rig.door = Vile()
    rig.door.says = "nothing"
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    with pytest.raises(LinkDown, match="stands still"):
        await session.download(0, lambda data: None, within_s=0.05)
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)


async def test_a_wrong_answer_ends_the_session_and_tells_the_asker(rig) -> None:
    """A question that has a Receipt for answer and got Rows is a LinkDown that says why."""
    rig.door = Vile()
    rig.door.says = "wrong kind"
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    with pytest.raises(LinkDown, match=r"prove was answered by Rows"):
        await session.ask("k", Prove(Log.RECORDS, 0))
    rig.door.says = ""
    await desk.wait(LinkUp, lambda event: event is not desk.all(LinkUp)[0])
    assert isinstance(await session.ask("k", Prove(Log.RECORDS, 0)), Receipt)
