"""The headless twin: runs one command and prints its answer as text or as one JSON object. Proofs are checked as on the
screen.
"""

import asyncio
import contextlib
import hashlib
import os
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

from console.chassis.keys import TWINS, Twin
from console.errors import ConsoleError, PairingError, SourceError
from console.link.files import Saving
from console.link.one_shot import OneShotSession, connected
from console.model.answers import expected
from console.model.identity import as_of
from console.model.integrity import broken
from console.model.minutebook.labels import label_of
from console.model.proofs import check_receipt
from console.run.outcome import CommandResult, alarmed, plain, printed, refused, tabled
from console.run.standing import standing
from console.terminal import guard_logs, record_output
from protocol.errors import RemoteProtocolError
from protocol.schema import (
    Arguments,
    Cell,
    CorrectClaim,
    List,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Prove,
    Receipt,
    Refusal,
    Rows,
    Verify,
)
from protocol.schema.numbers import MAX_ITEMS, Log, Role

if TYPE_CHECKING:
    from console.config import Config
    from console.link.keyring import Keyring
    from console.link.pairing import StoredPairing
    from protocol.trust.capability import Chain

OWN = "this-device"
"""The word that `pair.revoke` requires where a device ends its own pairing."""
Words = Sequence[str]
MAX_VALUE_BYTES = 1_024
"""The most bytes of a value that a correction states."""
MOST_ROWS = 1_000_000
"""The most rows of one list, however many the Totebox sends."""

Action = Callable[[OneShotSession, Words, Namespace], Awaitable[CommandResult]]


def run(arguments: Namespace, keyring: "Keyring", config: "Config") -> int:
    """Carry out `arguments.id` and print its outcome. Returns the exit status."""
    if arguments.id == "help":
        printed(_help(), arguments.json)
        return 0
    guard_logs()
    command = _command(arguments.id, arguments.words)
    pairing = chosen(keyring, arguments.totebox)
    outcome = asyncio.run(_carried_out(command, arguments, pairing, keyring, config))
    printed(outcome, arguments.json)
    return outcome.status


def _command(name: str, words: Words) -> Twin:
    from difflib import get_close_matches

    twins = {twin.id: twin for twin in TWINS}
    command = twins.get(name)
    if command is None:
        near = get_close_matches(name, twins, 1)
        hint = f"did you mean {near[0]!r}?" if near else "see: os-console run help"
        raise ConsoleError(f"there is no command {name!r}; {hint}")
    if not command.least <= len(words) <= command.most:
        raise ConsoleError(f"write it so: os-console run {command.usage}")
    return command


def chosen(keyring: "Keyring", name: str) -> "StoredPairing":
    """The pairing called `name`, or the only one. Raises PairingError."""
    if name:
        return keyring.named(name)
    held = keyring.pairings()
    if len(held) == 1:
        return held[0]
    if not held:
        raise PairingError("this console is paired with no Totebox; pair one: os-console pair TICKET")
    names = ", ".join(repr(each.name) for each in held)
    raise PairingError(f"several Toteboxes are paired; say which with --totebox NAME: {names}")


async def _carried_out(
    command: Twin, arguments: Namespace, pairing: "StoredPairing", keyring: "Keyring", config: "Config"
) -> CommandResult:
    from console.config import device_label

    label = device_label(config)
    async with connected(pairing, keyring, label, arguments.timeout, config.witness_name) as connection:
        if getattr(arguments, "capability", ""):
            connection.capability = capability_of(arguments.capability)
        outcome = await ACTIONS[command.id](connection, arguments.words, arguments)
        await connection.wait_proved()
        return alarmed(outcome, connection.state.alarm)


