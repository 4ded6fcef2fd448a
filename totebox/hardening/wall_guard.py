"""The guard of the writer: keeps the second wall where the vault has one. Imports next to nothing where it has none."""

from collections.abc import Callable
from pathlib import Path

from totebox.cage.attributes import Attribute, attributes
from totebox.process.guard import Guard

ROOM = "assets"
"""A room of every vault that `harden` gives attributes. Not from the table of places: importing that costs the launcher 1 MiB."""


def make_guard(root: Path, wake: Callable[[], None]) -> Guard | None:
    """As `totebox.process.guard.MakeGuard`."""
    try:
        if Attribute.APPEND not in attributes(root / ROOM):
            return None
    except OSError:
        return None
    from totebox.hardening.upkeep import Watch

    return Watch(root, wake)
