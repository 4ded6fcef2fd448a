"""A register as it lies there, to be read by whoever does not serve the vault."""

from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.vault.disk.durable import Disk
from totebox.vault.log.register import FILE_ROWS, Register, list_files
from totebox.vault.log.rows import mark


def whole_register(root: Path, folder: str) -> Register:
    """The register below `folder`; every whole row of its last file counts. Cost: one look through that file.

    Raises:
        VaultDamaged: there is none.
    """
    files = list_files(root, folder)
    if not files:
        raise VaultDamaged(f"{folder} holds no register; restore the vault from a copy")
    files[-1].rows = mark(root, files[-1].path, FILE_ROWS).rows
    return Register(Disk(root), folder, files)