def capability_of(text: str) -> "Chain":
    """The chain in `text`, or in the file that `@FILE` names. Raises SourceError, CapabilityError."""
    from protocol.trust.capability import parse_chain

    if not text.startswith("@"):
        return parse_chain(text)
    try:
        return parse_chain(Path(text[1:]).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{text[1:]}: cannot be read: {error}") from error


def _help() -> CommandResult:
    wide = max(len(each.usage) for each in TWINS)
    lines = [f"  {each.usage:<{wide}}  {each.help}" for each in TWINS]
    data: dict[str, object] = {twin.id: {"usage": twin.usage, "help": twin.help, "screen": twin.of} for twin in TWINS}
    return CommandResult(data, ("os-console run ...", "", *lines))


# The commands.


async def _status(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    from dataclasses import fields

    await connection.wait_status()
    await connection.wait_proved()
    await connection.wait_integrity()
    state = connection.state
    integrity, stands = standing(state, int(time() * 1e6))
    assert state.status is not None and state.bound is not None
    status = {each.name: plain(getattr(state.status, each.name)) for each in fields(state.status)}
    status["services"] = [
        {"name": each.name, "state": each.state, "reason": each.reason, "queued": each.queued}
        for each in state.status.services
    ]
    checked = {
        log.name.lower(): {"tree_size": head.tree_size, "root": head.root.hex(), "alarm": head.alarm}
        for log, head in state.heads.items()
    }
    data: dict[str, object] = {
        "totebox": state.id,
        "name": state.name,
        "integrity": integrity,
        "uri": state.uri,
        "carrier": state.carrier,
        "role": state.bound.role.name,
        "origin": state.bound.origin,
        "status": status,
        "checked": checked,
    }
    lines = (
        f"{state.entity} ({state.bound.kind}), {state.bound.role.name} over {state.carrier}",
        f"entries {state.status.tree_size:,}, root {state.status.root.hex()}",
        f"grade {state.status.grade.value}, {state.status.lifecycle}, sessions {state.status.sessions}",
        *([f"takes no writes: {state.status.read_only}"] if state.status.read_only else []),
        *(f"{log.name.lower()} {state.proved(log)}" for log in Log),
        *stands,
    )
    return CommandResult(data, lines, int(bool(broken(state))))


async def _list(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    moment = as_of(arguments.as_of)
    if moment is None:
        raise ConsoleError(
            f"--as-of: {arguments.as_of!r} is no time; write 2026, 2026-11, 2026-11-20 or 2026-11-20T09:30:00Z"
        )
    wanted = min(arguments.limit or MOST_ROWS, MOST_ROWS)
    rows: list[tuple[Cell, ...]] = []
    cursor = ""
    while True:
        limit = min(MAX_ITEMS, wanted - len(rows))
        question = List(words[0], " ".join(words[1:]), moment, cursor, limit)
        answer = expected(await connection.ask(question), Rows)
        if isinstance(answer, Refusal):
            return refused(answer)
        rows += answer.table.rows
        if not answer.more or len(rows) >= wanted:
            return tabled(answer.table, rows, answer.more, may_cut=True)
        if not answer.table.rows or answer.cursor == cursor:
            raise RemoteProtocolError(
                f"{words[0]} has more rows, says the Totebox, and sends none; the list never ends"
            )
        cursor = answer.cursor


async def _read(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    """Write the bytes to --out, else to the standard output, never over an existing file. They are compared with the
    proved row, where this role may see it.
    """
    if arguments.json and arguments.out is None:
        raise ConsoleError("with --json the bytes need a place: --out FILE")
    index = _index(words[0])
    row = await connection.proved_row(index)
    digest, size = hashlib.sha256(), 0
    with _target(arguments.out) as (write, finish):

        def sink(data: bytes) -> None:
            nonlocal size
            digest.update(data)
            size += len(data)
            write(data)

        refusal = await connection.download(index, sink, row.length if row else None)
        if refusal is not None:
            return refused(refusal)
        if row is not None and (size, digest.digest()) != (row.length, row.sha256):
            raise SourceError(f"the bytes that arrived are not those of entry {index}; verify this Totebox")
        finish(digest.digest(), size)
    where = str(arguments.out) if arguments.out else "-"
    data: dict[str, object] = {"index": index, "bytes": size, "sha256": digest.hexdigest(), "path": where}
    said = f"{where}: {size:,} bytes, sha256 {digest.hexdigest()}"
    return CommandResult(data, (said,) if arguments.out else ())


Finish = Callable[[bytes, int], object]


@contextlib.contextmanager
def _target(out: Path | None) -> Iterator[tuple[Callable[[bytes], object], Finish]]:
    """The function that writes a piece, and the function that completes the file."""
    if out is None:
        with record_output() as stream:
            yield stream.write, lambda sha256, size: None
    else:
        with Saving(out) as saving:
            yield saving.write, saving.finish


async def _prove(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    log = Log.AUDIT if words[1:] == ["audit"] else Log.RECORDS
    answer = await connection.ask(Prove(log, _index(words[0])))
    return _receipt(connection, answer)


def _receipt(connection: OneShotSession, answer: Receipt | Rows | Refusal) -> CommandResult:
    answer = expected(answer, Receipt)
    if isinstance(answer, Refusal):
        return refused(answer)
    verdict = check_receipt(answer, connection.bound.vkey, connection.bound.audit_vkey)
    fault = connection.trouble or verdict.fault
    data: dict[str, object] = {
        "index": answer.index,
        "tree_size": answer.proof.tree_size,
        "leaf": answer.proof.leaf.decode("utf-8", "replace"),
        "path": [each.hex() for each in answer.proof.path],
        "checkpoint": answer.checkpoint.decode("utf-8", "replace"),
        "holds": not fault,
        "fault": fault,
    }
    said = f"DOES NOT HOLD: {fault}" if fault else f"holds: in {verdict.origin} at size {verdict.tree_size:,}"
    note = str(data["checkpoint"]).rstrip("\n").split("\n")
    return CommandResult(data, (f"entry {answer.index} {said}", str(data["leaf"]), "", *note), int(bool(fault)))


async def _verify(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    answer = expected(await connection.ask(Verify()), Rows)
    if isinstance(answer, Refusal):
        return refused(answer)
    outcome = tabled(answer.table, answer.table.rows, answer.more)
    found = len(answer.table.rows)
    return CommandResult(outcome.data, outcome.lines if found else ("clean: nothing disagrees",), int(bool(found)))


async def _cosign(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    """Cosign both logs. A log with an alarm is not cosigned: status 1."""
    outcome = _receipt(connection, await connection.cosign())
    if outcome.status:
        return outcome
    sizes = {log.name.lower(): head.cosigned for log, head in connection.state.heads.items()}
    said = ", ".join(f"{name} at {size:,}" for name, size in sizes.items())
    return CommandResult({**outcome.data, "cosigned": sizes}, (f"cosigned: {said}", *outcome.lines))


async def _issue(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    return await _rows(connection, PairIssue(role_of(words[0]), " ".join(words[1:]), arguments.person))


async def _revoke(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    name, reason = words[0], list(words[1:])
    assert connection.link is not None
    if name != connection.link.device:
        return await _written(connection, PairRevoke(name, " ".join(reason)))
    if reason[:1] != [OWN]:
        raise ConsoleError(
            f"this is this device's own pairing: it would be cut off; if that is meant: pair.revoke {name} {OWN} [REASON]"
        )
    outcome = await _written(connection, PairRevoke(name, " ".join(reason[1:])))
    if outcome.status:
        return outcome
    remedy = "this device is paired no longer; pair it anew: os-totebox pair DIR --role ROLE on its host, then os-console pair TICKET"
    return CommandResult({**outcome.data, "remedy": remedy}, (*outcome.lines, "", remedy), outcome.status)


async def _approve(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    return await _written(connection, PairApprove(words[0], words[1], role_of(words[2]), arguments.person))


async def _deny(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    return await _written(connection, PairDeny(words[0], " ".join(words[1:])))


async def _mark(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    return await _written(connection, PairMark(words[0], _yes(words[1])))


async def _name(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    return await _written(connection, PairName(words[0], " ".join(words[1:])))


async def _require(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    return await _written(connection, PairRequire(role_of(words[0]), _yes(words[1])))


async def _correct(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    """State a correction. Its value may have several words."""
    claim, source, value = _index(words[0]), _index(words[1]), " ".join(" ".join(words[2:]).split())
    if not value or len(value.encode("utf-8", "replace")) > MAX_VALUE_BYTES:
        raise ConsoleError(f"a value has 1 to {MAX_VALUE_BYTES:,} bytes; state what is right")
    return await _written(connection, CorrectClaim(claim, value, source))


async def _label(connection: OneShotSession, words: Words, arguments: Namespace) -> CommandResult:
    wish = label_of(_index(words[0]), " ".join(words[1:]).split())
    if isinstance(wish, str):
        raise ConsoleError(wish)
    return await _written(connection, wish)


async def _written(connection: OneShotSession, arguments: Arguments) -> CommandResult:
    return _receipt(connection, await connection.ask(arguments, once=os.urandom(16)))


def _yes(word: str) -> bool:
    if word not in ("hardware", "any"):
        raise ConsoleError(f"{word!r}: write `hardware` or `any`")
    return word == "hardware"


async def _rows(connection: OneShotSession, arguments: Arguments) -> CommandResult:
    answer = expected(await connection.ask(arguments), Rows)
    if isinstance(answer, Refusal):
        return refused(answer)
    return tabled(answer.table, answer.table.rows, answer.more)


def _index(word: str) -> int:
    if not word.isascii() or not word.isdigit() or int(word) >= 1 << 64:
        raise ConsoleError(f"{word!r} is no index; write the number of an entry")
    return int(word)


def role_of(word: str) -> Role:
    """The role that a person typed. Raises ConsoleError."""
    try:
        return Role[word.upper()]
    except KeyError:
        names = ", ".join(role.name.lower() for role in Role)
        raise ConsoleError(f"{word!r} is no role; there are: {names}") from None


ACTIONS: Mapping[str, Action] = {
    "status": _status,
    "list": _list,
    "read": _read,
    "prove": _prove,
    "verify": _verify,
    "cosign": _cosign,
    "pair.issue": _issue,
    "pair.revoke": _revoke,
    "pair.approve": _approve,
    "pair.deny": _deny,
    "pair.mark": _mark,
    "pair.name": _name,
    "people.correct": _correct,
    "minutebook.label": _label,
    "pair.require": _require,
}
"""The function for each of the registry's twins."""
