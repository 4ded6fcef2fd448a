"""Cold start: `os-console` with one pairing, to the first paint of its strip, beside a minimal Textual application.

Both run from byte code, as an installed program does, also where the environment or a read-only tree keeps Python from
writing it beside the sources: there Python compiles every module of ours at each start, and none of Textual's.
"""

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
        environ = _environ(home)
        _pair_nobody(Keyring(home / "data/totebox/console"))
        console = [str(Path(sys.executable).with_name("os-console"))]
        minimal = [sys.executable, str(HERE / "_minimal_app.py")]

        ours_cpu, peer_cpu = list[float](), list[float]()

        def ours() -> float:
            return _painted(console, environ, b"SYSTEM", ours_cpu)

        def peer() -> float:
            return _painted(minimal, environ, b"MINIMAL-APP-READY", peer_cpu)

        ours(), peer()  # warm the disk's cache and the byte code
        ours_cpu.clear()
        peer_cpu.clear()
        first, second = interleaved(ours, peer, ROUNDS)
    note = f"exec to the strip on screen, {ROUNDS} interleaved rounds"
    name = "minimal Textual app"
    return [
        judge("cold_start", first, second, peer_name=name, aim=AIM, unit="s", note=note),
        judge("cold_start_cpu", ours_cpu, peer_cpu, peer_name=name, aim=AIM, unit="s of CPU", note=note),
    ]


def _environ(home: Path) -> dict[str, str]:
    """The environment of both programs: their home, and a folder for byte code, which the first start fills."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    places = {"HOME": home, "XDG_DATA_HOME": home / "data", "XDG_CONFIG_HOME": home / "config"}
    return {**kept, **{name: str(place) for name, place in places.items()}, "PYTHONPYCACHEPREFIX": str(home / "pyc")}


def _painted(argv: list[str], environ: dict[str, str], word: bytes, cpu: list[float]) -> float:
    """Seconds to `word`; the CPU used until then goes to `cpu`."""
    with OnTerminal(argv, environ) as terminal:
        seconds = terminal.until(word)
        cpu.append(terminal.cpu_s())
        return seconds


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
