"""Checkpoints: signed tree heads of one log."""

from protocol.errors import NoteError
from protocol.trust.note import Signer, TreeHead, VerifierKey, checkpoint_text, verify_checkpoint
from totebox.errors import VaultDamaged
from totebox.vault.api import Checkpoint, TreeSize


def sign_checkpoint(signer: Signer, tree_size: int, root: bytes) -> Checkpoint:
    """Sign that the log of `signer` has this root at this size. Never call it for rows that are not durable."""
    head = TreeHead(signer.verifier.name, tree_size, root)
    return Checkpoint(head.origin, TreeSize(tree_size), root, signer.sign(checkpoint_text(head)))


def open_checkpoint(note: bytes, key: VerifierKey, where: str) -> Checkpoint:
    """The checkpoint in `note`, verified under `key`.

    Raises:
        VaultDamaged: malformed, of another origin or not signed by `key`; the message begins with `where`, its path.
    """
    try:
        head = verify_checkpoint(note, key)
    except NoteError as error:
        raise VaultDamaged(f"{where}: {error}") from None
    return Checkpoint(head.origin, TreeSize(head.tree_size), head.root, note)
