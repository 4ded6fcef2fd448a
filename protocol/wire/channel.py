"""Channel: sealed frames after the handshake. Each direction has its own key and counter, and a new key every 2^16 frames.

    frame payload = ChaChaPoly(key, nonce = counter, plain = kind | array), tag 16 bytes; nothing else is authenticated

Key and counter are not in the frame. So a frame that was reflected, replayed, reordered or changed does not open, nor does one after a lost
frame.
"""

from cryptography.exceptions import InvalidTag

from protocol.errors import LocalProtocolError, RemoteProtocolError
from protocol.schema.numbers import REKEY_FRAMES
from protocol.wire.frame import frame_length
from protocol.wire.noise import MAX_NONCE, TAG_BYTES, Split, nonce_bytes


class Channel:
    """Both directions of one session, at one of its ends."""

    __slots__ = ("_rekey", "handshake_hash", "receive", "send")

    def __init__(self, split: Split, *, rekey_frames: int = REKEY_FRAMES) -> None:
        self.send, self.receive = split.send, split.receive
        self.handshake_hash = split.handshake_hash
        self._rekey = rekey_frames

    def seal(self, plain: bytes) -> bytes:
        """The complete frame, with its length. `plain` is a message, whose size the codec has checked."""
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
        """The plain bytes of a frame's payload. Raises RemoteProtocolError, after which the session cannot continue."""
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
