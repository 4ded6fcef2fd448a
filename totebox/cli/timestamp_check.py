"""Checking of timestamps with `openssl`, where it is installed. Nothing is printed here.

The answer of an authority is read by openssl, in a process of its own with a time limit; it gets copies of what it reads.
"""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from totebox.errors import ConfigError

WITHIN_S = 60
SAID_BYTES = 300
NOT_CHECKED = "kept, not checked: openssl is not installed here"


def check_reply(reply: bytes, head: bytes, authority: Path | None) -> str:
    """Check that the signature of `reply` holds over `head`, the bytes of a checkpoint. Returns a sentence that says what was checked.

    Args:
        authority: PEM certificates that are trusted; None: whoever signed is not judged.

    Raises:
        ConfigError: it does not hold, or does not lead to `authority`.
    """
    program = shutil.which("openssl")
    if program is None:
        return NOT_CHECKED
    with TemporaryDirectory(prefix="totebox-") as name:
        folder = Path(name)
        (folder / "reply.tsr").write_bytes(reply)
        (folder / "head").write_bytes(head)
        if authority is not None:
            _run(
                [program, "ts", "-verify", "-data", "head", "-in", "reply.tsr", "-CAfile", str(authority.absolute())],
                folder,
            )
            return f"checked: the authority's signature holds over the head, and leads to {authority}"
        _run([program, "ts", "-reply", "-in", "reply.tsr", "-token_out", "-out", "token"], folder)
        _run(
            [program, "cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", "token", "-out", "info"],
            folder,
        )
    return "checked: the signature in the reply holds; who signed was not judged: give the authority's certificates with --authority FILE"


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise ConfigError(f"{command[0]} could not be run: {fault}; nothing was kept") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        said = next((line for line in reversed(lines) if line.strip()), "no reason")
        raise ConfigError(f"the reply's signature does not hold, openssl says: {said[:SAID_BYTES]}; nothing was kept")
