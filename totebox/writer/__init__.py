"""The writer process and its client: the only way to write a vault."""
