"""A ticket to read, to type and to scan."""

import io

from rich.text import Text

from console.model.cells import moment
from console.model.safe_text import safe_line


def ticket_text(ticket: str, role: str, expires: str, rows: int, columns: int) -> Text:
    """The ticket with its QR code where the terminal has room for one: dark modules on light, as scanners want."""
    text = Text()
    text.append(f"One pairing as {safe_line(role)}, until {moment(expires)} UTC, for whoever brings it:\n\n")
    plain = safe_line(ticket)
    text.append("\n".join(plain[at : at + columns - 12] for at in range(0, len(plain), max(20, columns - 12))), "bold")
    text.append("\n\nOn the other device:  os-console pair TICKET\n")
    code = _qr(ticket)
    if len(code) + 12 <= rows and code and len(code[0]) + 10 <= columns:
        text.append("\n")
        for row in code:
            text.append(row + "\n", "#000000 on #ffffff")
    else:
        text.append("\n(the terminal is too small for the QR code; make it larger and issue another)\n")
    return text


def _qr(text: str) -> list[str]:
    """Two modules a cell, with the quiet zone."""
    import segno

    out = io.StringIO()
    segno.make(text, error="l", boost_error=False).save(out, kind="txt", border=2)
    modules = out.getvalue().split()
    if len(modules) % 2:
        modules.append("0" * len(modules[0]))
    return [
        "".join(_cell(a, b) for a, b in zip(modules[i], modules[i + 1], strict=True)) for i in range(0, len(modules), 2)
    ]


def _cell(upper: str, lower: str) -> str:
    return {"00": " ", "10": "▀", "01": "▄", "11": "█"}[upper + lower]
