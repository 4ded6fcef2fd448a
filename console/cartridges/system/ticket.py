"""A ticket to read, to type and to scan."""

import io

from rich.text import Text

from console.model.cells import moment
from console.model.safe_text import safe_line


def ticket_text(ticket: str, role: str, expires: str, rows: int, columns: int) -> Text:
    """The ticket, with its QR code where a terminal of `rows` and `columns` has room: dark on light, as scanners
    need.
    """
    text = Text(no_wrap=True)
    width = max(20, columns * 9 // 10 - 8)
    plain = safe_line(ticket)
    lines = [plain[at : at + width] for at in range(0, len(plain), width)]
    text.append(f"One pairing as {safe_line(role)}, until {moment(expires)} UTC.\n")
    text.append("On the other device:  os-console pair TICKET\n\n")
    text.append("\n".join(lines), "bold")
    code = _qr(ticket)
    if code and len(code) + len(lines) + 7 <= rows and len(code[0]) + 10 <= columns:
        text.append("\n\n")
        for number, row in enumerate(code):
            text.append(row, "#000000 on #ffffff")
            text.append("\n" if number < len(code) - 1 else "")
    else:
        text.append("\n\nA QR code would not fit this terminal; y copies the ticket.")
    return text


def _qr(text: str) -> list[str]:
    """Two modules a cell, with the quiet zone. Case does not matter in a ticket, and capitals take a third less room.

    Nothing where no code can hold the text that the Totebox sent.
    """
    import segno

    out = io.StringIO()
    try:
        segno.make(text.upper(), error="l", boost_error=False).save(out, kind="txt", border=2)
    except ValueError:
        return []
    modules = out.getvalue().split()
    if len(modules) % 2:
        modules.append("0" * len(modules[0]))
    return [
        "".join(_cell(a, b) for a, b in zip(modules[i], modules[i + 1], strict=True)) for i in range(0, len(modules), 2)
    ]


def _cell(upper: str, lower: str) -> str:
    return {"00": " ", "10": "▀", "01": "▄", "11": "█"}[upper + lower]
