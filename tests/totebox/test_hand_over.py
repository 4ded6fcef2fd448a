"""`os-totebox hand-over`: a record in a folder that sh, coreutils, sed, awk and openssl check, wherever it is."""

import base64
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.schema.note_fields import note_text
from protocol.schema.numbers import AuditKind, Decision, Log
from protocol.schema.session import Algorithm, DeviceKey
from protocol.trust.approval import Approval, ListedClaim, approval_bytes
from protocol.trust.cosignature import Witness
from protocol.trust.keys import fingerprint, verify_device
from tests.openssl import needs_openssl
from tests.patience import WAIT_S
from tests.totebox.test_daemon import seal
from tests.totebox.vaults import picture
from tests.vault.bench import ACTOR, Bench, line, whole
from totebox.errors import NoSuchEntry
from totebox.vault.api import AuditDraft, Batch, Draft, Line, Member, Whole
from totebox.vault.commit.plan import Outcome
from totebox.vault.life.creation import create, load_identity
from totebox.vault.life.hand_over import hand_over
from totebox.vault.life.rotation import restore, rotate
from totebox.vault.log.cosignatures import cosigned, cosigned_row
from totebox.vault.log.journal import RECORDS

pytestmark = needs_openssl
LEASE = b"the lease of unit 4"
SUBJECT = DeviceKey(Algorithm.SSH_ED25519, bytes(32))
WITNESS = Witness("witness.example.com/w1", b"\5" * 32)


class Device:
    """A device key of one algorithm, which signs."""

    def __init__(self, algorithm: Algorithm, seed: int) -> None:
        self._ed25519, self._p256 = (
            Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32),
            derive_private_key(seed, SECP256R1()),
        )
        self._algorithm = algorithm
        public = self._ed25519.public_key().public_bytes_raw()
        if algorithm is Algorithm.ECDSA_P256:
            public = self._p256.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.key = DeviceKey(algorithm, public + (b"ssh:" if algorithm is Algorithm.SK_SSH_ED25519 else b""))

    def sign(self, data: bytes) -> bytes:
        match self._algorithm:
            case Algorithm.SSH_ED25519:
                return self._ed25519.sign(data)
            case Algorithm.ECDSA_P256:
                r, s = decode_dss_signature(self._p256.sign(data, ECDSA(hashes.SHA256())))
                return r.to_bytes(32, "big") + s.to_bytes(32, "big")
            case _:
                flags = b"\1\0\0\0\7"
                signed = hashlib.sha256(b"ssh:").digest() + flags + hashlib.sha256(data).digest()
                return self._ed25519.sign(signed) + flags


def write(bench: Bench, row: AuditDraft) -> None:
    """One row of the audit log."""
    store = bench.store or bench.open()
    store.commit([store.planner.plan_audit(row, bench.clock())], {})


def pair(bench: Bench, device: Device, label: str = "desk", person: str = "Ada Lovelace") -> str:
    """The rows DEVICE and PAIRED; the fingerprint."""
    name = fingerprint(device.key)
    public = base64.b64encode(device.key.public).decode()
    fields = (("algorithm", device.key.algorithm.name), ("public", public), ("label", label), ("person", person))
    write(bench, AuditDraft(AuditKind.DEVICE, name, name, note_text(fields)))
    write(bench, AuditDraft(AuditKind.PAIRED, name, name, "INPUT to desk (file) by ticket 00"))
    return name


