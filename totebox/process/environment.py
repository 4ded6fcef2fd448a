"""Environment variables of a one-shot process."""

import os

KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SYSTEMROOT")


def spare() -> dict[str, str]:
    """The variables that a process needs to start, with a fixed locale and hash seed, so that equal jobs give equal answers."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
