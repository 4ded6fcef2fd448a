"""One log on disk: checkpoints, tiles, rows."""

import pytest

from protocol.schema.numbers import Log
from protocol.trust.note import Signer
from tests.vault.bench import Bench, line, whole
from totebox.errors import VaultDamaged
from totebox.vault.life.creation import load_identity
from totebox.vault.log.journal import (
    CHECKPOINT_NAME,
    RECORDS,
    newest_checkpoint,
    stored_checkpoint,
    stored_sizes,
    tile_path,
)
from totebox.vault.log.keychain import KeyChain
from totebox.vault.log.keys import first_keys


def chain(bench: Bench) -> KeyChain:
    return KeyChain(first_keys(load_identity(bench.root))[0])


def test_stored_checkpoints_are_listed_from_the_newest(bench: Bench) -> None:
    """Each verifies under the key of its size; under another it is damage."""
    bench.append(whole(b"a"))
    bench.stop()
    assert stored_sizes(bench.root, RECORDS) == [2, 1]
    newest = newest_checkpoint(bench.root, RECORDS, chain(bench))
    assert newest is not None and newest.tree_size == 2
    stranger = KeyChain(Signer(load_identity(bench.root).origin, b"\3" * 32).verifier)
    with pytest.raises(VaultDamaged, match="not signed"):
        stored_checkpoint(bench.root, RECORDS, 1, stranger)


@pytest.mark.parametrize(
    ("name", "fits"), [("7", True), ("0", True), ("7.desk", True), ("07", False), ("7.", False), ("x", False)]
)
def test_names_of_checkpoints(name: str, fits: bool) -> None:
    """A size, or a size and a witness."""
    assert bool(CHECKPOINT_NAME.fullmatch(name)) is fits


def test_a_checkpoint_is_stored_once(bench: Bench) -> None:
    """A second time changes nothing, even after a restart."""
    bench.append(whole(b"a"))
    bench.stop()
    before = (bench.root / "ledger/checkpoints/2").stat().st_ino
    journal = bench.open().logs[Log.RECORDS]
    journal.note_checkpoint()
    assert (bench.root / "ledger/checkpoints/2").stat().st_ino == before


def test_full_tiles_wait_for_company(bench: Bench) -> None:
    """They are written whole, together, and a tile that has its name stays as it is."""
    journal = bench.open().logs[Log.RECORDS]
    bench.append(*(line(str(number)) for number in range(600)))
    journal.note_tiles(least=3)
    path = bench.root / tile_path(RECORDS, 0, 0)
    assert not path.exists()
    journal.note_tiles()
    assert path.stat().st_size == 8_192 and (bench.root / tile_path(RECORDS, 0, 1)).exists()


def test_a_row_that_says_it_is_another_is_damage(bench: Bench) -> None:
    """Its place and its index must agree."""
    bench.append(whole(b"a"))
    bench.stop()
    register = bench.root / "ledger/register/000000000000-1.csv"
    journal = bench.open().logs[Log.RECORDS]
    register.write_bytes(register.read_bytes().replace(b"\n1,", b"\n7,"))
    with pytest.raises(VaultDamaged):
        journal.entry(1)
