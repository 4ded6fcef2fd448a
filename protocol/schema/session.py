"""The first two messages of a session: each side proves its device key; and the verb that asks for telemetry."""

from typing import Annotated

from protocol.schema.numbers import Algorithm, Kind, Role, Topic
from protocol.schema.registry import U8, U64, Arguments, Size, arguments, message, struct


@struct
class DeviceKey:
    """A device's public key as bytes of `algorithm` (Ed25519: 32 raw bytes; P-256: 33 bytes, compressed)."""

    algorithm: Algorithm
    public: Annotated[bytes, Size(32, 256)]


@message(Kind.BIND, since=1)
class Bind:
    """The authority's device key signs the handshake.

    `label` names the device ("front desk"), `agent` the program and the manner of command
    ("os-console/0.1 keyboard", "os-console/0.1 scripted"); both are shown and recorded as claimed.
    """

    key: DeviceKey
    signature: Annotated[bytes, Size(1, 256)]
    provider: Annotated[str, Size(1, 16)]
    label: Annotated[str, Size(0, 128)]
    agent: Annotated[str, Size(0, 64)]


@message(Kind.BOUND, since=1)
class Bound:
    """The subject's device key signs the handshake.

    It names the entity, the granted role, and the kinds and verbs that the subject knows.
    """

    key: DeviceKey
    signature: Annotated[bytes, Size(1, 256)]
    entity: Annotated[str, Size(1, 256)]
    kind: Annotated[str, Size(1, 64)]
    origin: Annotated[str, Size(1, 256)]
    vkey: Annotated[str, Size(1, 512)]
    audit_vkey: Annotated[str, Size(1, 512)]
    role: Role
    epoch: Annotated[bytes, Size(8, 8)]
    schema: Annotated[bytes, Size(32, 32)]
    kinds: Annotated[tuple[Annotated[int, U8], ...], Size(0, 256)]
    verbs: Annotated[tuple[Annotated[int, U8], ...], Size(0, 256)]


@struct
class Since:
    """Continue `topic` after `seq`; 0 asks for a snapshot first."""

    topic: Topic
    seq: Annotated[int, U64]


@arguments(since=1)
class Subscribe(Arguments):
    """Telemetry on these topics from now on; another `epoch` than the subject's present one gives Gap and a snapshot.

    Answered by Rows of table `session.topics` (topic, granted). Replaces an earlier subscription.
    """

    epoch: Annotated[bytes, Size(0, 8)]
    topics: Annotated[tuple[Since, ...], Size(0, 16)]
