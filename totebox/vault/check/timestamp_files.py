"""Verification of the files in `ledger/timestamps/`: an entry owns each, and each is of the checkpoint in its name."""

from collections.abc import Container, Iterator
from hashlib import sha256
from pathlib import Path

from totebox.files.entrance import is_folder, names_in, read_file
from totebox.vault.api import Finding
from totebox.vault.check.findings import RESTORE
from totebox.vault.log.journal import NOTE_BYTES
from totebox.vault.log.timestamp_reply import MOST_BYTES, NAME, checkpoint_of, read_reply
from totebox.vault.places import TIMESTAMPS

AGAIN = "run `os-totebox timestamp DIR --reply FILE` again with this file, if a crash came between; else find out who put it there"


def unowned(root: Path, owned: Container[str], *, live: bool = False) -> Iterator[Finding]:
    """Findings for files in `ledger/timestamps/` that no entry owns, or that stamp something else than the checkpoint in their name.

    A checkpoint that is not stored any more is not missed here: a newer one covers it. On a live vault the entry of a file may be one
    that is not judged.
    """
    for name in sorted(names_in(root, TIMESTAMPS)) if is_folder(root, TIMESTAMPS) else ():
        path, match = f"{TIMESTAMPS}/{name}", NAME.fullmatch(name)
        if match is None or (path not in owned and not live):
            yield Finding("foreign", path, None, 0, "a timestamp that an entry owns", "a file of nobody", AGAIN)
            continue
        try:
            imprint = read_reply(read_file(root, path, MOST_BYTES)).imprint
            head = read_file(root, checkpoint_of(match[1], int(match[2])), NOTE_BYTES)
        except FileNotFoundError:
            continue
        except (ValueError, OSError) as error:
            yield Finding("damage", path, None, None, "a timestamp", str(error), RESTORE)
            continue
        if imprint != sha256(head).digest():
            expected = f"a timestamp of {checkpoint_of(match[1], int(match[2]))}"
            yield Finding("damage", path, None, None, expected, f"one of the SHA-256 {imprint.hex()}", RESTORE)
