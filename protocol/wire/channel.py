"""Sealed frames after the handshake: each direction its own key and counter, a new key every 2^16 frames.

    frame payload = ChaChaPoly(key, nonce = counter, plain = kind | array), tag 16 bytes; nothing else is authenticated

A frame that was reflected, replayed, reordered, dropped or changed does not open: the counter and the key are not in it.
"""

from cryptography.exceptions import InvalidTag

from protocol.errors import LocalProtocolError, RemoteProtocolError
from protocol.schema.numbers import REKEY_FRAMES
from protocol.wire.frame import frame_length
from protocol.wire.noise import MAX_NONCE, TAG_BYTES, Split, nonce_bytes


class Channel:
    """Both directions of one session, as one side sees them."""

    __slots__ = ("_rekey", "handshake_hash", "receive", "send")

    def __init__(self, split: Split, *, rekey_frames: int = REKEY_FRAMES) -> None:
        self.send, self.receive = split.send, split.receive
        self.handshake_hash = split.handshake_hash
        self._rekey = rekey_frames

    def seal(self, plain: bytes) -> bytes:
        """The whole frame, length included. `plain` is a message, which the codec has bounded."""
        cipher = self.send
        nonce = cipher.nonce
        if nonce >= MAX_NONCE:
            raise LocalProtocolError("the nonces of this session are used up")
        sealed = cipher.aead.encrypt(nonce_bytes(nonce), plain, None)
        cipher.nonce = nonce = nonce + 1
        if not nonce % self._rekey:
            cipher.rekey()
        return frame_length(len(sealed)) + sealed

    def open(self, sealed: bytes) -> bytes:
        """The plain bytes of a frame's payload. Raises RemoteProtocolError; the session cannot go on then."""
        if len(sealed) <= TAG_BYTES:
            raise RemoteProtocolError("an empty frame")
        cipher = self.receive
        nonce = cipher.nonce
        if nonce >= MAX_NONCE:
            raise RemoteProtocolError("the nonces of this session are used up")
        try:
            plain = cipher.aead.decrypt(nonce_bytes(nonce), sealed, None)
        except InvalidTag:
            raise RemoteProtocolError("a sealed message does not authenticate") from None
        cipher.nonce = nonce = nonce + 1
        if not nonce % self._rekey:
            cipher.rekey()
        return plain
