"""Signed tree heads."""

import pytest

from protocol.trust.note import Signer
from protocol.trust.tlog import EMPTY_ROOT
from totebox.errors import VaultDamaged
from totebox.vault.log.checkpoint import open_checkpoint, sign_checkpoint

SIGNER = Signer("acme-00000000", b"\1" * 32)


def test_what_is_signed_is_opened() -> None:
    """Origin, size and root come back, with the bytes as stored."""
    made = sign_checkpoint(SIGNER, 3, EMPTY_ROOT)
    assert open_checkpoint(made.note, SIGNER.verifier, "here") == made
    assert (made.origin, made.tree_size, made.root) == ("acme-00000000", 3, EMPTY_ROOT)


@pytest.mark.parametrize("note", [b"", b"x", sign_checkpoint(Signer("other", b"\1" * 32), 3, EMPTY_ROOT).note])
def test_anything_else_is_damage_and_says_where(note: bytes) -> None:
    """Malformed, or of another log."""
    with pytest.raises(VaultDamaged, match=r"^ledger/checkpoints/3: "):
        open_checkpoint(note, SIGNER.verifier, "ledger/checkpoints/3")


def test_the_same_head_is_signed_with_the_same_bytes() -> None:
    """So that a checkpoint stored later is the one that was told before."""
    assert sign_checkpoint(SIGNER, 3, EMPTY_ROOT) == sign_checkpoint(SIGNER, 3, EMPTY_ROOT)
