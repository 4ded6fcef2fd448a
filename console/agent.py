"""How this program names itself to a Totebox, which shows and records it as claimed."""

from functools import cache


@cache
def program(mode: str) -> str:
    """`os-console/VERSION MODE`; `mode` is "keyboard" where a person sits at it, else "scripted"."""
    from importlib.metadata import PackageNotFoundError, version  # 20 ms that a start does not pay

    try:
        return f"os-console/{version('totebox')} {mode}"
    except PackageNotFoundError:
        return f"os-console/uninstalled {mode}"
