"""Another key: by rotation, which the old one signs, or by a restore, which is never silent."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from protocol.trust.note import parse_vkey, read_checkpoint, verify_checkpoint, verify_receipt
from protocol.trust.rotation import follow, read_turn
from tests.vault.bench import Bench, line, whole
from totebox.errors import AlreadyServed, ConfigError, ReadOnly, RecordRejected, VaultError
from totebox.vault.api import AuditDraft, Draft, Whole
from totebox.vault.check.verification import verify
from totebox.vault.life.creation import load_identity
from totebox.vault.life.export import check_proof, export_tlog, prove, signer_of
from totebox.vault.life.home import lock
from totebox.vault.life.move import adopt
from totebox.vault.life.rotation import restore, rotate
from totebox.vault.log.journal import AUDIT, RECORDS
from totebox.vault.log.keys import KEY_BYTES, SERVING, load_key, load_signers, make_missing


def rotated(bench: Bench) -> str:
    """Two entries, a rotation, one more; the vkey before it."""
    bench.append(whole(b"a"))
    bench.stop()
    old = load_identity(bench.root).vkey
    rotate(bench.root, entropy=os.urandom, now=bench.clock)
    bench.append(whole(b"b"))
    bench.stop()
    return old


def test_a_rotation_is_an_entry_that_the_old_key_signed(bench: Bench) -> None:
    """Whoever pinned the old key follows the proven entry to the next one, and to nothing else."""
    old = parse_vkey(rotated(bench))
    store = bench.open()
    head = store.head()
    assert head.vkey != old.text() and parse_vkey(head.vkey).name == old.name
    proven = store.prove(Log.RECORDS, 2)
    verify_receipt(proven.proof, proven.checkpoint.note, parse_vkey(head.vkey))
    turn = read_turn(proven.proof.leaf)
    assert turn is not None and follow(old, turn).text() == head.vkey


def test_the_audit_log_turns_with_it(bench: Bench) -> None:
    """Its own row, signed by its own old key."""
    rotated(bench)
    old = parse_vkey(load_identity(bench.root).audit_vkey)
    store = bench.open()
    row = store.logs[Log.AUDIT].entry(2)
    turn = read_turn(row.leaf)
    assert row.kind == "KEY" and turn is not None and follow(old, turn).text() == store.head().audit_vkey


def test_each_key_signs_up_to_its_end(bench: Bench) -> None:
    """The head that covers the key entry is the old key's; the next stored one is the new key's."""
    old = parse_vkey(rotated(bench))
    new = parse_vkey(bench.open().head().vkey)
    verify_checkpoint((bench.root / "ledger/checkpoints/3").read_bytes(), old)
    verify_checkpoint((bench.root / "ledger/checkpoints/4").read_bytes(), new)


def test_a_rotated_vault_verifies_under_either_key(bench: Bench) -> None:
    """The old key vouches through its entry, the new one by itself; a stranger's does not."""
    old = rotated(bench)
    new = bench.open().head().vkey
    bench.stop()
    for key in (None, old, new):
        assert verify(bench.root, vkey=key).findings == ()
    rotate(bench.root, entropy=os.urandom, now=bench.clock)
    assert verify(bench.root, vkey=old).findings == ()


def test_export_and_proofs_go_on_after_a_rotation(bench: Bench, tmp_path: Path) -> None:
    """They are signed by the key that signs now."""
    rotated(bench)
    new = bench.open().head().vkey
    bench.stop()
    export_tlog(bench.root, tmp_path / "out")
    verify_checkpoint((tmp_path / "out/checkpoint").read_bytes(), parse_vkey(new))
    record = bench.root / next((bench.root / "assets/minutebook/00000").glob("00000001-*"))
    assert "entry 1" in check_proof(prove(bench.root, 1), record, new)


def test_a_key_that_no_entry_names_counts_for_nothing(bench: Bench) -> None:
    """A crash between the key and its entry: the old key signs on, and the next attempt takes it up."""
    bench.append(whole(b"a"))
    bench.stop()
    (bench.root / "secret/keys/log-2.key").write_bytes(b"k" * 32)
    (bench.root / "secret/keys/log-2.key").chmod(0o600)
    assert bench.open().head().vkey == load_identity(bench.root).vkey
    bench.close()
    turned = rotate(bench.root, entropy=os.urandom, now=bench.clock)
    assert turned.entry == 2 and bench.open().head().vkey == turned.vkey
    bench.stop()
    assert bench.verify().findings == ()


