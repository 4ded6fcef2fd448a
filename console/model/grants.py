"""Parsing what a person types about a capability: verbs, rows, columns, times; and the devices that can receive it.
Pure.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from console.errors import ConsoleError
from console.model.tables import Record
from protocol.errors import CapabilityError
from protocol.schema import VERBS, DeviceKey
from protocol.schema.capability import LONGEST_LIFETIME_S
from protocol.schema.numbers import Algorithm, Verb
from protocol.schema.terms import encode_terms, parse_terms
from protocol.trust.capability import parse_chain, revocation_ids

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
LAST_ROW = (1 << 64) - 1


def verbs_of(text: str) -> tuple[Verb, ...]:
    """`list,read` as verbs, ascending. Raises ConsoleError."""
    names = {row.title: row.verb for row in VERBS.values() if row.delegable}
    words = [word for word in re.split(r"[,\s]+", text.lower()) if word]
    if strange := [word for word in words if word not in names]:
        raise ConsoleError(f"{strange[0]!r} is no verb that a capability can carry; there are: {', '.join(names)}")
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


def service_of(text: str, known: Sequence[str]) -> str:
    """The name of one of the services that a Totebox listed, '' for every one. Raises ConsoleError with the nearest
    name.

    Before the Totebox has listed its services, every name is accepted.
    """
    if not text or not known or text in known:
        return text
    (nearest,) = get_close_matches(text, known, n=1, cutoff=0.0)
    raise ConsoleError(f"there is no service {text!r} here; the nearest is {nearest}, and empty means every one")


def first_id(chain: str) -> str:
    """The id, in hex, under which a Totebox lists the first block of `chain`; '' for no chain."""
    try:
        return revocation_ids(parse_chain(chain))[0].hex()
    except CapabilityError:
        return ""


def columns_of(text: str) -> tuple[str, ...]:
    """`index,name`, ascending; '' means every column."""
    return tuple(sorted({word for word in re.split(r"[,\s]+", text) if word}))


def terms_of(text: str) -> bytes:
    """`state:live index:>12` as a capability carries terms; '' means every row. Raises ConsoleError."""
    try:
        return encode_terms(parse_terms(text))
    except CapabilityError as error:
        raise ConsoleError(str(error)) from error


def key_of(row: Record) -> DeviceKey:
    """The device key in a row of `gate.pairings`. Raises ConsoleError where there is none."""
    data = row.data("key")
    try:
        return DeviceKey(Algorithm(data[0]), data[1:])
    except (IndexError, ValueError) as error:
        raise ConsoleError("this Totebox does not say which key that device has; update it") from error
