"""Opens a vault for writing: starts the launcher with the registry, and through it the writer."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.daemon.programs import PROGRAMS, Programs
from totebox.process.launcher import LauncherClient
from totebox.writer.client import KILLED_S, Patience, VaultClient


@contextlib.asynccontextmanager
async def open_vault(
    root: Path,
    grade: Grade = Grade.KERNEL,
    patience: Patience = Patience(),
    *,
    log: bool = False,
    programs: Programs = PROGRAMS,
) -> AsyncIterator[VaultClient]:
    """The vault at `root`, served by a writer process of its own while the context lasts; `grade` is how strictly the
    kernel confines it.

    With `log`, calls that no cage names are allowed and reported in the kernel's log (`totebox.cage.policy`).

    Raises:
        ConfigError, AlreadyServed, NewerFormat, VaultError: why it cannot be served.
    """
    launcher = LauncherClient(root, grade, programs.rows, programs.files, log=log)
    client = VaultClient(launcher, programs.writer, patience)
    try:
        try:
            await client.start()
            yield client
        finally:
            await client.close()
    finally:
        if not await launcher.close(max(KILLED_S, patience.finish_s())):
            patience.cut("the process that starts the vault's writer, which does not end")
