"""Verification of the Maildir shelves: `cur/` holds messages alone, `new/` and `tmp/` hold nothing, and nothing else lies on a shelf.

Whether a message has an owner, and the bytes that its entry states, is checked as of every file (`ownership`). Here are the names: a mail
program that is pointed at a shelf must find nothing but messages.
"""

from collections.abc import Iterator
from pathlib import Path

from totebox.files.entrance import is_file, is_folder, names_in
from totebox.vault.api import Finding
from totebox.vault.check.ownership import FOREIGN
from totebox.vault.commit.layout import EMPTY_FOLDERS, MAILDIRS, MESSAGES, is_message, is_shelf
from totebox.vault.places import ASSETS


def check_maildirs(root: Path) -> Iterator[Finding]:
    """One finding for each name on a Maildir shelf that does not belong there. A missing `new/` or `tmp/` holds nothing: it is none."""
    for service in sorted(MAILDIRS):
        where = f"{ASSETS}/{service}"
        for shelf in sorted(names_in(root, where)) if is_folder(root, where) else ():
            if is_shelf(shelf) and is_folder(root, f"{where}/{shelf}"):
                yield from _check_shelf(root, f"{where}/{shelf}")


def _check_shelf(root: Path, shelf: str) -> Iterator[Finding]:
    for name in sorted(names_in(root, shelf)):
        path = f"{shelf}/{name}"
        if name not in (MESSAGES, *EMPTY_FOLDERS) or not is_folder(root, path):
            yield Finding("foreign", path, None, None, "cur/, new/ and tmp/ alone", "another name", FOREIGN)
        elif name == MESSAGES:
            strange = (
                each for each in names_in(root, path) if not is_message(each) or not is_file(root, f"{path}/{each}")
            )
            yield from (
                Finding("foreign", f"{path}/{each}", None, None, "<index>-<name>-<hash>.eml", "another name", FOREIGN)
                for each in sorted(strange)
            )
        else:
            yield from (
                Finding("foreign", f"{path}/{each}", None, None, "an empty folder", "a name in it", FOREIGN)
                for each in sorted(names_in(root, path))
            )
