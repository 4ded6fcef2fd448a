"""Typed terms about the rows of a table: what a query's text becomes at the gate, and what a capability narrows rows by.

    term, integers big-endian:

    bytes  field
      1 n  column: length, ASCII
        1  op, a member of `Op`
        1  form of the value, a member of `ValueForm`
        8  number; or
      1 n  text: length, UTF-8

The terms of one capability ascend by these bytes, stand once each, and have at most `MAX_TERMS_BYTES` together.

For people a term is written `column:VALUE` (is), `column:VALUE*` (starts with) or `column:>N` (is above). A VALUE of digits alone
is a number; `"..."` makes it text whatever it holds, and `""` within is one quote.
"""

import re
import unicodedata
from collections.abc import Iterable

from protocol.errors import CapabilityError
from protocol.schema.numbers import MAX_TERMS_BYTES, Op, ValueForm
from protocol.values import dataclass

LARGEST_NUMBER = (1 << 64) - 1
_WRITTEN = re.compile(r'([a-z][a-z0-9_]*):(>?)(?:"((?:[^"]|"")*)"|([^\s"*>]+))(\*?)(?:\s+|$)')
_NUMBER = re.compile(r"[0-9]{1,20}")
_SIGNS = {Op.IS: ("", ""), Op.STARTS: ("", "*"), Op.ABOVE: (">", "")}


@dataclass(frozen=True, slots=True)
class Term:
    """Rows whose column `field` agrees with `value` by `op`; `value` is a number where the column holds numbers."""

    field: str
    op: Op
    value: str | int


def encode_terms(terms: Iterable[Term]) -> bytes:
    """The one encoding of `terms`, which ascend in it. Raises CapabilityError where one cannot be a term."""
    packed = sorted(map(_packed, terms))
    if len(set(packed)) != len(packed):
        raise CapabilityError("a term stands twice")
    data = b"".join(packed)
    if len(data) > MAX_TERMS_BYTES:
        raise CapabilityError(f"terms of {len(data)} bytes; at most {MAX_TERMS_BYTES}")
    return data


def decode_terms(data: bytes) -> tuple[Term, ...]:
    """The terms that `data` writes, in its order. Raises CapabilityError for anything that `encode_terms` does not give."""
    if len(data) > MAX_TERMS_BYTES:
        raise CapabilityError(f"terms of {len(data)} bytes; at most {MAX_TERMS_BYTES}")
    terms, at = list[Term](), 0
    while at < len(data):
        term, at = _unpacked(data, at)
        terms.append(term)
    if encode_terms(terms) != data:
        raise CapabilityError("terms are not encoded as they must be")
    return tuple(terms)


def term_text(term: Term) -> str:
    """A term as people write it."""
    before, after = _SIGNS[term.op]
    value = str(term.value) if isinstance(term.value, int) else '"' + term.value.replace('"', '""') + '"'
    return f"{term.field}:{before}{value}{after}"


def parse_terms(text: str) -> tuple[Term, ...]:
    """The terms that a person wrote, spaces between them, in the order of their encoding. Raises CapabilityError."""
    plain, found, at = text.strip(), list[Term](), 0
    while at < len(plain):
        match = _WRITTEN.match(plain, at)
        if match is None:
            raise CapabilityError(f"{plain[at : at + 40]!r} is no term; write column:VALUE, column:VALUE* or column:>N")
        found.append(_written(match))
        at = match.end()
    return decode_terms(encode_terms(found))


def _written(match: re.Match[str]) -> Term:
    field, above, quoted, bare, starts = match.groups()
    op = Op.ABOVE if above else Op.STARTS if starts else Op.IS
    if above and starts:
        raise CapabilityError(f"{match[0].strip()!r} has both `>` and `*`; a term has one of them")
    if quoted is not None:
        return Term(field, op, quoted.replace('""', '"'))
    return Term(field, op, int(bare) if op is not Op.STARTS and _NUMBER.fullmatch(bare) else bare)


def _packed(term: Term) -> bytes:
    _check(term)
    head = bytes((len(term.field),)) + term.field.encode("ascii") + bytes((term.op,))
    if isinstance(term.value, int):
        return head + bytes((ValueForm.NUMBER,)) + term.value.to_bytes(8, "big")
    text = term.value.encode("utf-8")
    return head + bytes((ValueForm.TEXT, len(text))) + text


def _check(term: Term) -> None:
    """Raises CapabilityError where a field cannot be."""
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", term.field):
        raise CapabilityError(f"{term.field[:40]!r} is not the name of a column")
    value = term.value
    if isinstance(value, int):
        if term.op is Op.STARTS or not 0 <= value <= LARGEST_NUMBER:
            raise CapabilityError(f"{term.field}: no row {_SAYS[term.op]} {value}")
        return
    if term.op is Op.ABOVE:
        raise CapabilityError(f"{term.field}: what is above a text is not defined; `>` takes a number")
    if not value or any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise CapabilityError(f"{term.field}: the value is empty or holds a control character")
    if len(value.encode("utf-8")) > 0xFF:
        raise CapabilityError(f"{term.field}: a value of more than 255 bytes")


_SAYS = {Op.IS: "is", Op.STARTS: "starts with", Op.ABOVE: "is above"}


def _unpacked(data: bytes, at: int) -> tuple[Term, int]:
    pieces = _Pieces(data, at)
    try:
        field = pieces.text("ascii")
        op, form = Op(pieces.number(1)), ValueForm(pieces.number(1))
        value = pieces.number(8) if form is ValueForm.NUMBER else pieces.text("utf-8")
    except ValueError as fault:
        raise CapabilityError(f"a term that this program does not know: {fault}") from fault
    return Term(field, op, value), pieces.at


class _Pieces:
    """Takes bytes off `data` from `at` on; anything missing is a CapabilityError."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def take(self, size: int) -> bytes:
        if len(self._data) - self.at < size:
            raise CapabilityError("a term is cut off")
        self.at += size
        return self._data[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self, encoding: str) -> str:
        return self.take(self.number(1)).decode(encoding)
