"""Device keys against signatures that others made: the RFCs' vectors, and OpenSSH as signer and as verifier."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import SignatureError
from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm
from protocol.trust.keys import verify_device
from tests.patience import PROGRAM_S

KEYGEN = shutil.which("ssh-keygen")
needs_openssh = pytest.mark.skipif(KEYGEN is None, reason="OpenSSH's ssh-keygen is not installed")
MESSAGE = b"a handshake that somebody signs\n"


def test_rfc_8032() -> None:
    """Ed25519, test 2."""
    key = DeviceKey(
        Algorithm.SSH_ED25519, bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    )
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    verify_device(key, b"\x72", signature)


def test_rfc_6979() -> None:
    """ECDSA P-256 with SHA-256 over "sample", appendix A.2.5; "test" is another signature's."""
    key = DeviceKey(
        Algorithm.ECDSA_P256, bytes.fromhex("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6")
    )
    signature = bytes.fromhex(
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    )
    verify_device(key, b"sample", signature)
    with pytest.raises(SignatureError):
        verify_device(key, b"test", signature)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _strings(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = int.from_bytes(data[:4], "big")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


def _envelope() -> bytes:
    """What OpenSSH signs for a file (PROTOCOL.sshsig)."""
    return b"SSHSIG" + _string(b"psp") + _string(b"") + _string(b"sha512") + _string(hashlib.sha512(MESSAGE).digest())


def _run(*words: object, cwd: Path, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    assert KEYGEN is not None
    return subprocess.run(
        [KEYGEN, *map(str, words)], cwd=cwd, input=stdin, capture_output=True, timeout=PROGRAM_S, check=False
    )


def _signed(folder: Path, kind: str) -> tuple[bytes, bytes]:
    """The public key and signature blobs that OpenSSH makes for MESSAGE."""
    assert _run("-q", "-t", kind, "-N", "", "-f", "key", cwd=folder).returncode == 0
    (folder / "message").write_bytes(MESSAGE)
    assert _run("-Y", "sign", "-q", "-f", "key", "-n", "psp", "message", cwd=folder).returncode == 0
    lines = (folder / "message.sig").read_text().splitlines()
    blob = base64.b64decode("".join(line for line in lines if not line.startswith("-")))
    assert blob.startswith(b"SSHSIG\0\0\0\1")
    public, _, _, _, signature = _strings(blob[10:])
    return public, signature


@needs_openssh
def test_openssh_signs_with_ed25519(tmp_path: Path) -> None:
    """The raw key and signature out of OpenSSH's blobs."""
    public, signature = _signed(tmp_path, "ed25519")
    key = DeviceKey(Algorithm.SSH_ED25519, _strings(public)[1])
    verify_device(key, _envelope(), _strings(signature)[1])


@needs_openssh
def test_openssh_signs_with_p256(tmp_path: Path) -> None:
    """Its point compressed, its two integers as 32 bytes each."""
    public, signature = _signed(tmp_path, "ecdsa")
    point = _strings(public)[2]
    assert point[0] == 4 and len(point) == 65
    key = DeviceKey(Algorithm.ECDSA_P256, bytes((2 + (point[-1] & 1),)) + point[1:33])
    r, s = (int.from_bytes(each, "big") for each in _strings(_strings(signature)[1]))
    verify_device(key, _envelope(), r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@needs_openssh
@pytest.mark.parametrize("touched", [1, 0])
def test_openssh_takes_the_same_security_key_signature(tmp_path: Path, touched: int) -> None:
    """What a token gives (PROTOCOL.u2f: flags, counter) verifies there and here; without a touch it does not here, as in sshd."""
    private = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    raw, application = private.public_key().public_bytes_raw(), b"ssh:"
    tail = bytes((touched,)) + (42).to_bytes(4, "big")
    data = _envelope()
    signed = hashlib.sha256(application).digest() + tail + hashlib.sha256(data).digest()
    signature = private.sign(signed)
    public = _string(b"sk-ssh-ed25519@openssh.com") + _string(raw) + _string(application)
    packed = _string(b"sk-ssh-ed25519@openssh.com") + _string(signature) + tail
    blob = b"SSHSIG\0\0\0\1" + b"".join(map(_string, (public, b"psp", b"", b"sha512", packed)))
    armoured = base64.b64encode(blob).decode()
    (tmp_path / "sig").write_text(f"-----BEGIN SSH SIGNATURE-----\n{armoured}\n-----END SSH SIGNATURE-----\n")
    (tmp_path / "allowed").write_text(f"me sk-ssh-ed25519@openssh.com {base64.b64encode(public).decode()}\n")
    said = _run("-Y", "verify", "-f", "allowed", "-I", "me", "-n", "psp", "-s", "sig", cwd=tmp_path, stdin=MESSAGE)
    assert said.returncode == 0, said.stderr
    key = DeviceKey(Algorithm.SK_SSH_ED25519, raw + application)
    if touched:
        verify_device(key, data, signature + tail)
    else:
        with pytest.raises(SignatureError):
            verify_device(key, data, signature + tail)
