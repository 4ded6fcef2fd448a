"""Device keys in an ssh-agent: OpenSSH's, or one for a token or a TPM. Only consoles use one; a vault never does.

The parts of the agent protocol (draft-ietf-sshm-ssh-agent) that a binder needs: `u32 length | type | fields`, strings
with a u32 length.
"""

import base64
import hashlib
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from console.errors import AgentError
from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm

LIST, LISTED, SIGN, SIGNED = 11, 12, 13, 14
PATIENCE_S = 30.0
"""Seconds to wait for the agent, because a token may wait for a touch. The Totebox itself waits for five seconds."""
MOST_BYTES = 256 * 1024
SK_ED25519 = "sk-ssh-ed25519@openssh.com"


class _Fields:
    """Reads an agent's fields in order. Raises AgentError where the message ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, size: int) -> bytes:
        if len(self._data) < size:
            raise AgentError("the ssh-agent's answer is cut off")
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())


@dataclass(frozen=True, slots=True)
class Held:
    """A key of the agent that can be a device key. `name` is its ssh fingerprint, as `ssh-add -l` prints it."""

    blob: bytes
    comment: str
    key: DeviceKey

    @property
    def name(self) -> str:
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _asked(path: str, message: bytes, wanted: int) -> _Fields:
    """The answer to one question, on a connection of its own."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as pipe:
            pipe.settimeout(PATIENCE_S)
            pipe.connect(path)
            pipe.sendall(_string(message))
            with pipe.makefile("rb") as stream:
                size = int.from_bytes(stream.read(4), "big")
                answer = stream.read(size) if 0 < size <= MOST_BYTES else b""
    except OSError as fault:
        raise AgentError(f"the ssh-agent at {path} does not answer: {fault}; is it running?") from fault
    if answer[:1] != bytes((wanted,)):
        raise AgentError("the ssh-agent refused: it is locked, or nobody touched the token")
    return _Fields(answer[1:])


def _device_key(blob: bytes) -> DeviceKey | None:
    """The device key in `blob`; None for a key that PSP cannot bind (RSA, other curves, certificates)."""
    fields = _Fields(blob)
    match fields.string().decode(errors="replace"):
        case "ssh-ed25519":
            return DeviceKey(Algorithm.SSH_ED25519, fields.string())
        case "ecdsa-sha2-nistp256":
            fields.string()
            point = fields.string()
            return DeviceKey(Algorithm.ECDSA_P256, bytes((2 + (point[64] & 1),)) + point[1:33])
        case word if word == SK_ED25519:
            return DeviceKey(Algorithm.SK_SSH_ED25519, fields.string() + fields.string())
        case _:
            return None


def held_keys(path: str) -> list[Held]:
    """The keys of the agent at `path` to which a pairing can be bound. Raises AgentError."""
    fields = _asked(path, bytes((LIST,)), LISTED)
    found = []
    for _ in range(fields.number()):
        blob, comment = fields.string(), fields.string().decode(errors="replace")
        key = _device_key(blob)
        if key is not None:
            found.append(Held(blob, comment, key))
    return found


class AgentBinder:
    """The agent's key with the name `wanted` (fingerprint or comment), or its only key where `wanted` is ''.

    Raises:
        AgentError: there is no agent, no such key, or several; the message says what to do.
    """

    provider = "agent"

    def __init__(self, wanted: str = "", environ: Mapping[str, str] = os.environ) -> None:
        self._path = environ.get("SSH_AUTH_SOCK", "")
        if not self._path:
            raise AgentError('SSH_AUTH_SOCK is not set: start ssh-agent, or set binder = "file" in [device]')
        held = held_keys(self._path)
        fitting = [each for each in held if wanted in ("", each.name, each.comment)]
        if len(fitting) != 1:
            names = "; ".join(f"{each.name} {each.comment!r}" for each in held) or "none"
            what = "no key" if not fitting else "several keys"
            raise AgentError(
                f"the ssh-agent holds {what} that fit{'' if fitting else 's'} {wanted or 'without a choice'!r}; "
                f"name one with agent_key in [device] (usable: {names}), or add one: ssh-add"
            )
        self._held = fitting[0]
        self.key = self._held.key

    def sign(self, data: bytes) -> bytes:
        """Sign `data` in the form that `protocol.trust.keys.verify_device` reads. May wait for a touch. Raises
        AgentError.
        """
        message = bytes((SIGN,)) + _string(self._held.blob) + _string(data) + bytes(4)
        signature = _Fields(_asked(self._path, message, SIGNED).string())
        signature.string()
        made = signature.string()
        match self.key.algorithm:
            case Algorithm.SSH_ED25519:
                return made
            case Algorithm.ECDSA_P256:
                both = _Fields(made)
                return b"".join(both.string().lstrip(b"\0").rjust(32, b"\0") for _ in range(2))
            case Algorithm.SK_SSH_ED25519:
                return made + signature.take(5)