def approve(
    bench: Bench,
    device: Device,
    data: bytes = LEASE,
    intake: str = "dc48c4796874e0aa",
    claims: int = 2,
    about: bytes = b"",
    signer: Device | None = None,
) -> range:
    """A document and its claims, as a confirmation seals them; the indices of the entries. `signer` signs, `about` is what was approved."""
    name = fingerprint(device.key)
    listed = tuple(
        ListedClaim(number, "person", f"Ada {number}", "", 1, 0, 0, 5, "label/1", Decision.YES)
        for number in range(claims)
    )
    for claim in listed:
        write(bench, AuditDraft(AuditKind.RECORD_VERIFIED, name, f"{intake} claim {claim.number}", "person, yes"))
    message = approval_bytes(
        Approval(intake, hashlib.sha256(about or data).digest(), listed, "2000", "minutebook", None), SUBJECT, ""
    )
    signature = (signer or device).sign(message)
    verify_device((signer or device).key, message, signature)
    fields = (("approval", base64.b64encode(message).decode()), ("signature", base64.b64encode(signature).decode()))
    audit = AuditDraft(AuditKind.APPROVED, name, intake, note_text(fields, "seal lease.pdf; approval=AAAA"), intake * 2)
    drafts = (
        Draft("minutebook", "original", "lease.pdf", Whole(data), "lease.pdf"),
        Draft("minutebook", "text", "lease.pdf", Whole(data + b" as text"), "lease.md", source=Member(0)),
        *(
            Draft(
                "people",
                "claim",
                claim.value,
                Line("claims", ("anchor", "value"), ("ada", claim.value)),
                source=Member(0),
            )
            for claim in listed
        ),
    )
    store = bench.store or bench.open()
    planned = store.planner.plan_batch(Batch(name, intake * 2, b"\2" * 32, audit, drafts), bench.clock())
    assert isinstance(planned, Outcome)
    store.commit([planned], {})
    return range(planned.entries[0].index, planned.entries[-1].index + 1)


@pytest.fixture(
    params=[Algorithm.SSH_ED25519, Algorithm.ECDSA_P256, Algorithm.SK_SSH_ED25519], ids=lambda each: each.name
)
def device(request: pytest.FixtureRequest) -> Device:
    return Device(request.param, 7)


