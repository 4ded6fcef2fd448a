"""How the console opens: pairings, the local Totebox, links, screen. The only file that joins keyring and app."""

import gc
import os
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING

from console.config import Config, device_label
from console.errors import ConfigError, ConsoleError, LocalToteboxError
from console.places import data_dir, local_dir
from console.terminal import complain_text, guard_logs, is_watched, say, say_text

if TYPE_CHECKING:
    from console.app.app import LedgerApp
    from console.link.keyring import Keyring
    from console.link.pairing import StoredPairing
    from console.setup.local_totebox import LocalTotebox

LOCAL_NAME = "local"
GREETING = "your Totebox is ready: press F12 to take in its first document"


def open_console(
    keyring: "Keyring",
    config: Config,
    *,
    demo: Callable[[], int],
    assume_yes: bool = False,
    first_key: str = "",
    local: Path | None = None,
) -> int:
    """Open the screen on every pairing, and create or start the local Totebox where the person wants it; returns the
    exit status.

    Args:
        demo: runs the demo, if the person chooses it at the first start; returns the exit status.
        assume_yes: create or start the local Totebox without asking.
        first_key: the F-key to open on; else F10 with several pairings, F8 with one.
        local: where the local Totebox is (default: XDG_DATA_HOME/totebox/local).
    """
    guard_logs()
    place = local or local_dir(os.environ)
    pairings = keyring.pairings()
    if pairings:
        _wake(pairings, config, place, assume_yes)
    else:
        done = _begin(keyring, config, place, assume_yes, demo)
        if done is not None:
            return done
    return show_console(keyring, config, first_key=first_key, greeting="" if pairings else GREETING)


def show_console(
    keyring: "Keyring",
    config: Config,
    *,
    first_key: str = "",
    greeting: str = "",
    signalled: Callable[[], None] = lambda: None,
) -> int:
    """The screen on every pairing; returns the exit status.

    Args:
        first_key: the F-key to open on; else F10 with several pairings, F8 with one.
        greeting: a text for the first screen, shown until another one is opened.
        signalled: called once when a signal ends the console, before the screen closes.

    Raises:
        ConsoleError: there is no terminal.
    """
    guard_logs()
    if not is_watched():
        raise ConsoleError("the screen needs a terminal; without one use: os-console run ID --json (run help: which)")
    app = make_app(
        keyring,
        config,
        keyring.pairings(),
        reports=data_dir(os.environ) / "reports",
        first_key=first_key,
        greeting=greeting,
    )
    return _run(app, config.mouse, signalled)


def _run(app: "LedgerApp", mouse: bool, signalled: Callable[[], None]) -> int:
    """Run the application to its end, whatever ends it; returns the exit status."""
    from console.app.termination import Termination

    def leave(status: int) -> None:
        signalled()
        app.end(status)

    with Termination(leave) as termination:
        app.opened, app.leaving = termination.guard_resume, termination.leaving
        app.run(mouse=mouse)
        termination.over()
    return termination.status or app.return_code or 0


