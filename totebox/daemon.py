"""The daemon of one Totebox, from its first process to its last audit row.

Start order: staging is cleared; the writer process, before anything heavy is imported, so that it stays small; it holds
the lock and recovers the vault; then this process shuts itself in (totebox/cage/service.py); then the rooms are joined; what
`os-totebox` did meanwhile goes into the audit log; the link listens; `ready`.
"""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.cage import service as cage
from totebox.cage.grade import settle
from totebox.clock import monotonic_s
from totebox.config import Settings, answers, default_uri, listening, make_socket_folder
from totebox.errand import chart, outside
from totebox.errors import AlreadyServed, ConfigError, StarterLost, ToteboxError
from totebox.gate.staging import Leftover, Staging
from totebox.interpreter import warn
from totebox.owner import bind_owner_socket
from totebox.vault.client import VaultClient, open_vault
from totebox.vault.home import lock
from totebox.vault.keys import SERVING, settle_keys
from totebox.vault.orders import CHART, READ, VERIFY

PATIENCE_S = 5.0
PAUSE_S = 0.1


def run(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `ready(uri)` is called for each address once it takes sessions.

    Raises:
        ToteboxError: what is in the way.
    """
    asyncio.run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.suppress(OSError):
        settle_keys(settings.places.root)
    with contextlib.suppress(OSError):
        # A backup may have left it out: it is empty most of the time.
        settings.places.drops.mkdir(exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        lefts: list[Leftover] = []
        vault = await _vault(settings, stack, lefts)
        warn("os-totebox: ")
        own = bind_owner_socket(settings.places.root)
        _shut_in(settings)
        from totebox.assembly import Beyond, House  # heavy, hence after the writer was started

        beyond = Beyond(
            lambda document: outside(partial(vault.errand, READ), document),
            lambda: outside(partial(vault.errand, VERIFY)),
            lambda: vault.walls,
            lambda: chart(partial(vault.errand, CHART)),
        )
        gc.freeze()  # what was imported is never garbage: no collection walks it while consoles wait
        losing = asyncio.create_task(_end_when_lost(vault, stop), name="starter")
        try:
            await House(settings, vault, await vault.head(), beyond, lefts).live(stop, ready, own)
        finally:
            losing.cancel()
        if vault.lost.is_set():
            raise StarterLost(
                f"the process that starts the vault's writer was killed, so the daemon of {settings.places.root} ended in good order; "
                "start it again (a service manager does, on status 75)"
            )


def _clear_staging(settings: Settings) -> list[Leftover]:
    """Before anything else, so that a disk that staged files have filled keeps nobody from starting; not where another daemon serves.

    The lock is given back: the writer, which a daemon outlives, holds it by itself. Who comes first in between serves.
    """
    try:
        held = lock(settings.places.root)
    except (ToteboxError, OSError):
        return []  # the writer says what is in the way
    try:
        return Staging(settings.places.intake).clear()
    except OSError:
        return []  # nobody may change it: the vault is served all the same
    finally:
        os.close(held)


async def _end_when_lost(vault: VaultClient, stop: asyncio.Event) -> None:
    """In its cage this process can start nobody: a writer that dies next would not come back, and no document could be read."""
    await vault.lost.wait()
    stop.set()


def _shut_in(settings: Settings) -> None:
    """From here on the kernel keeps this process and its children from writing a record, and from speaking first to anybody.

    Where the kernel cannot, or shall not, the writer has said so.
    """
    if settle(settings.grade).grade is not Grade.KERNEL:
        return
    places = settings.places
    writable = [places.state, places.drops]
    for uri in settings.listen or (default_uri(places.root),):
        if uri.startswith("unix:"):
            writable.append(_socket_place(uri))
    shown = [places.keys / name for name in SERVING]
    secret = places.keys if places.keys.parent == places.root else None
    cage.enter(writable, (places.root / "assets", places.root / "ledger"), secret=secret, shown=shown)


def _socket_place(uri: str) -> Path:
    """The folder of a socket that is free to be bound. Seen to here: inside the cage nobody may be dialled, and few names be removed."""
    make_socket_folder(uri)
    path = Path(uri.removeprefix("unix:"))
    if answers(uri):
        raise ConfigError(f"{uri} is served by another program; choose another address with --listen")
    if path.is_socket():
        path.unlink()
    return path.parent


async def _vault(settings: Settings, stack: contextlib.AsyncExitStack, lefts: list[Leftover]) -> VaultClient:
    """The vault, with staging cleared first: `lefts` gets what lay there.

    Where nobody answers but the lock is held, the writer of a daemon that was killed finishes what it had begun.
    """
    deadline = monotonic_s() + PATIENCE_S
    while True:
        lefts += _clear_staging(settings)
        try:
            return await stack.enter_async_context(open_vault(settings.places.root, settings.grade))
        except AlreadyServed:
            uris = listening(settings.places)
            if uris:
                raise AlreadyServed(
                    f"{settings.places.root} is already served at {uris[0]}; use that one, or stop it first"
                ) from None
            if monotonic_s() > deadline:
                raise
            await asyncio.sleep(PAUSE_S)
