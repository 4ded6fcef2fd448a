"""The acknowledged end of one log: its checkpoint, and proofs that lead to it."""

from protocol.errors import ProofError
from protocol.schema.envelope import Proof
from protocol.trust.note import Signer
from protocol.trust.tlog import EMPTY_ROOT, consistency_path, inclusion_path, leaf_hash
from totebox.errors import NoSuchEntry
from totebox.vault.api import Checkpoint, Entry, Proven
from totebox.vault.checkpoint import sign_checkpoint
from totebox.vault.tiles import Tiles


class LogHead:
    """A tree and the newest checkpoint over it. `advance` is the only way forward."""

    def __init__(self, tiles: Tiles, signer: Signer) -> None:
        self.tiles = tiles
        self._signer = signer
        self.checkpoint: Checkpoint = sign_checkpoint(
            signer, tiles.size, tiles.root(tiles.size) if tiles.size else EMPTY_ROOT
        )

    def advance(self, entries: tuple[Entry, ...] | list[Entry]) -> None:
        """Add the leaves of `entries`, which are durable, and sign the new head."""
        if not entries:
            return
        for entry in entries:
            assert entry.index == self.tiles.size, f"entry {entry.index} cannot follow a tree of {self.tiles.size}"
            self.tiles.append(leaf_hash(entry.leaf))
        self.checkpoint = sign_checkpoint(self._signer, self.tiles.size, self.tiles.root(self.tiles.size))

    def prove(self, entry: Entry) -> Proven:
        """Inclusion of `entry` under the newest checkpoint; of one that is not covered yet, the checkpoint alone."""
        checkpoint = self.checkpoint
        covered = entry.index < checkpoint.tree_size
        path = inclusion_path(entry.index, checkpoint.tree_size, self.tiles.node) if covered else ()
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
        if not 0 <= index < self.checkpoint.tree_size:
            raise NoSuchEntry(
                f"{self.checkpoint.origin} has entries 0 to {self.checkpoint.tree_size - 1}; {index} is not one"
            )
