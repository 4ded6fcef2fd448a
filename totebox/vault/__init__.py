"""The append-only log over flat files. There is no delete verb."""
