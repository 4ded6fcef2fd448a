"""What the Input Machine asks of those who can read documents: the rest of the Totebox is handed in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from totebox.reference.chart import Account
from totebox.service.contract import Claim, Document, Sealing
from totebox.service.keepers import Keeper, Suggestion
from totebox.vault.api import Draft


@dataclass(frozen=True, slots=True)
class Reading:
    """Handed in by the daemon.

    `read(path, name, device)` reads a staged original in a process of its own, when it is that device's turn: what it is, and what
    it claims; `suggest(document, name)`
    says where it might go and who would keep it, `chart()` where it can; `sealed(sha256)` the record that has these bytes already;
    `compose(service, sealing)` the further drafts of the batch; `keepers` the services that keep originals.
    """

    read: Callable[[Path, str, str], Awaitable[tuple[Document, tuple[Claim, ...]]]]
    suggest: Callable[[Document, str], Awaitable[Suggestion]]
    chart: Callable[[], Sequence[Account]]
    sealed: Callable[[bytes], Awaitable[int | None]]
    compose: Callable[[str, Sealing], Awaitable[Sequence[Draft]]]
    keepers: tuple[Keeper, ...]
