"""The files of the console: XDG base directories, from an environment that the caller passes."""

from collections.abc import Mapping
from pathlib import Path


def _base(environ: Mapping[str, str], name: str, fallback: str) -> Path:
    """The XDG directory `name`; a relative value is ignored, as the XDG specification asks."""
    value = Path(environ.get(name, ""))
    return value if value.is_absolute() else Path(environ.get("HOME") or Path.home()) / fallback


def config_file(environ: Mapping[str, str]) -> Path:
    """The settings a person edits; absent means defaults."""
    return _base(environ, "XDG_CONFIG_HOME", ".config") / "totebox" / "console.toml"


def data_dir(environ: Mapping[str, str]) -> Path:
    """The family's data directory."""
    return _base(environ, "XDG_DATA_HOME", ".local/share") / "totebox"


def keyring_dir(environ: Mapping[str, str]) -> Path:
    """Keys, pairings and seen checkpoints of this console."""
    return data_dir(environ) / "console"


def local_dir(environ: Mapping[str, str]) -> Path:
    """The Totebox that the console created for itself on this host."""
    return data_dir(environ) / "local"
