"""The writer process and its client: the only way to write a vault. `python -m totebox.writer` is the process."""
