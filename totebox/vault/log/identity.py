"""Identity of a vault: the file `totebox.yaml`, written once and owned by entry 0. Pure: text in, identity out."""

import contextlib
import json
import re
import unicodedata
from dataclasses import dataclass

from totebox.errors import ConfigError, EarlierFormat, NewerFormat
from totebox.vault.places import IDENTITY as IDENTITY_FILE

__all__ = [
    "FORMAT_VERSION",
    "IDENTITY_BYTES",
    "IDENTITY_FILE",
    "VaultIdentity",
    "audit_origin",
    "check_format",
    "identity_text",
    "origin_of",
    "parse_identity",
]

FORMAT_VERSION = 2
IDENTITY_BYTES = 1 << 16
"""What `totebox.yaml` holds at most."""
_LINE = re.compile(r"([a-z_]+): (.*)")
_FIELDS = ("entity", "kind", "origin", "vkey", "audit_vkey", "created")


class _Damaged(ConfigError):
    """No format can be read."""


@dataclass(frozen=True, slots=True)
class VaultIdentity:
    """Entity name and kind, the record log's origin, the verifier keys of both logs, and when it was created."""

    entity: str
    kind: str
    origin: str
    vkey: str
    audit_vkey: str
    created: str
    format_version: int

    @property
    def audit_origin(self) -> str:
        return audit_origin(self.origin)


def audit_origin(origin: str) -> str:
    """The audit log's origin. It differs from the record log's, since one origin must never name two trees."""
    return origin + "/audit"


def origin_of(entity: str, public: bytes) -> str:
    """The record log's origin: a slug of the entity's name and the first 8 hex digits of the log's public key."""
    plain = unicodedata.normalize("NFKD", entity).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "totebox"
    return f"{slug}-{public.hex()[:8]}"


def identity_text(identity: VaultIdentity) -> str:
    """The whole of `totebox.yaml`: YAML whose every value is also JSON."""
    values = {name: str(getattr(identity, name)) for name in _FIELDS}
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    head = "# Who this vault is. Written once; entry 0 of ledger/register owns these bytes.\n"
    return head + f"format: {identity.format_version}\n" + "\n".join(lines) + "\n"


def parse_identity(text: str) -> VaultIdentity:
    """Read `totebox.yaml`.

    Raises:
        NewerFormat: written by a newer program.
        EarlierFormat: written before the first release.
        ConfigError: a line is missing or malformed.
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            values[match.group(1)] = match.group(2)
    version = _version(values.get("format", ""))
    try:
        fields = {name: _string(values[name]) for name in _FIELDS}
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{IDENTITY_FILE} has no proper line {error}; restore it from a copy of the vault") from None
    return VaultIdentity(
        fields["entity"],
        fields["kind"],
        fields["origin"],
        fields["vkey"],
        fields["audit_vkey"],
        fields["created"],
        version,
    )


def check_format(text: str) -> None:
    """See that this program wrote the vault whose `totebox.yaml` begins with `text`; whether the rest is proper is not looked at.

    Raises:
        NewerFormat, EarlierFormat: another did.
    """
    for line in text.splitlines():
        if (match := _LINE.fullmatch(line)) and match.group(1) == "format":
            with contextlib.suppress(_Damaged):
                _version(match.group(2))


def _version(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise _Damaged(f"{IDENTITY_FILE} has no format line; this is not a vault, or it is damaged")
    if int(text) > FORMAT_VERSION:
        raise NewerFormat(
            f"the vault has format {text}, this program knows {FORMAT_VERSION}; use a newer os-totebox. Nothing was touched"
        )
    if int(text) < FORMAT_VERSION:
        raise EarlierFormat(
            f"the vault has format {text}, which no release ever wrote; this program reads format {FORMAT_VERSION}. Nothing was touched: "
            "make a new vault with `os-totebox init`, and put the documents in again"
        )
    return int(text)


def _string(text: str) -> str:
    value = json.loads(text)
    if not isinstance(value, str) or not value:
        raise ValueError(text)
    return value
