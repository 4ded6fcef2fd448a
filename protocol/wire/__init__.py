"""Bytes to messages and back: codec, frames, the handshake, one transition table."""
