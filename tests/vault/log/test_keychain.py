"""Which key may sign which size."""

from pathlib import Path

import pytest

from protocol.trust.note import Signer
from protocol.trust.rotation import Turn, sign_turn
from tests.vault.bench import Bench, whole
from totebox.vault.life.creation import load_identity
from totebox.vault.life.rotation import rotate
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.keychain import PIECE_BYTES, KeyChain, read_chain, rows_with
from totebox.vault.log.keys import first_keys

ONE, TWO, THREE = Signer("acme", b"\1" * 32), Signer("acme", b"\2" * 32), Signer("acme-2", b"\3" * 32)


@pytest.fixture
def chain() -> KeyChain:
    """A rotation at entry 4, a restore at entry 9."""
    made = KeyChain(ONE.verifier)
    assert made.take(Turn(4, TWO.verifier.text(), sign_turn(ONE, 4, TWO.verifier), False))
    assert made.take(Turn(9, THREE.verifier.text(), "", True))
    return made


def test_each_size_has_its_key(chain: KeyChain) -> None:
    """Up to the head that covers the turn it is the old one; at that size both."""
    assert chain.keys_at(0) == chain.keys_at(4) == [ONE.verifier]
    assert chain.keys_at(5) == [TWO.verifier, ONE.verifier]
    assert chain.keys_at(9) == [TWO.verifier]
    assert chain.keys_at(11) == [THREE.verifier]
    assert (chain.newest, chain.indices) == (THREE.verifier, (4, 9))


def test_a_turn_that_nobody_signed_does_not_count(chain: KeyChain) -> None:
    """It is kept as trouble, with its entry."""
    assert not chain.take(Turn(12, ONE.verifier.text(), "", False))
    assert chain.newest == THREE.verifier and chain.trouble[0][0] == 12


def test_who_vouches(chain: KeyChain) -> None:
    """The newest key does; one from before a restore does not, and a stranger's never did."""
    assert chain.why_not(THREE.verifier) == ""
    assert "restored" in chain.why_not(TWO.verifier) and "entry 9" in chain.why_not(ONE.verifier)
    assert chain.why_not(Signer("acme", b"\7" * 32).verifier)


def test_a_row_counts_only_where_its_index_says(bench: Bench, tmp_path: Path) -> None:
    """A torn copy of the row behind the rows of a register hands nothing over."""
    bench.append(whole(b"a"))
    bench.stop()
    rotate(bench.root, entropy=lambda size: b"k" * size, now=bench.clock)
    (first, _) = first_keys(load_identity(bench.root))
    assert read_chain(bench.root, RECORDS.register, first).indices == (2,)
    register = bench.root / "ledger/register/000000000000-1.csv"
    row = register.read_bytes().splitlines(keepends=True)[-1]
    with register.open("ab") as stream:
        stream.write(row)
    assert read_chain(bench.root, RECORDS.register, first).indices == (2,)


@pytest.mark.parametrize("before", [0, 10, PIECE_BYTES - 40, 3 * PIECE_BYTES])
def test_rows_are_found_wherever_a_piece_ends(tmp_path: Path, before: int) -> None:
    """However long the row before; one without its LF is none, nor is one past the rows that count."""
    row = b"%d,t,a,fs,key,new"
    lines = [b"index", b"x" * before, row % 1, b"y" * PIECE_BYTES, row % 3, row % 4]
    (tmp_path / "register").write_bytes(b"\n".join([*lines, row % 5]))
    for rows, wanted in ((None, [1, 3, 4]), (4, [1, 3]), (1, [])):
        assert rows_with(tmp_path, ("register", 0, rows, (b",fs,key,",))) == [row % number for number in wanted]
