"""Python versions with known faults in modules that read hostile input: `html.parser` reads mail, `zipfile` opens Office files.

Sources, as CVE records of the Python Software Foundation:

    CVE-2025-6069   html.parser   crafted markup costs quadratic time     fixed in 3.11.14, 3.12.12, 3.13.6, 3.14.0
    CVE-2025-8291   zipfile       the ZIP64 end record is not checked     fixed in 3.11.14, 3.12.12, 3.13.10, 3.14.1
    CVE-2024-0450   zipfile       members may overlap, as bombs           fixed in 3.11.8, 3.12.2

CVE-2026-15308 (html.parser, text that comes in many pieces) does not matter here: a mail's text is fed in one piece. An older Python
gives a warning and is not refused: document readers have limits of CPU and memory, so a crafted document ends its reader alone.
"""

import sys
from collections.abc import Sequence

LEAST = {(3, 11): 14, (3, 12): 12, (3, 13): 10, (3, 14): 1}
"""The first patch level of each minor version in which all of the above is fixed; later minor versions have all fixes."""


def known_faults(version: Sequence[int]) -> str:
    """One line that names the known faults of Python `version` (major, minor, patch) and the remedy; '' when there are none."""
    major, minor, patch = version[:3]
    least = LEAST.get((major, minor), 0)
    if patch >= least:
        return ""
    return (
        f"Python {major}.{minor}.{patch} has known faults in html.parser and zipfile (CVE-2025-6069, CVE-2025-8291), which read what "
        f"others send; use {major}.{minor}.{least} or newer, unless your distribution has mended its own"
    )


def warn(program: str = "") -> None:
    """Write the known faults of the running Python to stderr, after the text `program`."""
    if said := known_faults(sys.version_info[:3]):
        sys.stderr.write(f"{program}warning: {said}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    warn()
