"""Key files of a vault: 32 raw private bytes each, mode 0600, under `state/keys/`. Back them up."""

import stat
from pathlib import Path

from protocol.trust.note import Signer
from totebox.errors import ConfigError
from totebox.vault.identity import VaultIdentity

FOLDER = "state/keys"
LOG_KEY, AUDIT_KEY, STATIC_KEY, DEVICE_KEY = "log.key", "audit.key", "static.key", "device.key"
KEY_FILES = (LOG_KEY, AUDIT_KEY, STATIC_KEY, DEVICE_KEY)
KEY_BYTES = 32


def load_key(root: Path, name: str) -> bytes:
    """The private bytes of key file `name`.

    Raises:
        ConfigError: missing, of another size, or readable by others.
    """
    path = root / FOLDER / name
    try:
        data, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; restore the key from its backup") from None
    if len(data) != KEY_BYTES:
        raise ConfigError(f"{path} is {len(data)} bytes long, a key is {KEY_BYTES}; restore it from its backup")
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"{path} can be read by others; run `chmod 600 {path}`")
    return data


def load_signers(root: Path, identity: VaultIdentity) -> tuple[Signer, Signer]:
    """The signers of the record log and of the audit log.

    Raises:
        ConfigError: a key is not the one whose verifier key the identity names.
    """
    records = Signer(identity.origin, load_key(root, LOG_KEY))
    audit = Signer(identity.audit_origin, load_key(root, AUDIT_KEY))
    for signer, vkey, name in ((records, identity.vkey, LOG_KEY), (audit, identity.audit_vkey, AUDIT_KEY)):
        if signer.verifier.text() != vkey:
            raise ConfigError(
                f"{root / FOLDER / name} is not the key that totebox.yaml names; restore it from its backup"
            )
    return records, audit
