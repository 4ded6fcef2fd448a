"""`os-console grant`, `grants` and `revoke`: capabilities without a screen."""

import asyncio
import os
import re
from argparse import Namespace
from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.link.one_shot import OneShotSession, connected
from console.model.answers import expected
from console.model.grants import columns_of, key_of, rows_of, seconds_of, terms_of, verbs_of
from console.model.tables import Record, records
from console.run.headless import capability_of, chosen
from console.run.outcome import CommandResult, printed, refused, tabled
from console.terminal import guard_logs
from protocol.errors import KeyFileError
from protocol.schema import CapGrant, CapRevoke, Column, ColumnKind, DeviceKey, List, Receipt, Refusal, Rows, Table

if TYPE_CHECKING:
    from console.config import Config
    from console.link.keyring import Keyring

SHOWN = ("id", "state", "holder", "label", "verbs", "service", "rows", "columns", "terms", "not_after", "used")


def run(arguments: Namespace, keyring: "Keyring", config: "Config") -> int:
    """Carry out `arguments.action` and print its outcome. Returns the exit status."""
    guard_logs()
    outcome = asyncio.run(_carried_out(arguments, keyring, config))
    printed(outcome, arguments.json)
    return outcome.status


async def _carried_out(arguments: Namespace, keyring: "Keyring", config: "Config") -> CommandResult:
    from console.config import device_label

    pairing = chosen(keyring, arguments.totebox)
    async with connected(pairing, keyring, device_label(config), arguments.timeout) as connection:
        match arguments.action:
            case "grant":
                return await _grant(connection, arguments)
            case "grants":
                return await _grants(connection)
            case _:
                return await _revoke(connection, arguments)


async def _grant(connection: OneShotSession, arguments: Namespace) -> CommandResult:
    wish = wish_of(arguments)
    holder = await _device(connection, arguments.to)
    if isinstance(holder, Refusal):
        return refused(holder)
    chain = ""
    if arguments.chain:
        from protocol.trust.capability import chain_text

        chain = chain_text(capability_of(arguments.chain))
    assert connection.link is not None
    lent = await connection.link.lend("grant", wish, holder, chain)
    if isinstance(lent, Refusal):
        return refused(lent)
    data: dict[str, object] = {"capability": lent.text, "id": lent.id.hex(), "holder": lent.holder}
    return CommandResult(data, (lent.text,))


def wish_of(arguments: Namespace) -> CapGrant:
    """The options as the arguments of CAP_GRANT. Raises ConsoleError."""
    first, last = rows_of(arguments.rows)
    if not 0 <= arguments.onward <= 2:
        raise ConsoleError("--onward is 0, 1 or 2: a capability has four blocks at the most")
    columns = columns_of(arguments.columns)
    return CapGrant(
        verbs_of(arguments.verbs),
        arguments.service,
        first,
        last,
        columns,
        terms_of(arguments.where),
        seconds_of(arguments.lifetime),
        arguments.onward,
    )


async def _device(connection: OneShotSession, word: str) -> DeviceKey | Refusal:
    """The device that `word` names: a key, or a label or fingerprint of a paired one (which ADMIN devices can look up)."""
    from protocol.trust.keys import parse_key_text

    if word.startswith("psp-key:"):
        try:
            return parse_key_text(word)
        except KeyFileError as error:
            raise ConsoleError(str(error)) from error
    answer = expected(await connection.ask(List("gate.pairings", "", "", "", 500)), Rows)
    if isinstance(answer, Refusal):
        return answer
    found = [row for row in records(answer.table) if row.text("state") == "paired" and _is_meant(row, word)]
    if len(found) != 1:
        what = "several paired devices are" if found else "no paired device is"
        raise ConsoleError(f"{what} called {word!r}; see: os-console run list gate.pairings")
    return key_of(found[0])


def _is_meant(row: Record, word: str) -> bool:
    name = row.text("fingerprint")
    return row.text("label").casefold() == word.casefold() or name == word or name.startswith(f"SHA256:{word}")


async def _grants(connection: OneShotSession) -> CommandResult:
    answer = expected(await connection.ask(List("gate.capabilities", "", "", "", 500)), Rows)
    if isinstance(answer, Refusal):
        return refused(answer)
    columns = tuple(Column(name, ColumnKind.TEXT, "") for name in SHOWN)
    rows = tuple(tuple(_shown(row, name) for name in SHOWN) for row in records(answer.table))
    outcome = tabled(Table("gate.capabilities", columns, rows), rows, answer.more)
    return CommandResult(tabled(answer.table, answer.table.rows, answer.more).data, outcome.lines)


def _shown(row: Record, name: str) -> str:
    cell = row[name]
    return cell.hex()[:16] if isinstance(cell, bytes) else "" if cell is None else str(cell)


async def _revoke(connection: OneShotSession, arguments: Namespace) -> CommandResult:
    answer = expected(await connection.ask(List("gate.capabilities", "", "", "", 500)), Rows)
    if isinstance(answer, Refusal):
        return refused(answer)
    word = arguments.id.lower()
    found = {row.data("id") for row in records(answer.table) if row.data("id").hex().startswith(word)}
    if re.fullmatch("[0-9a-f]{64}", word):
        found = {bytes.fromhex(word)}
    if len(word) < 8 or len(found) != 1:
        raise ConsoleError(
            f"{arguments.id!r} names {len(found) or 'no'} capabilities; write 8 digits or more of one id"
        )
    revoke = CapRevoke(found.pop(), " ".join(arguments.reason))
    done = expected(await connection.ask(revoke, once=os.urandom(16)), Receipt)
    if isinstance(done, Refusal):
        return refused(done)
    return CommandResult(
        {"revoked": word, "audit": done.index}, (f"revoked; audit row {done.index}",), int(bool(connection.trouble))
    )
