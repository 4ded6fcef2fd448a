"""Guard of the writer: keeps the second wall where the vault has one. Where it has none, almost nothing is imported."""

from collections.abc import Callable
from pathlib import Path

from totebox.cage.attributes import Attribute, attributes
from totebox.process.guard import Guard

ROOM = "assets"
"""A folder of each vault to which `harden` gives attributes. Not read from the table of places, whose import costs the launcher 1 MiB."""


def make_guard(root: Path, wake: Callable[[], None]) -> Guard | None:
    """As `totebox.process.guard.MakeGuard`."""
    try:
        if Attribute.APPEND not in attributes(root / ROOM):
            return None
    except OSError:
        return None
    from totebox.hardening.upkeep import Watch

    return Watch(root, wake)
