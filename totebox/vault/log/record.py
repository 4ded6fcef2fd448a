"""Register row: a leaf of the tree, and a line of a CSV file.

    index,time,actor,service,kind,subject,path,offset,length,sha256,source,supersedes,audit,command,note

A row of the record log states where a record is (`path`, `offset`, `length`, `sha256`) and which row of the audit log
authorised it (`audit`). `audit.py` says what the columns mean in an audit row. The leaf is the row's exact bytes without the LF.
"""

import re
import unicodedata

from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.api import Entry, LeafIndex
from totebox.vault.log.cells import encode_line, line_cells

COLUMNS = (
    "index", "time", "actor", "service", "kind", "subject", "path", "offset",
    "length", "sha256", "source", "supersedes", "audit", "command", "note",
)  # fmt: skip
HEADER = ",".join(COLUMNS).encode() + b"\n"
MAX_LEAF_BYTES = 65_535
LARGEST = 2**63 - 1
"""The largest number in a row; every file offset of an operating system fits."""
_SMALL, _PLAIN = "(0|[1-9][0-9]{0,17})", r"((?:[ !#-&(-*.-<>?A-~][ !#-&(-+\--~]*)?)"
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

DIGEST = re.compile("[0-9a-f]{64}")
_ROW = re.compile(
    ",".join(
        (
            _SMALL,
            f"({TIME.pattern})",
            *[_PLAIN] * 5,
            _SMALL,
            _SMALL,
            f"({DIGEST.pattern})",
            *[_SMALL + "?"] * 3,
            _PLAIN,
            _PLAIN,
        )
    )
)
"""Matches rows of ASCII without quotes or apostrophes and with small numbers, as nearly all are.

A match proves that every column is valid.
"""


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

    With `plain` the caller states that `are_plain` is True of `actor`, `kind`, `subject`, `command` and `note`. The other columns are
    words and numbers, so no cell needs quoting and the row is made much faster. Its bytes are the same without `plain`.

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
        VaultDamaged: `make_entry` would not write this row, byte for byte.
    """
    if len(leaf) > MAX_LEAF_BYTES:
        raise VaultDamaged(f"a row of {len(leaf)} bytes: {leaf[:60]!r}")
    plain = _ROW.fullmatch(leaf.decode("ascii")) if leaf.isascii() else None
    cells = line_cells(leaf) if plain is None else plain.groups("")
    if len(cells) != len(COLUMNS):
        raise VaultDamaged(f"a row of {len(cells)} columns: {leaf[:60]!r}")
    (
        index, time, actor, service, kind, subject, path, offset, length, digest, source, supersedes, audit, command, note,
    ) = cells  # fmt: skip
    if plain is None and not (TIME.fullmatch(time) and DIGEST.fullmatch(digest)):
        raise VaultDamaged(f"a row without a proper time or hash: {leaf[:60]!r}")
    number = _number if plain is None else int
    return Entry(
        LeafIndex(number(index)), time, actor, service, kind, subject, path, number(offset), number(length),
        bytes.fromhex(digest),
        LeafIndex(number(source)) if source else None,
        LeafIndex(number(supersedes)) if supersedes else None,
        LeafIndex(number(audit)) if audit else None,
        _id_of(command) if command else "", note, leaf,
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
