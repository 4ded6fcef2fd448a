"""Append-only log: rows, register files, Merkle tree, heads, checkpoints and keys."""
