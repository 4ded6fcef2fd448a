"""An authority that was written from the specification alone works with a real Totebox.

`protocol/README.md` and `tests/vectors/` are all that it was written from: where it could not be, the page was at fault.
"""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.patience import WAIT_S
from tests.protocol.stranger.authority import (
    BIND,
    BOUND,
    DECIDE,
    NO,
    OFFER,
    PROVE,
    READ,
    RECORDS,
    ROUTE,
    SSH_ED25519,
    YES,
    Device,
    Session,
    framed,
    pack,
    to_sign,
)
from tests.protocol.stranger.noise import Initiator, public_of
from tests.protocol.stranger.proofs import row_of

HERE = Path(__file__).parent
VECTORS = HERE.parents[1] / "vectors" / "psp-1"
CLIENT = ("authority.py", "noise.py", "proofs.py")
LETTER = (
    b"Date: 2026-03-02\nInvoice no. R-77 from Anna Berger <anna@berger.example>\nTotal: 1,250.00 EUR\n" + b"x" * 40_000
)


class Subject:
    """A Totebox in a folder; `serve` and `stop` are real processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir(mode=0o700)
        self._environ = {**os.environ, "XDG_RUNTIME_DIR": str(folder / "run")}
        self._process: subprocess.Popen[str] | None = None

    def run(self, verb: str, *words: str) -> str:
        command = [sys.executable, "-m", "totebox.cli.main", verb, str(self.folder / "acme"), *words]
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, timeout=WAIT_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def serve(self) -> None:
        command = [sys.executable, "-m", "totebox.cli.main", "serve", str(self.folder / "acme")]
        self._process = subprocess.Popen(
            command, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        assert re.fullmatch(r"ready unix:\S+\n", self._process.stdout.readline())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=WAIT_S)
            self._process = None


@pytest.fixture
def subject(short_dir: Path) -> Iterator[Subject]:
    made = Subject(short_dir)
    yield made
    made.stop()
    shutil.rmtree(short_dir / "acme", ignore_errors=True)


@pytest.mark.parametrize("name", CLIENT)
def test_the_client_shares_no_code_with_the_programs(name: str) -> None:
    """It imports the standard library, `cryptography`, `msgpack` and its own modules."""
    allowed = {*sys.stdlib_module_names, "cryptography", "msgpack"}
    for found in ast.walk(ast.parse((HERE / name).read_text(encoding="utf-8"))):
        names = [each.name for each in found.names] if isinstance(found, ast.Import) else []
        names += [found.module or ""] if isinstance(found, ast.ImportFrom) else []
        foreign = {each for each in names if each.partition(".")[0] not in allowed}
        assert all(each.startswith("tests.protocol.stranger.") for each in foreign), foreign


def test_every_module_beside_the_test_is_the_client() -> None:
    """No further module stands in the folder, so the check of imports misses none."""
    assert sorted(path.name for path in HERE.glob("*.py")) == sorted((*CLIENT, Path(__file__).name))


def test_its_handshake_is_the_one_of_the_vectors() -> None:
    """Message 1, the handshake hash, the pairing psk and the sealed Bind have the bytes of `session.json`."""
    known = json.loads((VECTORS / "session.json").read_text())
    raw = [bytes.fromhex(step["bytes"]) for step in known["steps"]]
    static, ephemeral, device = (
        bytes.fromhex(text)
        for text in (
            known["authority_static_private"],
            known["drawn"]["authority"][0],
            known["authority_device_private"],
        )
    )
    subject = public_of(X25519PrivateKey.from_private_bytes(bytes.fromhex(known["subject_static_private"])))
    preface = b"PSP1S" + hashlib.sha256(subject).digest()
    handshake = Initiator(
        preface, X25519PrivateKey.from_private_bytes(static), X25519PrivateKey.from_private_bytes(ephemeral), subject
    )
    assert preface + framed(handshake.write(b"")) == raw[0]
    send, receive, bound_to, psk = handshake.read(raw[1][2:], bytes.fromhex(known["psk"]))
    assert (bound_to.hex(), psk.hex()) == (known["handshake_hash"], known["pairing_psk"])
    key = Ed25519PrivateKey.from_private_bytes(device)
    public = key.public_key().public_bytes_raw()
    bind = [
        [SSH_ED25519, public],
        key.sign(to_sign(b"A", SSH_ED25519, public, bound_to)),
        *known["steps"][2]["says"][2:],
    ]
    assert framed(send.seal(bytes((BIND,)) + pack(bind))) == raw[2]
    assert receive.open(raw[3][2:])[0] == BOUND


def test_it_pairs_and_works_and_follows_a_key(subject: Subject) -> None:
    """It pairs, asks for heads, lists pages, uploads, routes, decides, confirms, reads, proves, and follows a rotation."""
    ticket = subject.run("init", "--entity", "Acme", "--kind", "corporation")
    subject.serve()
    device = Device()
    session = device.pair(ticket)
    assert session.bound[2] == "Acme"

    seen = session.head(RECORDS, None)
    index = _seal(session, LETTER, b"invoice.txt")
    again = session.head(RECORDS, seen)
    assert again.size > index >= seen.size

    _, sealed, _ = session.receipt(PROVE, RECORDS, index)
    assert row_of(sealed)["sha256"] == hashlib.sha256(LETTER).hexdigest()
    assert session.ask(READ, index, 0)[1][1] == LETTER
    assert session.ask(READ, index, len(LETTER) + 5)[1][1] == b""
    pages = session.pages("fs.entries", limit=2)
    listed = [row["index"] for page in pages for row in page]
    assert len(pages) > 1 and listed == sorted(listed, reverse=True) and index in listed
    assert [row["index"] for page in session.pages("fs.entries", f"index:{index}") for row in page] == [index]
    pairing = session.pairing
    session.close()

    subject.stop()
    subject.run("rotate")
    subject.serve()
    session = device.open(pairing)
    assert session.bound[5] != pairing.vkeys[0]
    session.follow_keys()
    assert session.pairing.vkeys == (session.bound[5], session.bound[6])
    assert session.head(RECORDS, again).size > again.size
    session.close()


def _seal(session: Session, data: bytes, name: bytes) -> int:
    """Take `data` through the five steps of the Input Machine; the index of its record."""
    (intake,) = session.rows(OFFER, name, len(data), hashlib.sha256(data).digest(), upload=data)
    assert (intake["step"], intake["size"]) == ("route", len(data))
    account = intake["suggestion"] or session.pages("input.chart", limit=1)[0][0]["number"]
    service = intake["service"]
    claims = session.rows(ROUTE, intake["intake"], account, service)
    for number, claim in enumerate(claims):
        session.receipt(DECIDE, intake["intake"], claim["number"], (YES, NO, 4)[number % 3])
    once = os.urandom(16)
    index, leaf, _ = session.seal(intake, str(account), str(service), once)
    assert claims and row_of(leaf)["command"] == once.hex()
    return index
