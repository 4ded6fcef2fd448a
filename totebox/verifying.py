"""Verifying a vault in a process of its own: it reads every byte, and the daemon stays small and quick meanwhile.

    python -m totebox.verifying WIRE VAULT GRADE [log]

The process shuts itself in, with the copies that it makes of itself, and answers on the socket WIRE: JSON, the findings and how many
there are, or why it could not run.
"""

import json
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from pathlib import Path

from totebox.errors import ServiceFault, ToteboxError
from totebox.gate.verdict import Verified
from totebox.service import Errand
from totebox.vault.api import Finding


async def verify_vault(start: Callable[[], AbstractAsyncContextManager[Errand]]) -> Verified:
    """What `os-totebox verify DIR` finds.

    Raises:
        ServiceFault: it could not run; quotes its words.
    """
    data = bytearray()
    async with start() as errand:
        await errand.tell(b"")
        while block := await errand.read(65_536):
            data += block
        status = await errand.ended()
    found = json.loads(data) if status == 0 and data else f"its process ended with {status}"
    if isinstance(found, str):
        raise ServiceFault(f"the verification could not run: {found}")
    return Verified([Finding(**finding) for finding in found["findings"]], found["total"])


def main(wire: str, vault: str, grade: str, log: str = "") -> int:
    """Verify, and answer on the wire."""
    from protocol.schema.numbers import Grade
    from totebox.cage.grade import settle
    from totebox.cage.privileges import become_owner
    from totebox.reports import verify_vault as verify

    with socket.socket(fileno=int(wire)) as end:
        become_owner(Path(vault))
        if settle(Grade(grade), log=bool(log)).is_caged:
            shut_in(Path(vault), log=bool(log))
        found: str | dict[str, object]
        try:
            report = verify(Path(vault), None, None, None)
            listed = [asdict(finding) for finding in (*report.findings, *_more(report.unlisted))]
            found = {"findings": listed, "total": report.found}
        except (ToteboxError, OSError) as error:
            found = str(error)
        end.sendall(json.dumps(found).encode())
    return 0


def shut_in(vault: Path, *, log: bool = False) -> None:
    """Enter the verifier's cage: of `vault` what is verified can be read, no key, and nothing can be written."""
    from totebox.cage.entering import enter
    from totebox.cage.profiles import VERIFIER
    from totebox.services.fs.granted import Process, granted

    enter(VERIFIER, granted(vault, Process.VERIFIER), secrets=(vault,), log=log)


def _more(unlisted: Mapping[str, int]) -> Iterator[Finding]:
    """What the report counts and does not list, as one finding of each severity."""
    for severity in ("damage", "foreign", "doubt"):
        if count := unlisted.get(severity, 0):
            yield Finding(
                severity, "", None, None, "a list of all", f"{count} more", "mend what is listed, and verify again"
            )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
