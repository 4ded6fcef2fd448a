"""The keyring: this console's keys, its pairings, and the newest checkpoints it has seen, in a directory of mode 0700.

    static.key            X25519 private key, 32 raw bytes: identifies this console in the handshake
    device.key            Ed25519 private key, 32 raw bytes: the device that a pairing is bound to (provider `file`)
    witness.key           Ed25519 private key, 32 raw bytes: what this console cosigns checkpoints with
    pairings/<id>.json    one pairing each, replaced as a whole; provisional until the subject's binder is known
    seen/<origin>.jsonl   see console.link.seen_checkpoints

Every file is 0600. No file is ever removed: a pairing that ended stays and is marked as ended.
"""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import PairingError
from console.link.keyfile import create_private, private_dir, read_private, write_private
from console.link.pairing import StoredPairing
from protocol.errors import AddressError, KeyFileError
from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm, Role

if TYPE_CHECKING:
    from console.link.seen_checkpoints import SeenFiles
    from protocol.trust.cosignature import Witness
    from protocol.trust.keys import Binder, X25519Pair

FORMAT = 1


class Keyring:
    """Keys and pairings in `directory`, which is made at the first write."""

    def __init__(
        self, directory: Path, entropy: Callable[[int], bytes] = os.urandom, agent_key: str | None = None
    ) -> None:
        """`agent_key` None: the device key is in `device.key`; else it is the key of that name in an ssh-agent ('': its
        only key).
        """
        self.directory = directory
        self._agent_key = agent_key
        self._entropy = entropy
        self._pairings = directory / "pairings"

    def static(self) -> "X25519Pair":
        """The key that identifies this console; made on first use. Raises KeyFileError."""
        from protocol.trust.keys import static_from_private

        return static_from_private(self._key("static.key"))

    def binder(self) -> "Binder":
        """The device key; one in a file is made on first use. Raises KeyFileError, AgentError."""
        if self._agent_key is not None:
            from console.link.agent import AgentBinder

            return AgentBinder(self._agent_key)
        from protocol.trust.keys import FileBinder

        return FileBinder(self._key("device.key"))

    def witness(self, name: str, label: str) -> "Witness":
        """The key with which this console cosigns, under `name`, else under a name made from `label`; made on first
        use. Raises KeyFileError.
        """
        from console.link.witness import witness_name
        from protocol.trust.cosignature import Witness

        private = self._key("witness.key")
        return Witness(name or witness_name(label, Witness("x", private).key.public), private)

    def _key(self, name: str) -> bytes:
        path = self.directory / name
        try:
            return read_private(path)
        except FileNotFoundError:
            private_dir(self.directory)
            return create_private(path, self._entropy(32))

    @property
    def seen(self) -> "SeenFiles":
        """The newest checkpoint seen of each log."""
        from console.link.seen_checkpoints import SeenFiles

        return SeenFiles(self.directory / "seen")

    def pairings(self) -> list[StoredPairing]:
        """All pairings by name, provisional ones included, because their Bound may have been lost.

        Raises:
            KeyFileError: a file cannot be read or is damaged; the message names it.
        """
        found = [_read(path) for path in sorted(self._pairings.glob("*.json"))] if self._pairings.is_dir() else []
        return sorted(found, key=lambda each: (each.name.casefold(), each.totebox))

    def named(self, name: str) -> StoredPairing:
        """The pairing with the name `name`, or whose id begins with it.

        Raises:
            PairingError: there is none, or there are several.
        """
        held = self.pairings()
        found = [each for each in held if each.name.casefold() == name.casefold()]
        found = found or [each for each in held if len(name) >= 4 and each.totebox.startswith(name.lower())]
        if len(found) == 1:
            return found[0]
        names = ", ".join(repr(each.name) for each in held) or "none"
        what = "several pairings are" if found else "no pairing is"
        raise PairingError(f"{what} called {name!r}; there are: {names}")

    def store(self, pairing: StoredPairing) -> None:
        """Store `pairing`, replacing an earlier state for the same Totebox."""
        private_dir(private_dir(self.directory) / "pairings")
        write_private(self._pairings / f"{pairing.totebox}.json", _written(pairing))

    def find(self, totebox: str) -> StoredPairing | None:
        """The pairing with the Totebox of that id. Raises KeyFileError."""
        path = self._pairings / f"{totebox}.json"
        return _read(path) if path.exists() else None

    def forget(self, totebox: str) -> None:
        """Forget the pairing with the Totebox of that id."""
        (self._pairings / f"{totebox}.json").unlink(missing_ok=True)

    def move(self, name: str, uri: str) -> StoredPairing:
        """Record where the Totebox called `name` now listens. Its keys stay: another Totebox at that address is
        refused.

        Raises:
            PairingError: there is no such pairing, or `uri` is no address.
        """
        from dataclasses import replace

        from protocol.trust.address import parse_address

        pairing = self.named(name)
        try:
            moved = replace(pairing, uri=str(parse_address(uri)))
        except AddressError as error:
            raise PairingError(str(error)) from error
        self.store(moved)
        return moved

    def free_name(self, wanted: str, totebox: str) -> str:
        """`wanted`, numbered when another Totebox has that name."""
        taken = {each.name.casefold() for each in self.pairings() if each.totebox != totebox}
        names = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if name.casefold() not in taken)


def _written(pairing: StoredPairing) -> bytes:
    key = pairing.subject_key
    data = {
        "format": FORMAT,
        "state": "final" if key else "provisional",
        "totebox": pairing.totebox,
        "name": pairing.name,
        "uri": pairing.uri,
        "subject_static": _text(pairing.subject_static),
        "subject_key": {"algorithm": key.algorithm.name, "public": _text(key.public)} if key else None,
        "psk": _text(pairing.psk),
        "role": pairing.role.name if pairing.role else None,
        "vkey": pairing.vkey,
        "audit_vkey": pairing.audit_vkey,
    }
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def _read(path: Path) -> StoredPairing:
    try:
        data = json.loads(read_private(path))
        if data["format"] != FORMAT:
            raise KeyFileError(
                f"{path}: format {data['format']}, this program reads {FORMAT}; use the newer os-console"
            )
        key = data["subject_key"]
        return StoredPairing(
            totebox=data["totebox"],
            name=data["name"],
            uri=data["uri"],
            subject_static=_bytes(data["subject_static"]),
            subject_key=DeviceKey(Algorithm[key["algorithm"]], _bytes(key["public"])) if key else None,
            psk=_bytes(data["psk"]),
            role=Role[data["role"]] if data["role"] else None,
            vkey=data["vkey"],
            audit_vkey=data["audit_vkey"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise KeyFileError(f"{path}: is damaged ({error}); move it away and pair again with a new ticket") from error


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
