"""The daemon of one Totebox, from its first process to its last audit row.

Start order: staging is cleared; the launcher starts, and starts the writer, before anything heavy is imported, so that
both stay small; the writer takes the lock and recovers the vault; every address is bound; this process enters its cage
(`DAEMON` in totebox/cage/profiles.py); the rooms are joined; audit rows are written for what `os-totebox` did
meanwhile; the link listens; `ready`.
"""

import asyncio
import contextlib
import gc
import logging
import os
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from protocol.carrier.listening import Bound
from protocol.trust.address import Scheme, parse_address
from totebox.cage.entry import enter
from totebox.cage.grade import settle
from totebox.cage.privileges import as_owner, become_owner
from totebox.cage.profiles import DAEMON, Access
from totebox.clock import monotonic_s
from totebox.config import Settings, answers, default_uri, listening, make_socket_folder
from totebox.daemon.opening import open_vault
from totebox.daemon.owner_socket import bind_owner_socket
from totebox.daemon.programs import PROGRAMS, Programs
from totebox.daemon.shutdown import THREADS, THREADS_S, WRITER_S, Ending, Stopped
from totebox.errors import AlreadyServed, ConfigError, LauncherLost, ToteboxError
from totebox.files.entrance import Planted, open_folder
from totebox.gate.staging import Leftover, Staging
from totebox.process.grants import granted
from totebox.process.interpreter import warn
from totebox.process.machine import machine
from totebox.services import ROSTER
from totebox.vault.life.home import lock
from totebox.vault.life.skeleton import make_missing_folders
from totebox.vault.places import CACHE, DROPS, Process
from totebox.writer.client import CLOSE_S, Patience, VaultClient

PATIENCE_S = 5.0
PAUSE_S = 0.1


_log = logging.getLogger("totebox")


def run(
    settings: Settings,
    ready: Callable[[str], None],
    say: Callable[[str], None] = _log.warning,
    programs: Programs = PROGRAMS,
) -> None:
    """Serve until SIGTERM or SIGINT, and end within ten seconds of it (`totebox.daemon.shutdown`).

    `ready(uri)` is called for each address once it accepts sessions, `say(text)` for each thing that the end did not
    wait for. `programs` are all programs that it can start.

    Raises:
        ToteboxError: why it cannot serve.
    """
    asyncio.run(_serve(settings, ready, say, programs))


async def _serve(
    settings: Settings, ready: Callable[[str], None], say: Callable[[str], None], programs: Programs
) -> None:
    ending, threads = Ending(say), ThreadPoolExecutor(thread_name_prefix=THREADS)
    asyncio.get_running_loop().set_default_executor(threads)
    ending.listen()
    with contextlib.suppress(Stopped):
        await _live(settings, ready, ending, programs)
    threads.shutdown(wait=False, cancel_futures=True)
    await ending.settled(asyncio.all_tasks() - {asyncio.current_task()}, THREADS_S, THREADS_S)
    ending.join_threads()
    ending.leave()


async def _live(settings: Settings, ready: Callable[[str], None], ending: Ending, programs: Programs) -> None:
    root = settings.places.root
    with as_owner(root), contextlib.suppress(OSError):
        make_missing_folders(root)
    _check_folders(root)
    async with contextlib.AsyncExitStack() as stack:
        lefts: list[Leftover] = []
        vault = await ending.unless(_vault(settings, stack, lefts, ending, programs))
        warn("os-totebox: ")
        bound, tls = _open_doors(settings)
        with as_owner(root):
            own = bind_owner_socket(root)
        from totebox.link.capacity import raise_limit  # heavy, hence after the writer was started

        raise_limit()  # after the launcher, whose processes need no more, and before the cage, which lets no limit be set
        has = machine()
        become_owner(root)
        _shut_in(settings, (vault.launcher.pid, vault.writer_pid))
        from totebox.daemon.assembly import Doors, House, Outside  # heavy, hence after the writer was started

        outside = Outside(vault.launcher, programs, has)
        gc.freeze()  # imported modules are never garbage: no collection visits them while consoles wait
        losing = asyncio.create_task(_end_when_lost(vault, ending), name="launcher's end")
        try:
            head = await ending.unless(vault.head())
            house = House(settings, vault, head, outside, Doors(bound, tls), ROSTER, lefts)
            await house.live(ending, ready, own)
        finally:
            losing.cancel()
        if vault.launcher.lost.is_set():
            raise LauncherLost(
                f"the process that starts the vault's writer was killed, so the daemon of {settings.places.root} ended in good order; "
                "start it again (a service manager does, on status 75)"
            )


