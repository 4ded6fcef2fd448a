"""The passphrase of a verb: from a descriptor, or typed at the terminal; never an argument, which every user of a machine can read."""

import os

from totebox.cli.terminal import ask_secret
from totebox.errors import ConfigError

MOST_BYTES = 1_024
FIRST, SECOND = "passphrase: ", "the same again: "


def passphrase_of(descriptor: int | None, *, twice: bool) -> str:
    """The first line on `descriptor`, without its line end; None: what is typed, `twice` where it will be needed later.

    Raises:
        ConfigError: there is no terminal and no descriptor; it cannot be read or is no UTF-8; the second time differs.
    """
    if descriptor is not None:
        return _read(descriptor)
    typed = ask_secret(FIRST)
    if typed is None:
        raise ConfigError(
            "there is no terminal to ask for the passphrase at; give it on a descriptor with --passphrase-fd N"
        )
    if twice and ask_secret(SECOND) != typed:
        raise ConfigError("the second time it was another passphrase; run the same command again")
    return typed


def _read(descriptor: int) -> str:
    data = b""
    try:
        while b"\n" not in data and len(data) <= MOST_BYTES and (piece := os.read(descriptor, MOST_BYTES + 1)):
            data += piece
        text = data.partition(b"\n")[0].removesuffix(b"\r").decode()
    except (OSError, OverflowError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else "no descriptor has this number"
        raise ConfigError(
            f"--passphrase-fd {descriptor}: {said}; give the number of a descriptor that is open for reading"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"--passphrase-fd {descriptor}: what it holds is no UTF-8") from None
    if len(text.encode()) > MOST_BYTES:
        raise ConfigError(f"--passphrase-fd {descriptor}: a passphrase has at most {MOST_BYTES} bytes")
    return text
