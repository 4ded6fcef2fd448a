"""Bytes that the console writes to its terminal: the first F8 at 200x60, and a minute of a quiet F10, F8, F11 and F12.

A first visit is held against its own text (what was written without its control sequences) and against 20 kB, an idle screen
against 200 bytes a minute. The six Toteboxes are the demo's: real daemons with real records.
"""

import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.row import Row
from benchmarks.terminal import OnTerminal

SIZE = (200, 60)
TEXT_AIM, BYTES_AIM, IDLE_AIM = 1.6, 20_000, 200
VISIT_S, SETTLE_S, IDLE_S = 6.0, 20.0, 60.0
F8, CTRL_Q = b"\x1b[19~", b"\x11"
OTHERS = (("f11", b"\x1b[23~"), ("f12", b"\x1b[24~"))
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|[\r\n]")


def run() -> list[Row]:
    with TemporaryDirectory(prefix="bytes") as home:
        environ = {**os.environ, "HOME": home, "XDG_DATA_HOME": f"{home}/data", "XDG_CONFIG_HOME": f"{home}/config"}
        console = [str(Path(sys.executable).with_name("os-console")), "demo", "--dir", f"{home}/demo"]
        with OnTerminal(console, environ, SIZE) as terminal:
            terminal.until(b"FLEET")
            terminal.watch(SETTLE_S)
            idle = terminal.watch(IDLE_S) * 60 / IDLE_S
            terminal.press(F8)
            sent = terminal.watch(VISIT_S)
            text = len(CONTROL.sub(b"", terminal.seen[-sent:]))
            idles = {"f10": idle, "f8": terminal.watch(IDLE_S) * 60 / IDLE_S}
            for screen, key in OTHERS:
                terminal.press(key)
                terminal.watch(VISIT_S)
                idles[screen] = terminal.watch(IDLE_S) * 60 / IDLE_S
            terminal.press(CTRL_Q)
            terminal.process.wait()
    first = f"first F8 at {SIZE[0]}x{SIZE[1]}, from F10"
    return [
        _row("terminal_first_f8_text", sent, text, "its own text", TEXT_AIM, "bytes", first),
        _row("terminal_first_f8", sent, BYTES_AIM, "the aim", 1.0, "bytes", first),
        *(
            _row(
                f"terminal_idle_{screen}",
                sent_idle,
                IDLE_AIM,
                "the aim",
                1.0,
                "bytes/min",
                "six Toteboxes, nobody asks",
            )
            for screen, sent_idle in idles.items()
        ),
    ]


def _row(name: str, ours: float, peer: float, peer_name: str, aim: float, unit: str, note: str) -> Row:
    return Row(name, ours, peer, peer_name, round(ours / peer, 3), aim, ours <= aim * peer, unit, note)
