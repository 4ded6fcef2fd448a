"""The rings of a Totebox over a vault that a test holds: what services are handed, as the daemon hands it."""

from collections.abc import Callable
from pathlib import Path

from totebox.clock import now_text
from totebox.daemon.roster import Rings
from totebox.gate.disk_floor import DiskFloor, no_floor
from totebox.vault.api import Vault


def rings_over(
    vault: Vault, cache: Path, *, floor: DiskFloor | None = None, changed: Callable[[str], None] = lambda table: None
) -> Rings:
    """The real rings; nobody listens to events."""
    silent = lambda severity, text, remedy: None  # noqa: E731
    return Rings(vault, cache, floor or no_floor(), now_text, lambda name: silent, changed)
