"""`os-totebox verify DIR --record`: writes the verdict into the audit log, through the daemon where one serves, else
directly.
"""

import asyncio
import os
from dataclasses import asdict
from pathlib import Path

from protocol.schema.integrity import MAX_FINDINGS
from protocol.schema.numbers import Scope
from totebox.cage.grade import best
from totebox.cli.owner import ask_daemon
from totebox.config import places_of
from totebox.daemon.opening import open_vault
from totebox.errors import AlreadyServed, ConfigError
from totebox.gate.integrity import verdict_run
from totebox.gate.verdict import VerificationResult, verdict_rows
from totebox.vault.check.verification import Report


def check_owner(directory: Path, wanted: bool) -> None:
    """Check before the work begins, where recording is `wanted`, that the user may write there.

    Raises:
        ConfigError: the vault belongs to another user.
    """
    root = places_of(directory).root
    owner = root.stat().st_uid
    if wanted and owner != os.getuid():
        raise ConfigError(f"{root} belongs to uid {owner}, who alone records a verdict; run it as that user")


def record_verdict(directory: Path, report: Report) -> str:
    """Write the verdict of `report`; returns in words what was done. A run that continued from marks counts as partial:
    it clears no finding.

    Raises:
        ToteboxError: it could not be written, with the reason.
    """
    root = places_of(directory).root
    scope = Scope.PARTIAL if report.resumed_at else Scope.FULL
    verified = VerificationResult(report.findings, report.found, scope)
    if not record_through_daemon(root, verified):
        asyncio.run(_record_directly(root, verified))
    return "the verdict stands in the audit log"


async def _record_directly(root: Path, verified: VerificationResult) -> None:
    try:
        async with open_vault(root, best().grade) as vault:
            for row in verdict_rows(verified, "local", f"uid {os.getuid()}", verdict_run(os.urandom)):
                await vault.audit(row)
    except AlreadyServed as fault:
        raise AlreadyServed(
            f"{fault}; the verdict was not recorded: that daemon does not answer on its owner's socket, restart it"
        ) from fault


def record_through_daemon(root: Path, verified: VerificationResult) -> bool:
    """Have the running daemon write the verdict; False where no daemon of this owner answers.

    Raises:
        ConfigError: the daemon refuses, with its reason.
    """
    answer = ask_daemon(root, {"record": {"scope": verified.scope.name.lower(), "total": verified.total,
                       "findings": [asdict(each) for each in verified.findings[:MAX_FINDINGS]]}}, "record the verdict")  # fmt: skip
    if answer is None:
        return False
    if answer.get("recorded") is not True:
        raise ConfigError(
            f"the daemon of {root} did not record the verdict: {answer.get('error', 'it gave no reason')}"
        )
    return True