def _clear_staging(settings: Settings) -> list[Leftover]:
    """Clear staging before anything else, so that staged files which filled the disk cannot prevent a start; not where
    another daemon serves.

    The lock is released again, because the writer takes it for itself: a daemon can outlive its writer. If another
    daemon takes the lock in between, that one serves.
    """
    with as_owner(settings.places.root):
        try:
            held = lock(settings.places.root)
        except (ToteboxError, OSError):
            return []  # the writer reports the fault
        try:
            os.close(open_folder(settings.places.root, CACHE))  # raises if it is a link: it could lead to another vault
            return Staging(settings.places.intake).clear()
        except OSError:
            return []  # the folder cannot be changed, and the vault is served nevertheless
        finally:
            os.close(held)


def _check_folders(root: Path) -> None:
    """Check that the drop folder and the cache are folders and no links: files are taken from them and removed.

    Raises:
        ConfigError: something else stands there.
    """
    for folder in (DROPS, CACHE):
        try:
            os.close(open_folder(root, folder))
        except Planted as error:
            what = f"{root / folder} {error.strerror}"
            raise ConfigError(f"{what}; put a folder in its place, or mount one there") from None
        except OSError:
            continue  # reported when the folder is used


async def _end_when_lost(vault: VaultClient, ending: Ending) -> None:
    """End the daemon when the launcher is lost: in its cage this process can start no other, and could neither replace
    a writer nor read a document.
    """
    await vault.launcher.lost.wait()
    ending.ask()


def _open_doors(settings: Settings) -> tuple[tuple[Bound, ...], ssl.SSLContext | None]:
    """Bind every address and read the certificate, before the cage: a port below 1024 and a key of root's need root.

    A Unix socket belongs to the owner of the vault.

    Raises:
        ToteboxError: an address is served already, or cannot be bound.
    """
    from protocol.carrier.listening import bind, edge_tls

    tls = edge_tls(*settings.certificate) if settings.certificate else None
    bound: list[Bound] = []
    for uri in settings.listen or (default_uri(settings.places.root),):
        address = parse_address(uri)
        if address.scheme is not Scheme.UNIX:
            bound.append(bind(address))
            continue
        with as_owner(settings.places.root):
            make_socket_folder(uri)
            if answers(uri):
                raise ConfigError(f"{uri} is served by another program; choose another address with --listen")
            bound.append(bind(address))
    return tuple(bound), tls


def _shut_in(settings: Settings, processes: Sequence[int] = ()) -> None:
    """Enter the cage: from here on this process cannot write a record, read files beyond its own, or open a connection.

    Where the kernel cannot do it, or the operator chose against it, the writer has reported so.
    """
    if not settle(settings.grade, log=settings.cage_log).is_caged:
        return
    root = settings.places.root
    own = Path(default_uri(root).removeprefix("unix:")).parent
    places = {**granted(root, Process.DAEMON), own: Access.TAKE}
    enter(DAEMON, places, secrets=(root,), processes=processes, log=settings.cage_log)


async def _vault(
    settings: Settings, stack: contextlib.AsyncExitStack, lefts: list[Leftover], ending: Ending, programs: Programs
) -> VaultClient:
    """The vault, with staging cleared first: `lefts` gets what was in it.

    Where no daemon answers but the lock is held, the writer of a killed daemon is finishing its work: this waits for
    it.
    """
    deadline = monotonic_s() + PATIENCE_S
    patience = Patience(lambda: ending.left_s(WRITER_S, CLOSE_S), ending.cut)
    while True:
        lefts += _clear_staging(settings)
        try:
            opening = open_vault(
                settings.places.root, settings.grade, patience, log=settings.cage_log, programs=programs
            )
            return await stack.enter_async_context(opening)
        except AlreadyServed:
            uris = listening(settings.places)
            if uris:
                raise AlreadyServed(
                    f"{settings.places.root} is already served at {uris[0]}; use that one, or stop it first"
                ) from None
            if monotonic_s() > deadline:
                raise
            await asyncio.sleep(PAUSE_S)
