"""The acknowledged end of one log: its checkpoint, and proofs that lead to it."""

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
    """A tree and where it stands: `size` and `root`. `advance` is the only way forward."""

    def __init__(self, tiles: Tiles, signer: Signer) -> None:
        self.tiles = tiles
        self._signer = signer
        self._size = tiles.size
        self._rooted = (self._size, tiles.root(self._size))
        self._signed: Checkpoint | None = None

    @property
    def size(self) -> int:
        """Acknowledged entries."""
        return self._size

    @property
    def root(self) -> bytes:
        """The root over them; hashed when somebody asks: nobody does of most heads of the audit log."""
        return self._root_of(self._size)

    @property
    def checkpoint(self) -> Checkpoint:
        """Both, signed. A head that nobody asks for is never signed: a signature costs as much as everything else here."""
        size, signed = self._size, self._signed
        if signed is None or signed.tree_size != size:
            signed = self._signed = sign_checkpoint(self._signer, size, self._root_of(size))
        return signed

    def at(self, size: int) -> Checkpoint:
        """An earlier head, signed again: the same bytes as then where the key is the same."""
        return sign_checkpoint(self._signer, size, self.tiles.root(size))

    def advance(self, entries: Sequence[Entry]) -> None:
        """Add the leaves of `entries`, which are durable."""
        if not entries:
            return
        size, first, last = self.tiles.size, entries[0].index, entries[-1].index
        assert (first, last) == (size, size + len(entries) - 1), f"{first} to {last} cannot follow a tree of {size}"
        self.tiles.extend([leaf_hash(entry.leaf) for entry in entries])
        self._size = self.tiles.size

    def prove(self, entry: Entry) -> Proven:
        """Inclusion of `entry` under the newest checkpoint; of one that is not covered yet, the checkpoint alone."""
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