def test_nobody_else_writes_such_entries(bench: Bench) -> None:
    """Neither a record nor an audit row that claims to hand over is taken from outside."""
    bench.open()
    with pytest.raises(RecordRejected):
        bench.append(Draft("fs", "restored", "x", Whole(b"")))
    assert bench.store is not None
    with pytest.raises(RecordRejected):
        bench.store.planner.plan_audit(AuditDraft("RESTORED", "local", "x"), bench.clock())


def test_a_served_vault_gets_no_other_key(bench: Bench, held: Callable[[], None]) -> None:
    """Stop it first."""
    for turn in (rotate, restore):
        with pytest.raises(AlreadyServed):
            turn(bench.root, entropy=os.urandom, now=bench.clock)


def test_an_old_copy_lives_on_under_another_origin(bench: Bench, tmp_path: Path) -> None:
    """Its next entry cites the old key and the newest checkpoint that somebody kept: never two trees of one origin."""
    bench.append(whole(b"a"))
    bench.stop()
    shutil.copytree(bench.root, tmp_path / "copy")
    kept = bench.append(whole(b"lost")).proven.checkpoint
    bench.stop()
    copy = Bench(tmp_path / "copy", bench.clock)
    turned = restore(copy.root, entropy=os.urandom, now=copy.clock, checkpoint=kept.note)
    identity = load_identity(copy.root)
    assert turned.origin != identity.origin
    store = copy.open()
    assert store.read_only == ""
    head = store.head()
    assert (head.records.origin, head.audit.origin) == (turned.origin, turned.origin + "/audit")
    entry = store.logs[Log.RECORDS].entry(turned.entry)
    assert (entry.kind, entry.subject) == ("restored", turned.vkey) and entry.note.startswith(identity.vkey)
    copy.append(line("after"))
    copy.stop()
    assert copy.verify().findings == ()
    assert verify(copy.root, vkey=turned.vkey).findings == ()


def test_a_key_from_before_a_restore_does_not_vouch_for_it(bench: Bench) -> None:
    """Whoever noted the old key is told which entry it was, and what signs since."""
    bench.append(whole(b"a"))
    bench.stop()
    turned = restore(bench.root, entropy=os.urandom, now=bench.clock)
    (finding,) = verify(bench.root, vkey=load_identity(bench.root).vkey).findings
    assert f"entry {turned.entry}" in finding.found and turned.vkey in finding.found and "restored" in finding.remedy


def test_a_lost_key_is_replaced(bench: Bench) -> None:
    """Nothing of the old private keys is needed; records and their proofs stay."""
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    for name in ("log.key", "audit.key"):
        (bench.root / "secret/keys" / name).rename(bench.root / "cache" / name)
    with pytest.raises(ConfigError):
        bench.open()
    turned = restore(bench.root, entropy=os.urandom, now=bench.clock)
    store = bench.open()
    proven = store.prove(Log.RECORDS, 1)
    verify_receipt(proven.proof, proven.checkpoint.note, parse_vkey(turned.vkey))
    assert read_checkpoint(proven.checkpoint.note).origin == turned.origin
    bench.stop()
    assert bench.verify().findings == ()


def test_a_restore_that_a_crash_cut_off_goes_on(bench: Bench) -> None:
    """Keys were sealed, their entry was not written: the next attempt takes them up, and a start changes nothing."""
    bench.append(whole(b"a"))
    bench.stop()
    for name in ("log-2.key", "audit-2.key"):
        (bench.root / "secret/keys" / name).write_bytes(name.encode().ljust(32))
        (bench.root / "secret/keys" / name).chmod(0o600)
    assert bench.open().head().vkey == load_identity(bench.root).vkey
    bench.close()
    restore(bench.root, entropy=os.urandom, now=bench.clock)
    bench.open()
    bench.stop()
    assert bench.verify().findings == ()


def test_what_cannot_be_restored_is_said(bench: Bench, tmp_path: Path) -> None:
    """A damaged vault, and a checkpoint of another one."""
    bench.append(whole(b"a"))
    bench.stop()
    damaged = bench.copy(tmp_path / "damaged")
    rows = (damaged.root / "ledger/register/000000000000-1.csv").read_bytes()
    (damaged.root / "ledger/register/000000000000-1.csv").write_bytes(rows.replace(b"Acme", b"Acne"))
    with pytest.raises(ReadOnly, match="another root"):
        restore(damaged.root, entropy=os.urandom, now=bench.clock)
    note = (bench.root / "ledger/checkpoints/2").read_bytes()
    with pytest.raises(ConfigError, match="handed in"):
        restore(bench.root, entropy=os.urandom, now=bench.clock, checkpoint=note.replace(b"\n2\n", b"\n3\n"))


