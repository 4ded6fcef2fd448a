"""One register row: the leaf of the tree, and a line of a CSV file.

    index,time,actor,service,kind,subject,path,offset,length,sha256,source,supersedes,audit,command,note

A row of the record log says where a record lies (`path`, `offset`, `length`, `sha256`) and which row of the audit log
authorised it (`audit`). What the columns of an audit row mean is in `audit`. The leaf is the row's exact bytes without the LF.
"""

import re
import unicodedata
from typing import cast

from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.api import Draft, Entry, LeafIndex
from totebox.vault.cells import encode_line, line_cells

COLUMNS = (
    "index", "time", "actor", "service", "kind", "subject", "path", "offset",
    "length", "sha256", "source", "supersedes", "audit", "command", "note",
)  # fmt: skip
HEADER = ",".join(COLUMNS).encode() + b"\n"
MAX_LEAF_BYTES = 65_535
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_Cited = LeafIndex | None


def make_entry(
    index: int,
    time: str,
    actor: str,
    service: str,
    kind: str,
    subject: str,
    *,
    path: str = "",
    offset: int = 0,
    length: int = 0,
    sha256: bytes,
    source: int | None = None,
    supersedes: int | None = None,
    audit: int | None = None,
    command: str = "",
    note: str = "",
) -> Entry:
    """An entry with its leaf; text becomes NFC.

    Raises:
        RecordRejected: a line break in a field, or a row longer than 65,535 bytes.
    """
    actor, subject, command, note = _nfc(actor), _nfc(subject), _nfc(command), _nfc(note)
    leaf = encode_line(
        (
            str(index), time, actor, service, kind, subject, path, str(offset), str(length), sha256.hex(),
            _optional(source), _optional(supersedes), _optional(audit), command, note,
        )
    )  # fmt: skip
    _check_length(leaf, subject)
    return Entry(
        LeafIndex(index), time, actor, service, kind, subject, path, offset, length, sha256,
        cast(_Cited, source), cast(_Cited, supersedes), cast(_Cited, audit), _id_of(command), note, leaf,
    )  # fmt: skip


class RowMaker:
    """Makes the rows of one batch, which share their time, actor, audit row and command.

    With `plain` the caller says that `are_plain` of the actor, the command and every subject and note: the rest of a row is
    words and numbers that need no quoting, so a row is written as it is. Without it each row is made by `make_entry`.
    """

    def __init__(self, time: str, actor: str, audit: int, command: str, *, plain: bool) -> None:
        self._time, self._actor, self._audit = time, actor, LeafIndex(audit)
        self._command, self._id, self._plain = command, _id_of(command), plain

    def make(
        self,
        index: int,
        draft: Draft,
        path: str,
        offset: int,
        length: int,
        sha256: bytes,
        source: LeafIndex | None,
    ) -> Entry:
        """The entry that `draft`, whose service and kind were checked, becomes. Raises as `make_entry`."""
        time, actor, audit, supersedes = self._time, self._actor, self._audit, draft.supersedes
        service, kind, subject, note = draft.service, draft.kind, draft.subject, draft.note
        if not self._plain:
            return make_entry(
                index, time, actor, service, kind, subject,
                path=path, offset=offset, length=length, sha256=sha256,
                source=source, supersedes=supersedes, audit=audit, command=self._command, note=note,
            )  # fmt: skip
        cited = f"{'' if source is None else source},{'' if supersedes is None else supersedes},{audit}"
        leaf = (
            f"{index},{time},{actor},{service},{kind},{subject},{path},{offset},{length},{sha256.hex()}"
            f",{cited},{self._command},{note}"
        ).encode()
        _check_length(leaf, subject)
        return Entry(
            LeafIndex(index), time, actor, service, kind, subject, path, offset, length, sha256,
            source, supersedes, audit, self._id, note, leaf,
        )  # fmt: skip


def parse_row(leaf: bytes) -> Entry:
    """The entry whose row is `leaf`.

    Raises:
        VaultDamaged: not a row that `make_entry` writes, byte for byte.
    """
    cells = line_cells(leaf)
    if len(cells) != len(COLUMNS) or len(leaf) > MAX_LEAF_BYTES:
        raise VaultDamaged(f"a row of {len(cells)} columns: {leaf[:60]!r}")
    (
        index,
        time,
        actor,
        service,
        kind,
        subject,
        path,
        offset,
        length,
        digest,
        source,
        supersedes,
        audit,
        command,
        note,
    ) = cells
    sha256 = _digest(digest)
    if len(sha256) != 32 or not TIME.fullmatch(time):
        raise VaultDamaged(f"a row without a proper time or hash: {leaf[:60]!r}")
    return Entry(
        LeafIndex(_number(index)), time, actor, service, kind, subject, path, _number(offset), _number(length),
        sha256, _parsed(source), _parsed(supersedes), _parsed(audit), _id_of(command), note, leaf,
    )  # fmt: skip


def _check_length(leaf: bytes, subject: str) -> None:
    if len(leaf) > MAX_LEAF_BYTES:
        raise RecordRejected(
            f"the row of {subject[:60]!r} would be {len(leaf)} bytes long; at most {MAX_LEAF_BYTES} fit"
        )


def _id_of(command: str) -> str:
    return command.partition(":")[0]


def _optional(value: int | None) -> str:
    return "" if value is None else str(value)


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20) or (text[0] == "0" and text != "0"):
        raise VaultDamaged(f"not a number in a row: {text[:30]!r}")
    return int(text)


def _digest(text: str) -> bytes:
    """The bytes of lower-case hex digits; b'' for anything else."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return b""
    return value if value.hex() == text else b""


def _parsed(text: str) -> LeafIndex | None:
    return LeafIndex(_number(text)) if text else None
