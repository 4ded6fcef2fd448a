"""Provisioning: all or nothing, and what lies there afterwards."""

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from protocol.trust.note import parse_vkey
from tests.vault.bench import Bench, stamp
from totebox.errors import ConfigError, DiskFull, NewerFormat
from totebox.vault.disk.calls import Calls
from totebox.vault.life.creation import create, load_identity
from totebox.vault.log.identity import IDENTITY_FILE, identity_text, origin_of, parse_identity
from totebox.vault.log.journal import AUDIT, RECORDS
from totebox.vault.log.keys import KEY_FILES, first_keys, load_key, load_signers


class Full(Calls):
    """A disk without room for anything but names."""

    def write(self, descriptor: int, data: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_fresh_vault_is_clean_and_private(bench: Bench) -> None:
    """It verifies; its keys are 32 bytes that only their owner reads; the three directories are there."""
    assert bench.verify().findings == ()
    for name in KEY_FILES:
        assert stat.S_IMODE((bench.root / "secret/keys" / name).stat().st_mode) == 0o600
        assert len(load_key(bench.root, name)) == 32
    assert all((bench.root / name).is_dir() for name in ("app-console-input", "assets", "ledger"))


def test_one_origin_never_names_two_trees(bench: Bench) -> None:
    """The origin is the slug and the log key's first digits; the audit log's ends in /audit; the vkeys are named so."""
    identity = load_identity(bench.root)
    records, audit = parse_vkey(identity.vkey), parse_vkey(identity.audit_vkey)
    assert identity.origin == f"acme-holdings-{records.public.hex()[:8]}" == records.name
    assert audit.name == identity.origin + "/audit" and audit.public != records.public


@pytest.mark.parametrize("entity", ["", " ", "a\nb", "x" * 300])
def test_an_entity_has_a_proper_name(tmp_path: Path, entity: str) -> None:
    """One line of text."""
    with pytest.raises(ConfigError):
        create(tmp_path / "v", entity, "corporation", entropy=os.urandom, now=stamp(0))
    assert not (tmp_path / "v").exists()


def test_what_is_there_is_not_touched(tmp_path: Path, bench: Bench) -> None:
    """A directory with something in it, or a vault, is refused; an empty one is taken."""
    with pytest.raises(ConfigError, match="empty"):
        create(bench.root, "Acme", "corporation", entropy=os.urandom, now=stamp(0))
    (tmp_path / "empty").mkdir()
    create(tmp_path / "empty", "Acme", "corporation", entropy=os.urandom, now=stamp(0))


def test_a_failure_on_the_way_leaves_no_vault(tmp_path: Path) -> None:
    """When randomness runs dry in the middle, the place stays empty."""
    drawn: list[int] = []

    def dry(count: int) -> bytes:
        drawn.append(count)
        if len(drawn) > 3:
            raise OSError("no randomness left")
        return os.urandom(count)

    with pytest.raises(ConfigError, match="no randomness left"):
        create(tmp_path / "v", "Acme", "corporation", entropy=dry, now=stamp(0))
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize("entity", ['say "hi": # \\', "Ünïcode ☃", "- a", "null", "契約"])
def test_any_name_survives_the_identity_file(bench: Bench, entity: str) -> None:
    """Quotes, colons, other scripts: read back as written, and the origin stays plain."""
    identity = load_identity(bench.root)
    other = parse_identity(identity_text(identity).replace("Acme Holdings", "x"))
    assert other.entity == "x"
    assert origin_of(entity, b"\1" * 32).isascii()


def test_a_newer_format_is_named() -> None:
    """Nothing of it is guessed at."""
    with pytest.raises(NewerFormat, match="format 9"):
        parse_identity("format: 9\nanything: at all\n")


@pytest.mark.parametrize("text", ["", "format: x\n", "format: 2\n", "format: 2\nentity: Acme\n"])
def test_a_damaged_identity_is_said(text: str) -> None:
    """Missing or malformed lines."""
    with pytest.raises(ConfigError):
        parse_identity(text)


def test_a_foreign_or_open_key_is_refused(bench: Bench) -> None:
    """Another key than the identity names, or one that others can read."""
    path = bench.root / "secret/keys/log.key"
    path.write_bytes(b"\1" * 32)
    with pytest.raises(ConfigError, match="not the key"):
        load_signers(bench.root, load_identity(bench.root), (RECORDS.register, AUDIT.register))
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(bench.root, "log.key")
    path.unlink()
    with pytest.raises(ConfigError, match="backup"):
        load_key(bench.root, "log.key")


@pytest.mark.parametrize("length", [1, 246, 255])
def test_a_name_may_be_as_long_as_names_may_be(tmp_path: Path, length: int) -> None:
    """What it is made under meanwhile is no longer."""
    root = tmp_path / ("v" * length)
    assert create(root, "Acme", "corporation", entropy=os.urandom, now=stamp(0)) == load_identity(root)
    assert [path.name for path in tmp_path.iterdir()] == [root.name]


def test_what_was_begun_is_named_where_something_was(tmp_path: Path) -> None:
    """Keys may lie in it. Where nothing could be made, nothing is named."""
    with pytest.raises(DiskFull, match="what was begun lies at") as raised:
        create(tmp_path / "v", "Acme", "corporation", entropy=os.urandom, now=stamp(0), calls=Full())
    (begun,) = tmp_path.iterdir()
    assert str(begun) in str(raised.value)
    (begun / "totebox.yaml").touch()
    with pytest.raises(ConfigError) as refused:
        create(begun / "totebox.yaml/v", "Acme", "corporation", entropy=os.urandom, now=stamp(0))
    assert "lies at" not in str(refused.value)


def test_an_identity_that_cannot_be_read_is_not_made_anew(bench: Bench) -> None:
    """Damaged, it is to be restored; only where there is none, a vault can be made."""
    path = bench.root / IDENTITY_FILE
    path.chmod(0o644)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"damaged.*restore it"):
        load_identity(bench.root)
    path.unlink()
    with pytest.raises(ConfigError, match="os-totebox init"):
        load_identity(bench.root)
    path.mkdir()
    with pytest.raises(ConfigError, match="is a folder, not a plain file"):
        load_identity(bench.root)


def test_a_lost_key_has_its_remedy(bench: Bench) -> None:
    """The log goes on under another key without its own; who the Totebox is does not."""
    for name, remedy in (("log.key", True), ("static.key", False)):
        (bench.root / "secret/keys" / name).unlink()
        with pytest.raises(ConfigError, match="backup") as raised:
            load_key(bench.root, name)
        assert ("os-totebox restore" in str(raised.value)) is remedy


def test_a_key_that_the_identity_names_wrongly_is_said_with_its_file(bench: Bench) -> None:
    """What, where and what to do."""
    broken = replace(load_identity(bench.root), vkey="bla")
    with pytest.raises(ConfigError, match=r"totebox\.yaml: .* restore the file"):
        first_keys(broken)
