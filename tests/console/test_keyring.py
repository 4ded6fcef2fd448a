"""The keyring on disk."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from console.errors import PairingError
from console.link.keyring import Keyring
from console.link.pairing import StoredPairing
from protocol.errors import KeyFileError
from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm, Role

KEY = DeviceKey(Algorithm.SSH_ED25519, bytes(range(32)))


def paired(number: int = 1, name: str = "Acme Holdings") -> StoredPairing:
    return StoredPairing(
        f"{number:016x}", name, "unix:/run/a.sock", bytes(32), KEY, bytes([7] * 32), Role.ADMIN, "v+1+x", "a+1+y"
    )


def test_keys_are_made_once(tmp_path: Path) -> None:
    """The first use makes both keys; every later one finds them."""
    first, again = Keyring(tmp_path / "ring"), Keyring(tmp_path / "ring")
    assert first.static() == again.static()
    assert first.binder().key == again.binder().key
    assert first.binder().provider == "file"
    assert first.static().public != first.binder().key.public


def test_everything_is_the_owners_alone(tmp_path: Path) -> None:
    """Every file is 0600 and every directory 0700."""
    ring = Keyring(tmp_path / "ring")
    ring.static()
    ring.binder()
    ring.store(paired())
    ring.seen.put("acme-1", b"acme-1\n3\nAAAA\n\n- sig\n")
    modes = {each.is_dir(): stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "ring").rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
    assert stat.S_IMODE((tmp_path / "ring").stat().st_mode) == 0o700


def test_an_empty_keyring_makes_nothing(tmp_path: Path) -> None:
    """Looking at pairings leaves no trace."""
    assert Keyring(tmp_path / "ring").pairings() == []
    assert not (tmp_path / "ring").exists()


def test_a_pairing_comes_back_as_it_was(tmp_path: Path) -> None:
    """Final and provisional pairings survive a restart, byte for byte."""
    provisional = replace(paired(2, "birch"), subject_key=None, role=None, vkey="", audit_vkey="")
    Keyring(tmp_path).store(paired())
    Keyring(tmp_path).store(provisional)
    assert Keyring(tmp_path).pairings() == [paired(), provisional]


def test_a_final_pairing_takes_the_place_of_the_provisional_one(tmp_path: Path) -> None:
    """One Totebox has one pairing."""
    ring = Keyring(tmp_path)
    ring.store(replace(paired(), subject_key=None, role=None))
    ring.store(paired())
    assert ring.pairings() == [paired()]


def test_a_name_is_numbered_when_it_is_taken(tmp_path: Path) -> None:
    """Two Toteboxes never have the same name here; one keeps its own."""
    ring = Keyring(tmp_path)
    ring.store(paired(1))
    ring.store(paired(2, "acme holdings 2"))
    assert ring.free_name("ACME Holdings", f"{3:016x}") == "ACME Holdings 3"
    assert ring.free_name("Acme Holdings", f"{1:016x}") == "Acme Holdings"


def test_move_changes_the_address_alone(tmp_path: Path) -> None:
    """The keys stay, so that another Totebox at the address is refused."""
    ring = Keyring(tmp_path)
    ring.store(paired())
    ring.move("acme holdings", "tcp:vault.example:4100")
    assert ring.pairings() == [replace(paired(), uri="tcp:vault.example:4100")]


def test_move_says_what_is_wrong(tmp_path: Path) -> None:
    """An unknown name lists the known ones; an address that is none is refused."""
    ring = Keyring(tmp_path)
    ring.store(paired())
    with pytest.raises(PairingError, match="no pairing is called 'x'; there are: 'Acme Holdings'"):
        ring.move("x", "tcp:a:1")
    with pytest.raises(PairingError, match="no address"):
        ring.move("Acme Holdings", "vault.example")


def test_a_pairing_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    """Four digits of the id are enough; what fits several is refused."""
    ring = Keyring(tmp_path)
    ring.store(paired(1))
    ring.store(paired(2, "Birch"))
    assert ring.named(f"{2:016x}").name == "Birch"
    with pytest.raises(PairingError, match="several pairings are called '0000'"):
        ring.named("0000")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1}', '{"format": 1, "subject_key": 3}'])
def test_a_damaged_pairing_is_named(tmp_path: Path, damage: str) -> None:
    """A file that is damaged is an error with its path and a way out; it is not skipped in silence."""
    ring = Keyring(tmp_path)
    ring.store(paired())
    (tmp_path / "pairings" / f"{1:016x}.json").write_text(damage)
    with pytest.raises(KeyFileError, match=r"0001\.json: is damaged .* pair again"):
        ring.pairings()


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A file of a newer program is not guessed at."""
    ring = Keyring(tmp_path)
    ring.store(paired())
    path = tmp_path / "pairings" / f"{1:016x}.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(KeyFileError, match="format 2, this program reads 1"):
        ring.pairings()
