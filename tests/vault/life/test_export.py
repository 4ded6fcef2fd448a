"""Leaving with proofs: a tile tree that a stranger recomputes, and one record with its proof."""

import struct
from pathlib import Path

import pytest

from protocol.trust.note import parse_vkey, verify_checkpoint
from protocol.trust.tlog import leaf_hash, node_hash, root_hash
from tests.vault.bench import Bench, line, whole
from totebox.errors import ConfigError, NoSuchEntry, VaultDamaged, VaultError
from totebox.vault.life.creation import load_identity
from totebox.vault.life.export import check_proof, export_tlog, prove


def furnish(bench: Bench, count: int) -> None:
    bench.append(whole(b"a"), *(line(str(number)) for number in range(count)))
    bench.stop()


@pytest.mark.parametrize("count", [1, 253, 254, 255, 700])
def test_the_tree_leads_to_its_checkpoint(bench: Bench, tmp_path: Path, count: int) -> None:
    """From the exported entries alone the signed root comes out, and the leaf tiles hold their hashes."""
    furnish(bench, count)
    export_tlog(bench.root, tmp_path / "out")
    head = verify_checkpoint((tmp_path / "out/checkpoint").read_bytes(), parse_vkey(load_identity(bench.root).vkey))
    leaves = list(_entries(tmp_path / "out/tile/entries"))
    hashes = [leaf_hash(leaf) for leaf in leaves]

    def node(level: int, index: int) -> bytes:
        return hashes[index] if level == 0 else node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    assert (head.tree_size, head.root) == (len(leaves), root_hash(len(leaves), node))
    assert b"".join(path.read_bytes() for path in _tiles(tmp_path / "out/tile/0")) == b"".join(hashes)


def _tiles(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _entries(folder: Path) -> list[bytes]:
    found: list[bytes] = []
    for path in _tiles(folder):
        data = path.read_bytes()
        while data:
            (length,) = struct.unpack(">H", data[:2])
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    return found


def test_a_place_with_something_in_it_is_refused(bench: Bench, tmp_path: Path) -> None:
    """An export never mixes with what is there."""
    (tmp_path / "x").write_text("mine")
    with pytest.raises(ConfigError):
        export_tlog(bench.root, tmp_path)


def test_a_record_is_proved_with_its_file(bench: Bench) -> None:
    """Proof, record and key agree; a line is proved with the segment that holds it."""
    furnish(bench, 300)
    vkey = load_identity(bench.root).vkey
    original = next((bench.root / "assets/minutebook/00000").iterdir())
    segment = next((bench.root / "assets/people/claims").iterdir())
    assert "entry 1" in check_proof(prove(bench.root, 1), original, vkey)
    assert "entry 77" in check_proof(prove(bench.root, 77), segment, vkey)


def test_what_does_not_agree_is_refused(bench: Bench, tmp_path: Path) -> None:
    """Another record, another key, a bent proof, an index that is not there."""
    furnish(bench, 3)
    proof, vkey = prove(bench.root, 1), load_identity(bench.root).vkey
    original = next((bench.root / "assets/minutebook/00000").iterdir())
    (tmp_path / "other").write_bytes(b"b")
    with pytest.raises(VaultError, match="not the record"):
        check_proof(proof, tmp_path / "other", vkey)
    with pytest.raises(VaultError, match="does not hold"):
        check_proof(proof, original, load_identity(bench.root).audit_vkey)
    with pytest.raises(VaultError, match="does not hold"):
        check_proof(proof.replace(b"index 1", b"index 2"), original, vkey)
    with pytest.raises(ConfigError):
        check_proof(proof, tmp_path / "missing", vkey)
    with pytest.raises(NoSuchEntry):
        prove(bench.root, 99)


@pytest.mark.parametrize("state", ["as it is", "missing", "wrong"])
def test_a_proof_needs_no_tile(bench: Bench, state: str) -> None:
    """The rows lead to it, whatever became of the tiles."""
    furnish(bench, 700)
    whole_proof = prove(bench.root, 300)
    for tile in _tiles(bench.root / "cache/tiles/records"):
        tile.chmod(0o644)
        if state == "missing":
            tile.unlink()
        elif state == "wrong":
            tile.write_bytes(bytes(len(tile.read_bytes())))
    assert prove(bench.root, 300) == whole_proof


def test_a_row_that_was_changed_is_not_proved(bench: Bench) -> None:
    """The rows lead to another root than the one that was signed."""
    furnish(bench, 700)
    register = bench.root / "ledger/register/000000000000-1.csv"
    register.write_bytes(register.read_bytes().replace(b",claim,299,", b",claim,298,"))
    with pytest.raises(VaultDamaged, match="do not lead to checkpoint"):
        prove(bench.root, 301)


def test_a_tree_is_not_written_into_the_vault(bench: Bench, tmp_path: Path) -> None:
    """Its files would be nobody's there; a link that leads inside is inside."""
    (tmp_path / "link").symlink_to(bench.root / "assets")
    for out in (bench.root / "out", bench.root / "assets/out", tmp_path / "link/out"):
        with pytest.raises(ConfigError, match="outside"):
            export_tlog(bench.root, out)
    assert bench.verify().findings == ()


@pytest.mark.parametrize("lost", [1, 300])
def test_a_register_that_is_too_short_proves_nothing(bench: Bench, lost: int) -> None:
    """Not even of rows that are there: the checkpoint covers more than these."""
    furnish(bench, 700)
    register = bench.root / "ledger/register/000000000000-1.csv"
    rows = register.read_bytes().splitlines(keepends=True)
    register.write_bytes(b"".join(rows[:-lost]))
    with pytest.raises(VaultDamaged, match="rows are missing"):
        prove(bench.root, 5)


def test_what_is_missing_is_said(bench: Bench) -> None:
    """No register, and a newest checkpoint that is none: which, and what to do."""
    furnish(bench, 3)
    for register in (bench.root / "ledger/register").iterdir():
        register.unlink()
    with pytest.raises(VaultDamaged, match="ledger/register holds no register; restore"):
        prove(bench.root, 1)
    newest = max((bench.root / "ledger/checkpoints").iterdir(), key=lambda path: int(path.name))
    newest.chmod(0o644)
    newest.write_bytes(b"\xff")
    for read in (lambda: prove(bench.root, 1), lambda: export_tlog(bench.root, bench.root.parent / "out")):
        with pytest.raises(VaultDamaged, match=f"{newest.name}.*os-totebox verify"):
            read()
