"""Cold start: `os-console` with one pairing, to the first paint of its strip, beside a minimal Textual application."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.row import Row, interleaved, judge
from benchmarks.terminal import OnTerminal
from console.link.keyring import Keyring
from console.link.pairing import StoredPairing
from protocol.schema.numbers import Role
from protocol.trust.keys import fingerprint, generate_static, totebox_id

ROUNDS = 9
AIM = 1.5
HERE = Path(__file__).parent


def run() -> list[Row]:
    with TemporaryDirectory(prefix="cold") as directory:
        home = Path(directory)
        environ = {
            **os.environ,
            "HOME": directory,
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_CONFIG_HOME": f"{home}/config",
        }
        _pair_nobody(Keyring(home / "data/totebox/console"))
        console = [str(Path(sys.executable).with_name("os-console"))]
        minimal = [sys.executable, str(HERE / "_minimal_app.py")]

        def ours() -> float:
            return _painted(console, environ, b"SYSTEM")

        def peer() -> float:
            return _painted(minimal, environ, b"MINIMAL-APP-READY")

        ours(), peer()  # warm the disk's cache and the byte code
        first, second = interleaved(ours, peer, ROUNDS)
    note = f"exec to the strip on screen, {ROUNDS} interleaved rounds"
    seconds = judge("cold_start", first, second, peer_name="minimal Textual app", aim=AIM, unit="s", note=note)
    return [seconds]


def _painted(argv: list[str], environ: dict[str, str], word: bytes) -> float:
    with OnTerminal(argv, environ) as terminal:
        return terminal.until(word)


def _pair_nobody(keyring: Keyring) -> None:
    """One pairing with a Totebox that is down: the screen must open all the same."""
    binder = keyring.binder()
    static = generate_static(os.urandom).public
    keyring.store(
        StoredPairing(
            totebox=totebox_id(static),
            name=f"nobody {fingerprint(binder.key)[7:11]}",
            uri=f"unix:{keyring.directory}/nobody.sock",
            subject_static=static,
            subject_key=binder.key,
            psk=os.urandom(32),
            role=Role.ADMIN,
            vkey="nobody",
            audit_vkey="nobody/audit",
        )
    )