@pytest.fixture
def held() -> Device:
    return Device(Algorithm.SSH_ED25519, 7)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    create(tmp_path / "v", "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    bench = Bench(tmp_path / "v")
    bench.append(line("nobody"), whole(b"an invoice", "invoice.pdf"))
    return bench


def check(folder: Path, *arguments: str, shell: str = "sh") -> "subprocess.CompletedProcess[str]":
    """CHECK.sh, run from elsewhere with nothing but the system's programs."""
    return subprocess.run(
        [shell, str(folder / "CHECK.sh"), *arguments], cwd="/", env={"PATH": "/usr/bin:/bin"}, timeout=WAIT_S,
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip


def invoice(bench: Bench) -> int:
    """The entry of the invoice."""
    rows = (bench.root / "ledger/register/000000000000-1.csv").read_text().splitlines()
    return next(int(row.partition(",")[0]) for row in rows if ",invoice.pdf," in row)


def handed(bench: Bench, out: Path, index: int) -> Path:
    bench.stop()
    hand_over(bench.root, index, out, entropy=os.urandom)
    return out


def test_a_folder_says_that_it_agrees_and_who_approved(bench: Bench, device: Device, tmp_path: Path) -> None:
    """The original, its text and its claims, signed by a key of each algorithm; the device's label and person are named."""
    pair(bench, device)
    entries = approve(bench, device)
    for index in entries:
        folder = handed(bench, tmp_path / str(index), index)
        done = check(folder, load_identity(bench.root).vkey)
        assert done.returncode == 0 and done.stdout.startswith("AGREES: record/") and not done.stderr, done
        assert f"entry {index} of {load_identity(bench.root).origin}" in done.stdout
        assert f"signed by the device {fingerprint(device.key)} (desk), used by Ada Lovelace" in done.stdout
    assert len(entries) == 4


def test_the_folder_holds_the_record_its_rows_and_the_approval(bench: Bench, held: Device, tmp_path: Path) -> None:
    """The file, rows with their paths, answers, APPROVED, DEVICE and PAIRED; of another document and device nothing."""
    other = Device(Algorithm.SSH_ED25519, 9)
    pair(bench, other, "another")
    approve(bench, other, b"another lease", "0000000000000001")
    pair(bench, held)
    original = approve(bench, held)[0]
    folder = handed(bench, tmp_path / "out", original)
    assert next((folder / "record").iterdir()).read_bytes() == LEASE
    assert (folder / "entry").read_text() == f"{original}\n"
    kinds = [
        path.read_text().split(",")[4]
        for path in sorted((folder / "audit").glob("*.row"), key=lambda path: int(path.stem))
    ]
    assert kinds == ["DEVICE", "PAIRED", "RECORD_VERIFIED", "RECORD_VERIFIED", "APPROVED"]
    assert {path.stem for path in (folder / "records").glob("*.row")} == {"0", str(original)}
    assert os.access(folder / "CHECK.sh", os.X_OK) and "sh CHECK.sh VKEY" in (folder / "READ-ME.txt").read_text()


def test_a_record_that_no_person_approved_names_its_audit_row(bench: Bench, tmp_path: Path) -> None:
    """A command's own record, and entry 0: the row is there, and no signature is spoken of."""
    for index, kind in ((0, "CREATED"), (invoice(bench), "COMMAND")):
        done = check(handed(bench, tmp_path / kind, index))
        assert done.returncode == 0 and f"({kind})" in done.stdout and "signed by the device" not in done.stdout, done
        assert "Compare this vkey" in done.stdout


def test_every_other_shell_that_is_here_agrees(bench: Bench, held: Device, tmp_path: Path) -> None:
    """dash and bash, as they are installed."""
    pair(bench, held)
    folder = handed(bench, tmp_path / "out", approve(bench, held)[0])
    shells = [shell for shell in ("dash", "bash") if shutil.which(shell)]
    assert shells and all(check(folder, shell=shell).returncode == 0 for shell in shells)


def test_a_folder_of_a_rotated_log_follows_the_key(bench: Bench, held: Device, tmp_path: Path) -> None:
    """Entry 0 names the first key; the rows that hand over to later ones come along; either key can be given."""
    pair(bench, held)
    original, first = approve(bench, held)[0], load_identity(bench.root).vkey
    bench.stop()
    turned = rotate(bench.root, entropy=os.urandom, now=bench.clock)
    bench.append(line("later"))
    folder = handed(bench, tmp_path / "out", original)
    for vkey in (first, turned.vkey):
        done = check(folder, vkey)
        assert done.returncode == 0 and turned.vkey in done.stdout, done
    (folder / f"records/{turned.entry}.row").write_text((folder / "records/0.row").read_text())
    assert check(folder).returncode == 1


def test_a_folder_of_a_restored_log_does_not_answer_to_the_key_before(bench: Bench, tmp_path: Path) -> None:
    """Nobody signed for the key that goes on."""
    bench.stop()
    first, turned = load_identity(bench.root).vkey, restore(bench.root, entropy=os.urandom, now=bench.clock)
    folder = handed(bench, tmp_path / "out", invoice(bench))
    assert check(folder, turned.vkey).returncode == 0
    done = check(folder, first)
    assert done.returncode == 1 and "WRONG the log is not the one of" in done.stdout


def test_a_cosigned_head_is_taken_and_checked(bench: Bench, held: Device, tmp_path: Path) -> None:
    """The newest head that a witness cosigned, under the key that the row COSIGNED states; a bent cosignature is wrong."""
    pair(bench, held)
    original = approve(bench, held)[0]
    assert bench.store is not None
    head = bench.store.logs[Log.RECORDS].head
    name, note = cosigned(head, 0, WITNESS.cosign(head.checkpoint.note, 1_900_000_000), WITNESS.key.text())
    write(bench, cosigned_row(RECORDS, name, WITNESS.key.text(), ACTOR))
    bench.store.disk.seal(f"{RECORDS.checkpoints}/{name}", (note,))
    size = head.size
    bench.append(line("later"))
    folder = handed(bench, tmp_path / "out", original)
    done = check(folder)
    assert (
        done.returncode == 0 and f"cosigned by {WITNESS.key.text()}" in done.stdout and f"size {size}," in done.stdout
    ), done
    bent = next((folder / "cosigned").iterdir())
    lines = bent.read_text().splitlines(keepends=True)
    bent.write_text("".join(lines[:-1]) + lines[-1].replace("=", "").replace("A", "B") + "\n")
    assert check(folder).returncode == 1


def flipped(path: Path) -> None:
    """One bit of the byte in the middle."""
    data = bytearray(path.read_bytes())
    if data:
        data[len(data) // 2] ^= 1
    else:
        data += b"x"
    path.write_bytes(data)


PROVING = (
    "record/*",
    "totebox.yaml",
    "records/checkpoint",
    "records/*.row",
    "records/*.path",
    "audit/checkpoint",
    "audit/*.row",
    "audit/*.path",
)


@pytest.mark.parametrize("pattern", PROVING)
def test_a_folder_with_a_bent_byte_is_wrong(bench: Bench, held: Device, tmp_path: Path, pattern: str) -> None:
    """In the record, a row, a path or a head: a line WRONG, exit status 1, and AGREES nowhere. So is one without the file."""
    pair(bench, held)
    folder = handed(bench, tmp_path / "out", approve(bench, held, claims=1)[1])
    assert check(folder).returncode == 0
    found = sorted(folder.glob(pattern))
    assert found
    for path in found:
        kept = path.read_bytes()
        flipped(path)
        done = check(folder)
        assert done.returncode == 1 and "WRONG" in done.stdout and "AGREES" not in done.stdout, (path, done)
        path.rename(tmp_path / "aside")
        done = check(folder)
        assert done.returncode != 0 and "AGREES" not in done.stdout, (path, done)
        path.write_bytes(kept)
    assert check(folder).returncode == 0


def another_vkey(folder: Path) -> list[str]:
    return ["acme-holdings-00000000+00000000+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"]


def another_entry(folder: Path) -> list[str]:
    (folder / "entry").write_text("0\n")
    return []


def no_entry(folder: Path) -> list[str]:
    (folder / "entry").write_text("a[$(touch bad)]\n")
    return []


def a_further_file(folder: Path) -> list[str]:
    (folder / "record/another").write_text("x")
    return []


def a_row_with_a_zero(folder: Path) -> list[str]:
    row = next((folder / "records").glob("*.row"))
    row.write_bytes(b"\0" + row.read_bytes())
    return []


def a_row_with_a_second_line(folder: Path) -> list[str]:
    row = next((folder / "records").glob("*.row"))
    row.write_bytes(row.read_bytes() + b"\n")
    return []


def a_row_that_runs_a_command(folder: Path) -> list[str]:
    (folder / "records/a[$(touch bad)].row").write_text("a[$(touch bad)],x\n")
    return []


def a_signature_of_another_device(folder: Path) -> list[str]:
    (device,) = [path for path in (folder / "audit").glob("*.row") if ",DEVICE," in path.read_text()]
    device.with_suffix(".path").rename(folder / "aside.path")
    device.rename(folder / "aside.row")
    return []


BENT = (
    another_vkey, another_entry, no_entry, a_further_file, a_row_with_a_zero, a_row_with_a_second_line,
    a_row_that_runs_a_command, a_signature_of_another_device,
)  # fmt: skip


@pytest.mark.parametrize("bend", BENT)
def test_a_folder_that_was_put_together_otherwise_is_wrong(
    bench: Bench, held: Device, tmp_path: Path, bend: Callable[[Path], list[str]]
) -> None:
    """Exit status 1 in every shell, and nothing of the folder is run."""
    pair(bench, held)
    folder = handed(bench, tmp_path / "out", approve(bench, held)[0])
    words = bend(folder)
    for shell in ("sh", *(["bash"] if shutil.which("bash") else [])):
        done = check(folder, *words, shell=shell)
        assert done.returncode == 1 and "WRONG" in done.stdout and "AGREES" not in done.stdout, done
    assert not (folder / "bad").exists() and not Path("/bad").exists()


def test_an_approval_of_something_else_is_wrong(bench: Bench, held: Device, tmp_path: Path) -> None:
    """The device signed for another document, or another device signed: the log holds the row, and the script sees it."""
    pair(bench, held)
    other = approve(bench, held, about=b"another lease")[0]
    forged = approve(bench, held, intake="0000000000000001", signer=Device(Algorithm.SSH_ED25519, 9))[0]
    for index, why in ((other, "approves another document"), (forged, "no key of the device")):
        done = check(handed(bench, tmp_path / str(index), index))
        assert done.returncode == 1 and why in done.stdout and done.stdout.count("WRONG") == 1, done


def test_the_vault_is_only_read(program, bench: Bench, tmp_path: Path) -> None:
    """Nothing is made or changed in it, nothing in `cache/` is needed; a copy of the record alone serves as well."""
    bench.stop()
    copy = tmp_path / "copy"
    shutil.copytree(bench.root, copy, ignore=shutil.ignore_patterns("secret", "local", "cache", "app-console-input"))
    for root, out in ((bench.root, tmp_path / "one"), (copy, tmp_path / "two")):
        before = picture(root)
        done = program.run("hand-over", root, invoice(bench), out)
        assert done.returncode == 0 and "CHECK.sh VKEY" in done.stderr, done
        assert picture(root) == before and check(out).returncode == 0


def test_what_cannot_be_handed_over_is_said_in_one_line(program, bench: Bench, tmp_path: Path) -> None:
    """A place that exists or lies in the vault, an entry that is not there, bytes that are others: no folder is made."""
    bench.stop()
    there = invoice(bench)
    (tmp_path / "there").mkdir()
    for index, out, why in (
        (there, tmp_path / "there", "exists"),
        (there, bench.root / "out", "lies in the vault"),
        (99, tmp_path / "out", "covers rows 0 to"),
        (-1, tmp_path / "out", "covers rows 0 to"),
        (there, tmp_path / "no" / "out", "nothing was handed over"),
    ):
        done = program.run("hand-over", "--", bench.root, index, out)
        assert done.returncode == 2 and why in done.stderr and done.stderr.count("\n") == 1, (index, out, done)
    path = next((bench.root / "assets/minutebook").rglob("*.pdf"))
    path.chmod(0o644)
    path.write_bytes(b"an involce")
    done = program.run("hand-over", bench.root, there, tmp_path / "out")
    assert done.returncode == 2 and "os-totebox verify" in done.stderr
    assert not (tmp_path / "out").exists() and list((tmp_path / "there").iterdir()) == []


def test_an_entry_that_no_stored_head_covers_waits_for_one(bench: Bench, tmp_path: Path) -> None:
    """Of a vault that is served, the newest entries have none for some seconds."""
    bench.stop()
    newest = bench.append(line("ada")).entries[-1].index
    bench.close()
    with pytest.raises(NoSuchEntry, match="stored every few seconds"):
        hand_over(bench.root, newest, tmp_path / "out", entropy=os.urandom)


@pytest.mark.anyio
async def test_what_a_person_confirmed_at_a_console_is_handed_over(desk, program, daemon, short_dir: Path) -> None:
    """By the real daemon: entries of the confirmation agree, with the console's device key."""
    await seal(desk)
    await desk.close()
    assert daemon.stop() == 0
    rows = [
        row for path in (daemon.directory / "ledger/register").glob("*.csv") for row in path.read_text().splitlines()
    ]
    for kind in ("original", "claim"):
        index = next(row.partition(",")[0] for row in rows if f",{kind}," in row)
        assert program.run("hand-over", daemon.directory, index, short_dir / kind).returncode == 0
        done = check(short_dir / kind)
        assert done.returncode == 0 and "signed by the device SHA256:" in done.stdout, done
