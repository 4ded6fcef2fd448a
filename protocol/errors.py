"""The protocol's error tree, split by whose fault it is. Each class has one stable code.

Any exception that leaves `protocol` and is not a `PspError` is a bug.
"""


class PspError(Exception):
    """Something about the protocol went wrong."""

    code = "psp"


class LocalProtocolError(PspError):
    """We tried to do what the protocol does not allow; nothing was sent."""

    code = "psp-local"


class RemoteProtocolError(PspError):
    """The peer broke the protocol; the session ends."""

    code = "psp-remote"


class DiodeViolation(RemoteProtocolError):
    """The peer sent a message that flows the other way only; the session ends and the event is logged."""

    code = "psp-diode"


class HandshakeError(RemoteProtocolError):
    """The handshake failed: wrong key, wrong secret, damaged bytes or out of time."""

    code = "psp-handshake"


class BinderMismatch(HandshakeError):
    """The peer holds the right static key and another device key than the paired one."""

    code = "psp-binder"


class TicketError(PspError):
    """The pairing ticket cannot be read: mistyped, cut off, or of another version."""

    code = "psp-ticket"


class KeyFileError(PspError):
    """A key file is missing, unreadable, or readable by others."""

    code = "psp-key"


class SignatureError(PspError):
    """A signature was not made by the device key that it names."""

    code = "psp-signature"


class CapabilityError(PspError):
    """A capability chain is malformed, not signed by who should have, or wider than the block before."""

    code = "psp-capability"


class AddressError(PspError):
    """An address is not written as one, or this carrier cannot use it."""

    code = "psp-address"


class CarrierError(PspError):
    """The world's fault: nobody listens there, or the connection broke."""

    code = "psp-carrier"


class ProofError(PspError):
    """A proof does not lead from the leaf to the root it was checked against."""

    code = "psp-proof"


class NoteError(PspError):
    """A signed note is malformed, or no signature on it verifies under the expected key."""

    code = "psp-note"


class CaptureError(PspError):
    """A recording is not a .psp capture, or is damaged."""

    code = "psp-capture"
