"""Audit rows of given kinds, read from the files of the audit log, the newest first."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.vault.api import Entry
from totebox.vault.log.journal import AUDIT
from totebox.vault.log.keychain import newest_stating
from totebox.vault.log.record import parse_row


def standing_rows(root: Path, kinds: Sequence[str]) -> Iterator[Entry]:
    """The audit rows of `kinds`, the newest first. A file is read when the caller asks for a row in it.

    Cost: one search through each register file that is reached; through all of them when no such row was ever written.
    """
    for leaf in newest_stating(root, AUDIT.register, [f",audit,{kind},".encode() for kind in kinds]):
        with contextlib.suppress(VaultDamaged):
            row = parse_row(leaf)
            if row.kind in kinds:
                yield row
