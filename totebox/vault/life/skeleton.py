"""The folders of a vault beside its records, and the note in `cache/`: made with a vault, and made again where they are missing.

What is below `cache/` may be deleted while nobody serves the vault, and a backup may have left out whatever is empty most of the time.
"""

import contextlib
import os
from pathlib import Path

from totebox.files.drafts import append_file
from totebox.files.entrance import open_folder, stat_of
from totebox.vault.disk.durable import PRIVATE_MODE, Disk
from totebox.vault.places import FOLDERS, MADE_AGAIN, NOTE, PRIVATE

PRIVATE_FOLDER_MODE = 0o700
NOTE_TEXT = b"""Nothing in this folder is a record.

Everything here was made from the records in assets/ and ledger/, or was on its way when the program stopped. The program makes it
again when it starts. Delete all of it whenever no program serves this vault; copy none of it.
"""


def make_folders(disk: Disk) -> None:
    """Every folder of a new vault, and the note; each name is durable when this returns."""
    for folder in FOLDERS:
        disk.make_folder(folder)
    for folder in PRIVATE:
        (disk.root / folder).chmod(PRIVATE_FOLDER_MODE)
    disk.seal(NOTE, (NOTE_TEXT,), PRIVATE_MODE)


def make_missing_folders(root: Path) -> None:
    """What a vault may lack beside its records, before it is served. What stands there already stays, whatever it is.

    Raises:
        OSError: this user may not, or the disk is full.
    """
    for folder in MADE_AGAIN:
        parent, _, name = folder.rpartition("/")
        place = open_folder(root, parent)  # follows no link
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, PRIVATE_FOLDER_MODE if folder in PRIVATE else 0o777, dir_fd=place)
        finally:
            os.close(place)
    if stat_of(root, NOTE) is None:
        append_file(root, NOTE, NOTE_TEXT)
