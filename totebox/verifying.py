"""Verifying a vault in a process of its own: it reads every byte, and the daemon stays small and quick meanwhile."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path

from totebox.errors import ServiceFault
from totebox.vault.api import Finding

CLEAN, FINDINGS = 0, 1


async def verify_vault(root: Path) -> Sequence[Finding]:
    """What `os-totebox verify DIR --json` finds.

    Raises:
        ServiceFault: it could not run; quotes its words.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "totebox.cli", "verify", str(root), "--json", stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )  # fmt: skip
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in (CLEAN, FINDINGS):
        raise ServiceFault(f"the verification could not run: {err.decode('utf-8', 'replace').strip()[-400:]}")
    return [Finding(**finding) for finding in json.loads(out)["findings"]]
