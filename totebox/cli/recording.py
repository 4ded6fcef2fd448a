"""`os-totebox verify DIR --record`: the verdict as rows of the audit log, through the daemon where one serves, else directly."""

import asyncio
import json
import os
import socket
from dataclasses import asdict
from pathlib import Path

from protocol.schema.integrity import MAX_FINDINGS
from protocol.schema.numbers import Scope
from totebox.cage.grade import best
from totebox.config import places_of
from totebox.daemon.owner_socket import ANSWER_S, LINE_BYTES, owner_socket_path, uid_at
from totebox.errors import AlreadyServed, ConfigError
from totebox.gate.integrity import verdict_run
from totebox.gate.verdict import Verified, verdict_rows
from totebox.vault.check.verification import Report
from totebox.writer.client import open_vault


def check_owner(directory: Path, wanted: bool) -> None:
    """Before the work begins, where recording is `wanted`: whether who runs this may write there.

    Raises:
        ConfigError: the vault is another user's.
    """
    root = places_of(directory).root
    owner = root.stat().st_uid
    if wanted and owner != os.getuid():
        raise ConfigError(f"{root} belongs to uid {owner}, who alone records a verdict; run it as that user")


def record_verdict(directory: Path, report: Report) -> str:
    """Write what `report` says; gives what was done, in words. A run that went on from marks counts as partial: it clears no finding.

    Raises:
        ToteboxError: it could not be written, with the reason.
    """
    root = places_of(directory).root
    scope = Scope.PARTIAL if report.resumed_at else Scope.FULL
    verified = Verified(report.findings, report.found, scope)
    if not record_through_daemon(root, verified):
        asyncio.run(_record_directly(root, verified))
    return "the verdict stands in the audit log"


async def _record_directly(root: Path, verified: Verified) -> None:
    try:
        async with open_vault(root, best().grade) as vault:
            for row in verdict_rows(verified, "local", f"uid {os.getuid()}", verdict_run(os.urandom)):
                await vault.audit(row)
    except AlreadyServed as fault:
        raise AlreadyServed(
            f"{fault}; the verdict was not recorded: that daemon does not answer on its owner's socket, restart it"
        ) from fault


def _places(root: Path) -> list[Path]:
    """Where the daemon may have bound it: a service manager may have given it another environment than a shell has."""
    here = owner_socket_path(root)
    folders = (here.parent, Path(f"/run/user/{os.getuid()}/totebox"), Path(f"/tmp/totebox-{os.getuid()}"))
    return [folder / here.name for folder in dict.fromkeys(folders)]


def record_through_daemon(root: Path, verified: Verified) -> bool:
    """Have the running daemon write the verdict; False where no daemon of this owner answers.

    Raises:
        ConfigError: it answers, and says why not.
    """
    said = {"record": {"scope": verified.scope.name.lower(), "total": verified.total,
                       "findings": [asdict(each) for each in verified.findings[:MAX_FINDINGS]]}}  # fmt: skip
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(ANSWER_S)
        if not any(sock.connect_ex(str(path)) == 0 for path in _places(root)):
            return False
        if uid_at(sock) not in (os.getuid(), 0):
            raise ConfigError(f"{sock.getpeername()} is answered by another user; remove it and start the daemon again")
        try:
            sock.sendall(json.dumps(said).encode() + b"\n")
            with sock.makefile("rb") as stream:
                answer = json.loads(stream.readline(LINE_BYTES))
        except (OSError, ValueError) as fault:
            raise ConfigError(
                f"the daemon of {root} did not record the verdict: {fault}; run the command again"
            ) from fault
    if not isinstance(answer, dict) or answer.get("recorded") is not True:
        error = answer.get("error", "it gave no reason") if isinstance(answer, dict) else "it gave no reason"
        raise ConfigError(f"the daemon of {root} did not record the verdict: {error}")
    return True