def make_app(
    keyring: "Keyring",
    config: Config,
    pairings: "list[StoredPairing]",
    *,
    reports: Path,
    first_key: str = "",
    greeting: str = "",
    agent: str = "",
    stale_after_s: float | None = None,
) -> "LedgerApp":
    """The application with a live session for each of `pairings`. Keys and the protocol are loaded after its first
    paint.

    Exports and crash reports go to the folder `reports`; `stale_after_s` is as for a `Session`.
    """
    from datetime import UTC, datetime

    from console.app.app import LedgerApp
    from console.app.settings_reload import changes
    from console.link.lazy_link import LateLink
    from console.model.events import PairingAdded
    from console.model.link import Link, Mailbox

    mailbox, label, file = Mailbox(), device_label(config), config.file
    in_force = [config]

    async def followed(file: Path) -> "AsyncIterator[Config | ConfigError]":
        async for told in changes(file):
            if isinstance(told, Config):
                in_force[:] = [told]
            yield told

    def dialer(pairing: "StoredPairing") -> Callable[[], Link]:
        def make() -> Link:
            from console.agent import program
            from console.link.session import Session
            from console.link.witness import Stand

            static, binder, named = keyring.static(), keyring.binder(), agent or program("keyboard")
            _settle()
            stand = Stand(
                lambda: keyring.witness(in_force[0].witness_name, device_label(in_force[0])),
                lambda: int(time()),
                lambda: in_force[0].witness_automatic,
            )
            return Session(
                pairing, static, binder, label, named, mailbox, monotonic,
                seen=keyring.seen, store=keyring, stand=stand, stale_after_s=stale_after_s,
            )  # fmt: skip

        return make

    @cache  # F8 and F11 ask for it at each drawing, and it is in a file or behind an agent
    def own_fingerprint() -> str:
        from protocol.trust.keys import fingerprint

        return fingerprint(keyring.binder().key)

    links: dict[str, Link] = {}
    for each in pairings:
        mailbox(PairingAdded(each.totebox, each.name, each.uri, monotonic()))
        links[each.totebox] = LateLink(dialer(each))
    try:
        return LedgerApp(
            links,
            mailbox,
            clock=monotonic,
            today=lambda: datetime.now(UTC).isoformat(timespec="microseconds"),
            device=label,
            start=first_key,
            theme=config.theme,
            keymap=config.keys,
            reports=reports,
            fingerprint=own_fingerprint,
            settings=(lambda: followed(file)) if file is not None else None,
            greeting=greeting,
        )
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}" if file is not None else str(error)) from error


def _settle() -> None:
    """After the first picture: keep what the start made out of garbage collection, and switch collection on again."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def _local(place: Path) -> "LocalTotebox":
    from console.setup.local_totebox import LocalTotebox

    return LocalTotebox(place, data_dir(os.environ) / "local.log")


def _begin(keyring: "Keyring", config: Config, place: Path, assume_yes: bool, demo: Callable[[], int]) -> int | None:
    """Without any pairing: create the local Totebox, show the demo, or leave. None: go on."""
    from console.setup import first_run as welcome

    if not assume_yes:
        if not welcome.is_asked():
            complain_text(welcome.HEADLESS.rstrip("\n"))
            return 2
        match welcome.first(place):
            case welcome.First.LEAVE:
                return 0
            case welcome.First.DEMO:
                return demo()
            case welcome.First.CREATE:
                pass
    create_local(keyring, config, _local(place), say_text)
    return None


def create_local(keyring: "Keyring", config: Config, local: "LocalTotebox", say: Callable[[str], None]) -> None:
    """Create (or find) the local Totebox, start it and pair with it. `say` is called with each step.

    Raises:
        LocalToteboxError: creating or starting failed; what exists is kept and used the next time.
    """
    from console.setup.enrolment import enrol

    if local.exists():
        ticket = ""
        say(f"found a Totebox in {local.directory}")
    else:
        say(f"creating a Totebox in {local.directory}")
        ticket = local.init(_entity(), "household")
    say("starting it")
    local.ensure_up()
    pairing = enrol(ticket or local.ticket("admin"), keyring, device_label(config), LOCAL_NAME)
    say(f"paired as {pairing.role.name if pairing.role else 'a device'}; it goes on when the console closes")


def _entity() -> str:
    """A name for the first entity: the person's login name."""
    import getpass

    try:
        return f"Ledger of {getpass.getuser()}"
    except (KeyError, OSError):
        return "Local Ledger"


def _wake(pairings: "list[StoredPairing]", config: Config, place: Path, assume_yes: bool) -> None:
    """Start the local Totebox again, if it is ours and not running. The console opens in any case."""
    if all(each.name != LOCAL_NAME for each in pairings) or not (place / "totebox.yaml").exists():
        return
    local = _local(place)
    if local.is_up():
        return
    if not assume_yes and not _is_wanted(config, place):
        return
    try:
        local.ensure_up()
    except LocalToteboxError as error:
        say(str(error), "the console opens without it")


def _is_wanted(config: Config, place: Path) -> bool:
    from console.setup import first_run as welcome

    match config.local_start:
        case "always":
            return True
        case "never":
            return False
        case _:
            return welcome.is_asked() and welcome.start_it(place)
