"""One append-only log: records, register, rows, tiles, heads, checkpoints, keys."""
