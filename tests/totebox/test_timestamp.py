"""`os-totebox timestamp`: request and reply of RFC 3161 as files; the reply is kept behind an entry, and verified."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.openssl import needs_openssl
from tests.patience import WAIT_S
from tests.totebox.vaults import picture
from tests.vault.bench import Bench, line
from totebox.errors import ConfigError
from totebox.vault.life.creation import create
from totebox.vault.life.timestamps import attach, read_reply, request_bytes, request_of

pytestmark = needs_openssl
CONFIG = """
[req]
distinguished_name = name
[name]
[v3]
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = one
[one]
serial = ./serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *words: str) -> str:
    done = subprocess.run(["openssl", *words], cwd=folder, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a timestamping authority: its own root, `ca.pem`."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        folder,
        "req",
        "-x509",
        *key,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-subj",
        "/CN=Root",
        "-days",
        "3650",
        "-config",
        "tsa.cnf",
    )
    openssl(folder, "req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Time", "-config", "tsa.cnf")
    openssl(
        folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "tsa.pem", "-days", "3650",
        "-extfile", "tsa.cnf", "-extensions", "v3",
    )  # fmt: skip
    return folder


def answer(authority: Path, request: bytes, *words: str) -> bytes:
    """The authority's reply."""
    (authority / "q").write_bytes(request)
    openssl(
        authority, "ts", "-reply", "-queryfile", "q", "-out", "r", "-config", "tsa.cnf", "-section", "one", "-inkey", "tsa.key",
        "-signer", "tsa.pem", *words,
    )  # fmt: skip
    return (authority / "r").read_bytes()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    create(tmp_path / "v", "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    bench = Bench(tmp_path / "v")
    bench.append(line("ada"))
    bench.stop()
    return bench


def test_the_request_is_the_one_that_openssl_makes(tmp_path: Path) -> None:
    """Of the same bytes, with SHA-256, a certificate asked for, and no nonce."""
    (tmp_path / "data").write_bytes(b"a head")
    openssl(tmp_path, "ts", "-query", "-data", "data", "-sha256", "-cert", "-no_nonce", "-out", "q")
    assert request_bytes(hashlib.sha256(b"a head").digest()) == (tmp_path / "q").read_bytes()


@pytest.mark.parametrize("log", ["records", "audit"])
def test_a_head_is_stamped_and_verifies(program, bench: Bench, authority: Path, tmp_path: Path, log: str) -> None:
    """Request and reply travel as files; the reply lies in its place behind an entry; verify is clean, openssl agrees."""
    root, asked = bench.root, tmp_path / "q.tsq"
    folder = root / ("ledger/checkpoints" if log == "records" else "ledger/audit/checkpoints")
    size = max(int(path.name) for path in folder.iterdir())
    before = picture(root)
    done = program.run("timestamp", root, "--request", asked, "--log", log)
    assert done.returncode == 0 and picture(root) == before, done
    (tmp_path / "r.tsr").write_bytes(answer(authority, asked.read_bytes()))
    done = program.run("timestamp", root, "--reply", tmp_path / "r.tsr", "--authority", authority / "ca.pem")
    assert done.returncode == 0 and "checked: the authority's signature holds" in done.stdout, done
    kept = root / f"ledger/timestamps/{log}-{size}.tsr"
    assert kept.read_bytes() == (tmp_path / "r.tsr").read_bytes() and kept.stat().st_mode & 0o777 == 0o444
    head = folder / str(size)
    said = openssl(
        tmp_path, "ts", "-verify", "-data", str(head), "-in", str(kept), "-CAfile", str(authority / "ca.pem")
    )
    assert "OK" in said
    assert program.run("verify", root).returncode == 0
    assert program.run("copy", root, tmp_path / "copy").returncode == 0
    assert (tmp_path / f"copy/ledger/timestamps/{log}-{size}.tsr").is_file()
    bench.append(line("bob"))
    bench.stop()
    assert bench.verify().findings == ()


@pytest.fixture
def stamped(bench: Bench, authority: Path) -> Path:
    """The file of a timestamp."""
    size, request = request_of(bench.root, "records")
    attach(bench.root, answer(authority, request), bench.clock)
    return bench.root / f"ledger/timestamps/records-{size}.tsr"


def test_every_byte_of_a_timestamp_counts(bench: Bench, stamped: Path) -> None:
    """A flipped bit anywhere, a missing file, a longer one: a finding that names it."""
    data = stamped.read_bytes()
    stamped.chmod(0o644)
    for bent in (
        *(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :] for at in range(0, len(data), 97)),
        data[:-1],
        data + b"x",
    ):
        stamped.write_bytes(bent)
        assert any("ledger/timestamps/" in finding.path for finding in bench.verify().findings)
    stamped.write_bytes(data)
    assert bench.verify().findings == ()
    stamped.unlink()
    assert any("ledger/timestamps/" in finding.path for finding in bench.verify().findings)


@pytest.mark.parametrize("name", ["records-2.tsr", "audit-1.tsr", "records-02.tsr", "mine.txt", "log.key"])
def test_a_file_that_no_entry_owns_is_a_finding(bench: Bench, stamped: Path, name: str) -> None:
    """Whatever it is called, and a folder of the vault without any timestamp has none."""
    if not (stamped.parent / name).exists():
        (stamped.parent / name).write_bytes(stamped.read_bytes())
        assert [finding.path for finding in bench.verify().findings] == [f"ledger/timestamps/{name}"]


