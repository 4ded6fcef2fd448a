"""Register for readers that do not serve the vault: the complete rows that its files hold, without recovery."""

from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.vault.disk.durable import Disk
from totebox.vault.log.register import FILE_ROWS, Register, list_files
from totebox.vault.log.rows import mark


def whole_register(root: Path, folder: str) -> Register:
    """The register in `folder`, with every complete row of its last file. Cost: one pass through that file.

    Raises:
        VaultDamaged: there is none.
    """
    files = list_files(root, folder)
    if not files:
        raise VaultDamaged(f"{folder} holds no register; restore the vault from a copy")
    files[-1].rows = mark(root, files[-1].path, FILE_ROWS).rows
    return Register(Disk(root), folder, files)
