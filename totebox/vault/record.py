"""One register row: the leaf of the tree, and a line of a CSV file.

    index,time,actor,service,kind,subject,path,offset,length,sha256,source,supersedes,audit,command,note

A row of the record log says where a record lies (`path`, `offset`, `length`, `sha256`) and which row of the audit log
authorised it (`audit`). What the columns of an audit row mean is in `audit`. The leaf is the row's exact bytes without the LF.
"""

import re
import unicodedata

from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.api import Entry, LeafIndex
from totebox.vault.cells import encode_line, line_cells

COLUMNS = (
    "index", "time", "actor", "service", "kind", "subject", "path", "offset",
    "length", "sha256", "source", "supersedes", "audit", "command", "note",
)  # fmt: skip
HEADER = ",".join(COLUMNS).encode() + b"\n"
MAX_LEAF_BYTES = 65_535
LARGEST = 2**63 - 1
"""The largest number in a row: every offset that an operating system knows fits."""
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def make_entry(
    index: int,
    time: str,
    actor: str,
    service: str,
    kind: str,
    subject: str,
    sha256: bytes,
    path: str = "",
    offset: int = 0,
    length: int = 0,
    source: int | None = None,
    supersedes: int | None = None,
    audit: int | None = None,
    command: str = "",
    note: str = "",
    *,
    plain: bool = False,
) -> Entry:
    """An entry with its leaf; text becomes NFC.

    With `plain` the caller says that `are_plain` of `actor`, `kind`, `subject`, `command` and `note`: the rest of a row is words
    and numbers, so that it is written as it is. The row is the same without it, byte for byte, and takes a good deal longer.

    Raises:
        RecordRejected: a line break in a field, or a row longer than 65,535 bytes.
    """
    cited = f"{'' if source is None else source},{'' if supersedes is None else supersedes},{'' if audit is None else audit}"
    if plain:
        leaf = (
            f"{index},{time},{actor},{service},{kind},{subject},{path},{offset},{length},{sha256.hex()}"
            f",{cited},{command},{note}"
        ).encode()
    else:
        actor, subject, command, note = _nfc(actor), _nfc(subject), _nfc(command), _nfc(note)
        leaf = encode_line(
            (
                str(index), time, actor, service, kind, subject, path, str(offset), str(length), sha256.hex(),
                *cited.split(","), command, note,
            )
        )  # fmt: skip
    if len(leaf) > MAX_LEAF_BYTES:
        raise RecordRejected(
            f"the row of {subject[:60]!r} would be {len(leaf)} bytes long; at most {MAX_LEAF_BYTES} fit"
        )
    return Entry(
        index, time, actor, service, kind, subject, path, offset, length, sha256, source, supersedes, audit,  # type: ignore[arg-type]
        _id_of(command) if command else "", note, leaf,
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


def _id_of(command: str) -> str:
    return command.partition(":")[0]


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= LARGEST or str(number) != text:
        raise VaultDamaged(f"not a number in a row: {text[:30]!r}")
    return number


def _digest(text: str) -> bytes:
    """The bytes of lower-case hex digits; b'' for anything else."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        return b""
    return value if value.hex() == text else b""


def _parsed(text: str) -> LeafIndex | None:
    return LeafIndex(_number(text)) if text else None