def test_the_same_reply_again_is_kept_once(program, bench: Bench, stamped: Path, tmp_path: Path) -> None:
    """Also after a crash between file and entry: the command ends it."""
    (tmp_path / "r").write_bytes(stamped.read_bytes())
    entries = bench.verify().entries
    assert program.run("timestamp", bench.root, "--reply", tmp_path / "r").returncode == 0
    assert bench.verify().entries == entries


def test_what_a_crash_left_between_file_and_entry_is_ended(bench: Bench, authority: Path) -> None:
    """The file alone is a finding whose remedy is the same command; then it has its entry."""
    size, request = request_of(bench.root, "records")
    reply = answer(authority, request)
    (bench.root / "ledger/timestamps").mkdir(exist_ok=True)
    (bench.root / f"ledger/timestamps/records-{size}.tsr").write_bytes(reply)
    (finding,) = bench.verify().findings
    assert "os-totebox timestamp" in finding.remedy
    attach(bench.root, reply, bench.clock)
    assert bench.verify().findings == ()


def test_a_reply_to_something_else_is_refused(program, bench: Bench, authority: Path, tmp_path: Path) -> None:
    """Of another head, a refusal, no reply at all, a signature that does not hold, another authority: one line, and nothing is kept."""
    _, request = request_of(bench.root, "records")
    good = answer(authority, request)
    at = len(good) - 5
    bent = good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :]
    refusal = bytes.fromhex("30093007020102030205a0")[:11]
    cases = {
        "which no checkpoint": answer(authority, request_bytes(bytes(32))),
        "is a refusal": refusal,
        "is no TimeStampResp": b"nothing of the kind",
        "does not hold": bent,
    }
    before = {name: seen[-1] for name, seen in picture(bench.root).items()}
    for why, reply in cases.items():
        (tmp_path / "r").write_bytes(reply)
        done = program.run("timestamp", bench.root, "--reply", tmp_path / "r")
        assert done.returncode == 2 and why in done.stderr and done.stderr.count("\n") == 1, (why, done)
    (tmp_path / "r").write_bytes(good)
    openssl(
        tmp_path, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "other.key",
        "-out", "other.pem", "-subj", "/CN=Other", "-config", str(authority / "tsa.cnf"),
    )  # fmt: skip
    done = program.run("timestamp", bench.root, "--reply", tmp_path / "r", "--authority", tmp_path / "other.pem")
    assert done.returncode == 2 and "does not hold" in done.stderr, done
    assert {name: seen[-1] for name, seen in picture(bench.root).items()} == before


def test_without_openssl_it_is_kept_and_said_to_be_unchecked(
    program, bench: Bench, authority: Path, tmp_path: Path
) -> None:
    """The entry and the file are the same."""
    _, request = request_of(bench.root, "records")
    (tmp_path / "r").write_bytes(answer(authority, request))
    program.environ |= {"PATH": str(tmp_path)}
    done = program.run("timestamp", bench.root, "--reply", tmp_path / "r")
    assert done.returncode == 0 and "kept, not checked" in done.stdout, done
    assert bench.verify().findings == ()


def test_any_bytes_are_a_reply_or_none(authority: Path, bench: Bench) -> None:
    """Each prefix, and each byte changed: a token, or one plain reason."""
    _, request = request_of(bench.root, "records")
    good = answer(authority, request)
    cases = [good[:size] for size in range(0, len(good), 7)]
    for at in range(0, 160):
        cases += [good[:at] + bytes((value,)) + good[at + 1 :] for value in (0, 0x7F, 0x80, 0x84, 0xFF)]
    for case in cases:
        try:
            token = read_reply(case)
        except ValueError as fault:
            assert str(fault).startswith(("is ", "stamps "))
        else:
            assert len(token.imprint) == 32


def test_a_vault_that_is_served_makes_requests_alone(program, daemon, authority: Path, tmp_path: Path) -> None:
    """A reply waits until the daemon is stopped; the head that it stamps is stored all the same."""
    daemon.init()
    daemon.start()
    assert program.run("timestamp", daemon.directory, "--request", tmp_path / "q").returncode == 0
    (tmp_path / "r").write_bytes(answer(authority, (tmp_path / "q").read_bytes()))
    done = program.run("timestamp", daemon.directory, "--reply", tmp_path / "r")
    assert done.returncode == 2 and "stop it first" in done.stderr, done
    assert daemon.stop() == 0
    assert program.run("timestamp", daemon.directory, "--reply", tmp_path / "r").returncode == 0
    daemon.start()
    assert daemon.stop() == 0
    assert program.run("verify", daemon.directory).returncode == 0


def test_what_cannot_be_asked_is_said(program, bench: Bench, tmp_path: Path) -> None:
    """Neither, both, a place that is taken or in the vault, a file that is not there."""
    (tmp_path / "there").write_text("mine")
    for words in (
        [], ["--request", tmp_path / "q", "--reply", tmp_path / "r"], ["--request", tmp_path / "there"],
        ["--request", bench.root / "q"], ["--reply", tmp_path / "missing"],
    ):  # fmt: skip
        done = program.run("timestamp", bench.root, *words)
        assert done.returncode == 2 and done.stderr, words
    assert (tmp_path / "there").read_text() == "mine" and not (bench.root / "q").exists()


def test_a_second_reply_for_one_head_is_refused(bench: Bench, authority: Path, stamped: Path) -> None:
    """What is kept is not written over."""
    size = int(stamped.stem.partition("-")[2])
    head = (bench.root / f"ledger/checkpoints/{size}").read_bytes()
    with pytest.raises(ConfigError, match="stamp a newer head"):
        attach(bench.root, answer(authority, request_bytes(hashlib.sha256(head).digest())), bench.clock)
