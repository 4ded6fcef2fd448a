"""Head of one log: the acknowledged tree, its signed checkpoint, and the proofs under it."""

from collections.abc import Sequence

from protocol.errors import ProofError
from protocol.schema.envelope import Proof
from protocol.trust.note import Signer
from protocol.trust.tlog import consistency_path, leaf_hash
from totebox.errors import NoSuchEntry
from totebox.vault.api import Checkpoint, Entry, Proven
from totebox.vault.log.checkpoint import sign_checkpoint
from totebox.vault.log.tiles import Tiles


class LogHead:
    """The acknowledged `size` and `root` of a log's tree. Only `advance` changes them. The caller makes rows durable before it advances."""

    def __init__(self, tiles: Tiles, signer: Signer) -> None:
        self.tiles = tiles
        self._signer = signer
        self._size = tiles.size
        self._rooted = (self._size, tiles.root(self._size))
        self._signed: Checkpoint | None = None

    @property
    def size(self) -> int:
        """Number of acknowledged entries."""
        return self._size

    @property
    def root(self) -> bytes:
        """The root over the acknowledged entries. It is computed when it is read, since most heads of the audit log are never read."""
        return self._root_of(self._size)

    @property
    def checkpoint(self) -> Checkpoint:
        """The signed size and root. It is signed when it is read, since a signature costs as much as the rest of an append here."""
        size, signed = self._size, self._signed
        if signed is None or signed.tree_size != size:
            signed = self._signed = sign_checkpoint(self._signer, size, self._root_of(size))
        return signed

    def at(self, size: int) -> Checkpoint:
        """The checkpoint of an earlier `size`, signed again. Under the same key it has the same bytes as the first time."""
        return sign_checkpoint(self._signer, size, self.tiles.root(size))

    def advance(self, entries: Sequence[Entry]) -> None:
        """Add the leaves of `entries`, which must be durable."""
        if not entries:
            return
        size, first, last = self.tiles.size, entries[0].index, entries[-1].index
        assert (first, last) == (size, size + len(entries) - 1), f"{first} to {last} cannot follow a tree of {size}"
        self.tiles.extend([leaf_hash(entry.leaf) for entry in entries])
        self._size = self.tiles.size

    def prove(self, entry: Entry) -> Proven:
        """Inclusion proof of `entry` under the newest checkpoint; its path is empty when the checkpoint does not cover the entry yet."""
        checkpoint = self.checkpoint
        covered = entry.index < checkpoint.tree_size
        path = self.tiles.path(entry.index, checkpoint.tree_size) if covered else ()
        return Proven(Proof(entry.index, checkpoint.tree_size, entry.leaf, path), checkpoint)

    def consistency(self, old: int) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """The newest checkpoint and the path from size `old` to it.

        Raises:
            NoSuchEntry: `old` is larger than the log.
        """
        checkpoint = self.checkpoint
        try:
            return checkpoint, consistency_path(old, checkpoint.tree_size, self.tiles.node)
        except ProofError as error:
            raise NoSuchEntry(f"{checkpoint.origin}: {error}") from None

    def check_index(self, index: int) -> None:
        """Raises NoSuchEntry when leaf `index` is not acknowledged."""
        if not 0 <= index < self.size:
            raise NoSuchEntry(f"{self._signer.verifier.name} has entries 0 to {self.size - 1}; {index} is not one")

    def _root_of(self, size: int) -> bytes:
        known, root = self._rooted
        if known != size:
            root = self.tiles.root(size)
            self._rooted = (size, root)
        return root
