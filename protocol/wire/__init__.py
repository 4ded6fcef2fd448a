"""Wire format: codec, frames, the Noise handshake, and the table of states."""
