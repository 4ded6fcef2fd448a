"""The rows of the audit log that say how the vault stands, read from its files: the newest first, no more of them than are needed."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.vault.api import Entry
from totebox.vault.log.journal import AUDIT
from totebox.vault.log.keychain import newest_stating
from totebox.vault.log.record import parse_row


def standing_rows(root: Path, kinds: Sequence[str]) -> Iterator[Entry]:
    """The audit rows of `kinds`, the newest first. Who has enough stops.

    Cost: one search through each register file that is come to; through all of them where the wanted rows were never written.
    """
    for leaf in newest_stating(root, AUDIT.register, [f",audit,{kind},".encode() for kind in kinds]):
        with contextlib.suppress(VaultDamaged):
            row = parse_row(leaf)
            if row.kind in kinds:
                yield row
