"""`os-console grant`, `grants` and `revoke`: capabilities without a screen."""

import asyncio
import os
import re
from argparse import Namespace
from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.headless import Outcome, capability_of, chosen, printed, refused, tabled
from console.link.terse import Connection, connected
from console.model.tables import Record, records
from protocol.errors import KeyFileError
from protocol.schema import CapGrant, CapRevoke, Column, ColumnKind, DeviceKey, List, Receipt, Refusal, Rows, Table
from protocol.schema.capability import LONGEST_LIFETIME_S
from protocol.schema.numbers import Algorithm, Verb

if TYPE_CHECKING:
    from console.config import Config
    from console.link.keyring import Keyring

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LAST_ROW = (1 << 64) - 1
SHOWN = ("id", "state", "holder", "label", "verbs", "service", "rows", "columns", "not_after", "used")


def run(arguments: Namespace, keyring: "Keyring", config: "Config") -> int:
    """Carry out `arguments.action` and print its outcome. Returns the exit status."""
    outcome = asyncio.run(_carried_out(arguments, keyring, config))
    printed(outcome, arguments.json)
    return outcome.status


async def _carried_out(arguments: Namespace, keyring: "Keyring", config: "Config") -> Outcome:
    from console.opening import device_label

    pairing = chosen(keyring, arguments.totebox)
    async with connected(pairing, keyring, device_label(config), arguments.timeout) as connection:
        match arguments.action:
            case "grant":
                return await _grant(connection, arguments)
            case "grants":
                return await _grants(connection)
            case _:
                return await _revoke(connection, arguments)


async def _grant(connection: Connection, arguments: Namespace) -> Outcome:
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
    return Outcome(data, lent.text)


def wish_of(arguments: Namespace) -> CapGrant:
    """What was written, as the arguments of CAP_GRANT. Raises ConsoleError."""
    first, last = rows_of(arguments.rows)
    if not 0 <= arguments.onward <= 2:
        raise ConsoleError("--onward is 0, 1 or 2: a capability has four blocks at the most")
    columns = tuple(sorted({word for word in re.split(r"[,\s]+", arguments.columns) if word}))
    return CapGrant(
        verbs_of(arguments.verbs),
        arguments.service,
        first,
        last,
        columns,
        seconds_of(arguments.lifetime),
        arguments.onward,
    )


def verbs_of(text: str) -> tuple[Verb, ...]:
    """`list,read` as verbs, ascending. Raises ConsoleError."""
    names = {verb.title: verb for verb in Verb}
    words = [word for word in re.split(r"[,\s]+", text.lower()) if word]
    if strange := [word for word in words if word not in names]:
        raise ConsoleError(f"{strange[0]!r} is no verb; there are: {', '.join(names)}")
    if not words:
        raise ConsoleError("a capability without verbs allows nothing; name one, e.g. list")
    return tuple(sorted({names[word] for word in words}))


def rows_of(text: str) -> tuple[int, int]:
    """`12` or `12-20`; '' means every row. Raises ConsoleError."""
    if not text:
        return 0, LAST_ROW
    match = re.fullmatch(r"([0-9]{1,19})(?:-([0-9]{1,19}))?", text.strip())
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise ConsoleError(f"{text!r} are no rows; write 12 or 12-20")
    return int(match[1]), int(match[2] or match[1])


def seconds_of(text: str) -> int:
    """`30m`, `1h`, `7d`. Raises ConsoleError."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text.strip())
    seconds = int(match[1]) * UNITS[match[2]] if match else 0
    if not 1 <= seconds <= LONGEST_LIFETIME_S:
        raise ConsoleError(f"{text!r} is no time that a capability can last; write 30m, 1h or 7d, at most 366d")
    return seconds


async def _device(connection: Connection, word: str) -> DeviceKey | Refusal:
    """The device that `word` names: a key, or a label or fingerprint of a paired one (which ADMIN devices can look up)."""
    from protocol.trust.keys import parse_key_text

    if word.startswith("psp-key:"):
        try:
            return parse_key_text(word)
        except KeyFileError as error:
            raise ConsoleError(str(error)) from error
    answer = await connection.ask(List("gate.pairings", "", "", "", 500))
    if isinstance(answer, Refusal):
        return answer
    assert isinstance(answer, Rows)
    found = [row for row in records(answer.table) if row.text("state") == "paired" and _is_meant(row, word)]
    if len(found) != 1:
        what = "several paired devices are" if found else "no paired device is"
        raise ConsoleError(f"{what} called {word!r}; see: os-console run list gate.pairings")
    return key_of(found[0])


def _is_meant(row: Record, word: str) -> bool:
    name = row.text("fingerprint")
    return row.text("label").casefold() == word.casefold() or name == word or name.startswith(f"SHA256:{word}")


def key_of(row: Record) -> DeviceKey:
    """The device key in a row of `gate.pairings`. Raises ConsoleError where there is none."""
    data = row.data("key")
    try:
        return DeviceKey(Algorithm(data[0]), data[1:])
    except (IndexError, ValueError) as error:
        raise ConsoleError("this Totebox does not say which key that device has; update it") from error


async def _grants(connection: Connection) -> Outcome:
    answer = await connection.ask(List("gate.capabilities", "", "", "", 500))
    if isinstance(answer, Refusal):
        return refused(answer)
    assert isinstance(answer, Rows)
    columns = tuple(Column(name, ColumnKind.TEXT, "") for name in SHOWN)
    rows = tuple(tuple(_shown(row, name) for name in SHOWN) for row in records(answer.table))
    outcome = tabled(Table("gate.capabilities", columns, rows), rows, answer.more)
    return Outcome(tabled(answer.table, answer.table.rows, answer.more).data, outcome.text)


def _shown(row: Record, name: str) -> str:
    cell = row[name]
    return cell.hex()[:16] if isinstance(cell, bytes) else "" if cell is None else str(cell)


async def _revoke(connection: Connection, arguments: Namespace) -> Outcome:
    answer = await connection.ask(List("gate.capabilities", "", "", "", 500))
    if isinstance(answer, Refusal):
        return refused(answer)
    assert isinstance(answer, Rows)
    word = arguments.id.lower()
    found = {row.data("id") for row in records(answer.table) if row.data("id").hex().startswith(word)}
    if re.fullmatch("[0-9a-f]{64}", word):
        found = {bytes.fromhex(word)}
    if len(word) < 8 or len(found) != 1:
        raise ConsoleError(
            f"{arguments.id!r} names {len(found) or 'no'} capabilities; write 8 digits or more of one id"
        )
    done = await connection.ask(CapRevoke(found.pop(), " ".join(arguments.reason)), once=os.urandom(16))
    if isinstance(done, Refusal):
        return refused(done)
    assert isinstance(done, Receipt)
    return Outcome(
        {"revoked": word, "audit": done.index}, f"revoked; audit row {done.index}", int(bool(connection.trouble))
    )
