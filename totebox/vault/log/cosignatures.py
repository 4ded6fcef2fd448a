"""Cosignatures of checkpoints: `ledger/checkpoints/<size>.<witness>`, each written once; the witness's name is encoded for a file name.

An audit row of kind COSIGNED is written first: its subject is the path of the file, its note the witness's vkey. The file is the
vault's own checkpoint of that size with the witness's signature line added, so that one note holds both signatures.
"""

import contextlib
import re
from pathlib import Path

from protocol.errors import NoteError
from protocol.schema.numbers import AuditKind
from protocol.trust.cosignature import WitnessKey, file_name, parse_witness_key, verify_cosignature
from protocol.trust.note import DASH, TreeHead, plain_base64
from totebox.errors import RecordRejected, VaultDamaged
from totebox.files.entrance import names_in, read_file
from totebox.vault.api import AuditDraft, Finding
from totebox.vault.check.findings import RESTORE
from totebox.vault.log.head import LogHead
from totebox.vault.log.journal import AUDIT, NOTE_BYTES, RECORDS, LogFolders
from totebox.vault.log.keychain import Search, stating_rows
from totebox.vault.log.record import parse_row

_NAME = re.compile(r"[0-9].*\.")
_ROW = f",audit,{AuditKind.COSIGNED},".encode()


def cosigned(ours: LogHead, since: int, note: bytes, vkey: str) -> tuple[str, bytes]:
    """Check a cosigned `note` against the log `ours`. Returns its file name, `<size>.<witness>`, and the note to store under that name.

    `since` is the first size that the present key signs.

    Raises:
        RecordRejected: it is no head of this log under its present key, or not cosigned by `vkey`.
    """
    try:
        key = parse_witness_key(vkey)
        head, _ = verify_cosignature(note, key)
    except NoteError as error:
        raise RecordRejected(f"the cosignature does not verify: {error}") from None
    if not since <= head.tree_size <= ours.size:
        raise RecordRejected(
            f"heads of size {since} to {ours.size} can be cosigned; this one has size {head.tree_size}"
        )
    own = ours.at(head.tree_size)
    if head != TreeHead(own.origin, own.tree_size, own.root):
        raise RecordRejected(f"this log has another root at size {head.tree_size} than the one that was cosigned")
    line = next(line for line in note.splitlines(keepends=True) if _is_of(line, key))
    return f"{head.tree_size}.{file_name(key.name)}", own.note + line


def _is_of(line: bytes, key: WitnessKey) -> bool:
    """Whether a signature line is of this witness and this key. Lines of other keys may carry the same name."""
    name, _, blob = line.decode("utf-8", "replace").removeprefix(DASH).rstrip("\n").partition(" ")
    return line.startswith(DASH.encode()) and name == key.name and plain_base64(blob)[:4] == key.key_id


def check_is_its_own(name: str, kept: bytes | None, vkey: str) -> None:
    """Check that the cosignature `kept` under this name (None: none is) was made by the same key, `vkey`.

    Raises:
        RecordRejected: another key already cosigned this head under that name, so the new cosignature cannot be stored.
    """
    if kept is None:
        return
    try:
        verify_cosignature(kept, parse_witness_key(vkey))
    except NoteError:
        raise RecordRejected(f"{name} was cosigned under another key; cosign under another name") from None


def cosigned_row(places: LogFolders, name: str, vkey: str, actor: str) -> AuditDraft:
    """The audit row that records a cosignature: its path and the witness's key."""
    return AuditDraft(AuditKind.COSIGNED, actor, f"{places.checkpoints}/{name}", vkey)


def check_cosigned(root: Path, search: Search | None = None) -> list[Finding]:
    """Check every stored cosignature under the key that its audit row states. The log's own signature is checked with the rows instead.

    One file can have two audit rows: two witnesses of one name cosigned a head at the same moment, or a crash came between row and
    file. The file is then right if the key of either row cosigned it.
    """
    vkeys: dict[str, list[str]] = {}
    for leaf in stating_rows(root, AUDIT.register, (_ROW,), search):
        with contextlib.suppress(VaultDamaged):
            row = parse_row(leaf)
            vkeys.setdefault(row.subject, []).append(row.note)
    findings: list[Finding] = []
    for places in (RECORDS, AUDIT):
        for name in sorted(names_in(root, places.checkpoints)):
            where = f"{places.checkpoints}/{name}"
            if _NAME.match(name) and (fault := _fault(root, where, vkeys.get(where, []))):
                findings.append(Finding("damage", where, None, None, "a cosigned checkpoint", fault, RESTORE))
    return findings


def _fault(root: Path, path: str, vkeys: list[str]) -> str:
    try:
        return _fault_of(read_file(root, path, NOTE_BYTES), vkeys)
    except OSError as error:
        return error.strerror or str(error)


def _fault_of(note: bytes, vkeys: list[str]) -> str:
    """'' when one of these keys cosigned `note`, else what is wrong under the last of them."""
    fault = "no audit row speaks of it"
    for vkey in vkeys:
        try:
            verify_cosignature(note, parse_witness_key(vkey))
        except NoteError as error:
            fault = str(error)
        else:
            return ""
    return fault
