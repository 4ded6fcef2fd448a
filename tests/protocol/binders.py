"""Device keys that lie in hardware, of the algorithms that hardware has."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm


class P256Binder:
    """A device key on P-256, as a TPM or a security key holds it."""

    provider = "agent"

    def __init__(self, secret: int) -> None:
        self._private = derive_private_key(secret, SECP256R1())
        public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.key = DeviceKey(Algorithm.ECDSA_P256, public)

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._private.sign(data, ECDSA(SHA256(), deterministic_signing=True)))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class TokenBinder:
    """A security key with Ed25519: it signs the application's hash, its flags, its counter and the data's hash."""

    provider = "agent"

    def __init__(self, private: bytes, application: bytes = b"ssh:") -> None:
        self._private, self._application = Ed25519PrivateKey.from_private_bytes(private), application
        self.key = DeviceKey(Algorithm.SK_SSH_ED25519, self._private.public_key().public_bytes_raw() + application)

    def sign(self, data: bytes) -> bytes:
        said = b"\x01" + (7).to_bytes(4, "big")
        signed = sha256(self._application).digest() + said + sha256(data).digest()
        return self._private.sign(signed) + said
