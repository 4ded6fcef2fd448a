"""Verbs about pairings, and the three messages by which a device asks for one. Listing them is table `gate.pairings`."""

from typing import Annotated

from protocol.schema.numbers import Kind, Role
from protocol.schema.registry import Arguments, Size, arguments, message
from protocol.schema.session import DeviceKey

Nonce = Annotated[bytes, Size(16, 16)]
Fingerprint = Annotated[str, Size(1, 128)]
Person = Annotated[str, Size(0, 128)]


@arguments(since=1)
class PairIssue(Arguments):
    """A single-use ticket for `role`. Answered by Rows of table `gate.ticket`: one row (text, role, expires).

    `person` is who will use the device, '' for nobody in particular. The audit log keeps it for good (DEVICE).
    """

    role: Role
    label: Annotated[str, Size(0, 128)]
    person: Person = ""


@arguments(since=1)
class PairRevoke(Arguments):
    """End the pairing whose fingerprint this is; live sessions are cut. Answered by the audit entry's Receipt."""

    fingerprint: Fingerprint
    reason: Annotated[str, Size(0, 512)]


@arguments(since=1)
class PairApprove(Arguments):
    """Pair the device that asked, as `role`. `words` are the three that were compared; another request of the same device has
    others, and is not meant. `person` as in PairIssue. Answered by the audit entry's Receipt."""

    fingerprint: Fingerprint
    words: Annotated[str, Size(1, 64)]
    role: Role
    person: Person = ""


@arguments(since=1)
class PairDeny(Arguments):
    """Turn the device that asked away. Answered by the audit entry's Receipt."""

    fingerprint: Fingerprint
    reason: Annotated[str, Size(0, 512)]


@arguments(since=1)
class PairMark(Arguments):
    """An ADMIN's word that this paired device key lives in hardware (or, false, that it does not). Answered by a Receipt."""

    fingerprint: Fingerprint
    hardware: bool


@arguments(since=1)
class PairRequire(Arguments):
    """Whether `role` needs a key that was marked as hardware; sessions without one are cut. Answered by a Receipt."""

    role: Role
    hardware: bool


@arguments(since=1)
class PairName(Arguments):
    """Call the paired device `label` from now on: an ADMIN's word, shown in the place of what the device said of itself.

    Answered by the audit entry's Receipt.
    """

    fingerprint: Fingerprint
    label: Annotated[str, Size(1, 128)]


@message(Kind.REQUEST, since=1)
class Request:
    """A device asks to be paired as `role`; its key signs the handshake. `commitment` hides the nonce that Reveal shows."""

    key: DeviceKey
    signature: Annotated[bytes, Size(1, 256)]
    provider: Annotated[str, Size(1, 16)]
    label: Annotated[str, Size(0, 128)]
    agent: Annotated[str, Size(0, 64)]
    role: Role
    commitment: Annotated[bytes, Size(32, 32)]


@message(Kind.REQUESTED, since=1)
class Requested:
    """The subject's device key signs the handshake. It names the entity, and has the subject's nonce for the three words."""

    key: DeviceKey
    signature: Annotated[bytes, Size(1, 256)]
    entity: Annotated[str, Size(1, 256)]
    kind: Annotated[str, Size(1, 64)]
    nonce: Nonce


@message(Kind.REVEAL, since=1)
class Reveal:
    """The nonce that Request committed to. Now both sides know the words; Closing(PENDING) follows."""

    nonce: Nonce
