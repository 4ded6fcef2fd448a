"""A crash leaves a restored terminal and a report: what was on the screen, which versions, and the traceback."""

import platform
import traceback
from pathlib import Path

from console.model.safe_text import safe_lines


def report(error: BaseException, where: str, stamp: str) -> str:
    """The report as text, without records and keys. `where` names the screen, `stamp` the time.

    The text of the fault may come from outside and is made safe, because the report is read in a terminal.
    """
    from importlib.metadata import version  # 20 ms that a start does not need

    lines = [
        "os-console stopped unexpectedly. Nothing is lost: records live in their Toteboxes.",
        "",
        f"time      {stamp}",
        f"screen    {where}",
        f"console   {version('totebox')}   textual {version('textual')}   python {platform.python_version()}",
        f"system    {platform.platform()}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    return safe_lines("\n".join(lines))


def write_report(folder: Path, text: str, stamp: str) -> Path | None:
    """Write it as a new file; None when that fails too."""
    name = f"crash-{''.join(c for c in stamp if c.isalnum())[:20]}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        with path.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError:
        return None
    return path
