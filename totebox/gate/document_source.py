"""The functions that the Input Machine uses to read documents. The daemon hands them in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.chart import Account
from totebox.service.contract import Claim, Document, Sealing
from totebox.service.keepers import Keeper, Suggestion
from totebox.vault.api import Draft, LeafIndex


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """The functions that the daemon hands in.

    `read(path, name, device)` reads a staged original in a worker process, when it is that device's turn, and returns
    the document and its claims. `suggest(document, name)` gives the account and the service that are suggested for it.
    `chart()` gives the accounts. `sealed(sha256)` gives the record that already has these bytes, `superseded_by(index)`
    the newest original that supersedes original `index`. `compose(service, sealing)` gives the further drafts of the
    batch. `keepers` are the services that keep originals.
    """

    read: Callable[[Path, str, str], Awaitable[tuple[Document, tuple[Claim, ...]]]]
    suggest: Callable[[Document, str], Awaitable[Suggestion]]
    chart: Callable[[], Sequence[Account]]
    sealed: Callable[[bytes], Awaitable[int | None]]
    superseded_by: Callable[[LeafIndex], Awaitable[LeafIndex | None]]
    compose: Callable[[str, Sealing], Awaitable[Sequence[Draft]]]
    keepers: tuple[Keeper, ...]
