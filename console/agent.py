"""The name of this program in Bind, which a Totebox shows and records as a claim of the device."""

from functools import cache


@cache
def program(mode: str) -> str:
    """`os-console/VERSION MODE`; `mode` is "keyboard" where a person uses it, else "scripted"."""
    from importlib.metadata import PackageNotFoundError, version  # 20 ms that a start does not need

    try:
        return f"os-console/{version('totebox')} {mode}"
    except PackageNotFoundError:
        return f"os-console/uninstalled {mode}"
