"""The guard of the writer: keeps the second wall where the vault has one. Imports next to nothing where it has none."""

from collections.abc import Callable
from pathlib import Path

from totebox.cage.attributes import Attribute, attributes
from totebox.process.guard import Guard
from totebox.vault.places import ASSETS


def make_guard(root: Path, wake: Callable[[], None]) -> Guard | None:
    """As `totebox.process.guard.MakeGuard`."""
    try:
        if Attribute.APPEND not in attributes(root / ASSETS):
            return None
    except OSError:
        return None
    from totebox.hardening.upkeep import Watch

    return Watch(root, wake)
