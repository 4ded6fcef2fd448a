"""What a process with one job is told of its surroundings."""

import os

KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")


def spare() -> dict[str, str]:
    """What it needs to start, and nothing that would make one answer differ from another."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