def test_a_retired_copy_lives_on_under_another_origin(bench: Bench, tmp_path: Path) -> None:
    """Where the one that it was moved to is lost, it is all there is; it signs nothing under the old origin, and can be moved again."""
    bench.append(whole(b"a"))
    bench.stop()
    copy = tmp_path / "copy"
    shutil.copytree(bench.root, copy)
    adopt(copy)
    assert "os-totebox restore" in bench.open().read_only
    bench.close()
    old = load_identity(bench.root).origin
    assert restore(bench.root, entropy=os.urandom, now=bench.clock).origin != old
    bench.append(whole(b"b"))
    bench.stop()
    assert bench.verify().findings == ()
    shutil.copytree(bench.root, tmp_path / "again")
    assert adopt(tmp_path / "again").retired and "again" in bench.open().read_only


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("lost", ["log", "audit", "both"])
def test_an_outdated_backup_of_the_keys_signs_nothing(bench: Bench, lost: str, used: bool) -> None:
    """Not even where the next key has signed no head yet: the entry that named it is there, so the old key's word has ended."""
    bench.append(whole(b"a"))
    bench.stop()
    rotate(bench.root, entropy=os.urandom, now=bench.clock)
    if used:
        bench.append(whole(b"b"))
        bench.stop()
    before = sorted(path.name for path in (bench.root / "ledger").rglob("*"))
    newer = [
        path for path in (bench.root / "secret/keys").glob("*-*.key") if lost in ("both", path.name.partition("-")[0])
    ]
    kept = {path: path.read_bytes() for path in newer}
    for path in newer:
        path.unlink()
    with pytest.raises(ConfigError, match="older than the vault") as raised:
        bench.open()
    assert "os-totebox restore" in str(raised.value) and any(path.name in str(raised.value) for path in newer)
    assert sorted(path.name for path in (bench.root / "ledger").rglob("*")) == before
    for path, data in kept.items():
        path.write_bytes(data)
        path.chmod(0o600)
    assert bench.open().read_only == ""


def test_a_damaged_checkpoint_is_no_outdated_key(bench: Bench) -> None:
    """The keys are the ones that the log names: what is wrong is said of the checkpoint."""
    bench.append(whole(b"a"))
    bench.stop()
    newest = max((bench.root / "ledger/checkpoints").iterdir(), key=lambda path: int(path.name))
    newest.chmod(0o644)
    newest.write_bytes(b"torn")
    load_signers(bench.root, load_identity(bench.root), (RECORDS.register, AUDIT.register))


def test_a_vault_without_any_key_lives_on(bench: Bench) -> None:
    """What says who the Totebox is is made anew as well, once nobody serves it; what is there stays."""
    bench.append(whole(b"a"))
    bench.stop()
    shutil.rmtree(bench.root / "secret/keys")
    held = lock(bench.root)
    with pytest.raises(AlreadyServed):
        make_missing(bench.root, os.urandom)
    os.close(held)
    assert make_missing(bench.root, os.urandom) == list(SERVING) and make_missing(bench.root, os.urandom) == []
    turned = restore(bench.root, entropy=os.urandom, now=bench.clock)
    assert (bench.root / "secret/keys").stat().st_mode & 0o077 == 0 and len(
        load_key(bench.root, "static.key")
    ) == KEY_BYTES
    assert bench.open().head().vkey == turned.vkey
    bench.stop()
    assert bench.verify().findings == ()


def test_a_proof_is_checked_with_the_key_that_signed_it(bench: Bench) -> None:
    """After a rotation the newest head may still be the old key's; which one it is can be asked, and the other is told apart."""
    bench.append(whole(b"a"))
    bench.stop()
    old = load_identity(bench.root).vkey
    new = rotate(bench.root, entropy=os.urandom, now=bench.clock).vkey
    record = next((bench.root / "assets/minutebook/00000").iterdir())
    for key, other in ((old, new), (new, old)):
        proof = prove(bench.root, 1)
        assert signer_of(bench.root, proof) == key and "entry 1" in check_proof(proof, record, key)
        with pytest.raises(VaultError, match="which one signed"):
            check_proof(proof, record, other)
        bench.append(whole(b"b"))
        bench.stop()
