"""The page of a vault card: lines for a terminal or a text file, and a PDF. Nothing is printed here.

The PDF is written by hand: one page of lines and squares needs little of that format, and the fonts that every reader has. No dependency
of a Totebox writes PDF files (fpdf2 is there only where the samples of `os-console demo` are made).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

NOTES = (
    "Keep this card where the vault is not. Whoever holds the vault's keys can write a folder that agrees with itself; it will not agree "
    "with this card.",
    "To compare: put the lines of the card, or what a camera reads from the code, into a file, and run "
    "`os-totebox verify DIR --card FILE`.",
    "The words stand for the vkey. Twelve words of a list of 256 carry 96 bits: two people can compare them by telephone.",
)
BLOCKS = "▀▄█"
"""The characters that the code is drawn with."""
QUIET = 2
"""Width of the empty border around the code, in modules."""
TEXT_WIDTH = 78

WIDTH_PT, HEIGHT_PT, LEFT_PT, TOP_PT = 595, 842, 56, 740
"""A4; what is drawn also fits on a US letter."""
CODE_PT = 220
LINE_PT, TYPE_PT, COLUMNS = 13, 9, 88

Modules = Sequence[Sequence[int]]
"""Rows of a code: 1 is dark."""


def modules_of(text: str) -> Modules:
    """The QR code of `text`, with its border."""
    import segno

    code = segno.make(text, error="l", micro=False, encoding="utf-8")
    return tuple(tuple(row) for row in code.matrix_iter(border=QUIET))


def page_lines(text: str, modules: Modules, *, is_screen: bool) -> Iterator[str]:
    """The page: the card's lines, its code, and how to use it. On a screen, which is dark, blocks are light modules; in a file, which is
    printed, dark ones. Without modules the page has no code, where an output cannot encode `BLOCKS`.
    """
    yield from text.splitlines()
    yield ""
    yield from _block_lines(modules, ink=0 if is_screen else 1)
    yield ""
    for note in NOTES:
        yield from wrap(note, TEXT_WIDTH)


def _block_lines(modules: Modules, ink: int) -> Iterator[str]:
    """Two rows of modules in each line. `ink` is the module that a block stands for."""
    blocks = {(False, False): " ", (True, False): BLOCKS[0], (False, True): BLOCKS[1], (True, True): BLOCKS[2]}
    for place in range(0, len(modules), 2):
        upper = modules[place]
        lower = modules[place + 1] if place + 1 < len(modules) else (1 - ink,) * len(upper)
        yield "".join(blocks[above == ink, below == ink] for above, below in zip(upper, lower, strict=True)).rstrip()


def page_pdf(text: str, modules: Modules) -> bytes:
    """The page as a PDF file. Its fonts know the letters of western Europe; another is written as its number, and the code holds it."""
    return _file(
        (
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH_PT} {HEIGHT_PT}] /Contents 4 0 R "
            "/Resources << /Font << /T 5 0 R /C 6 0 R /H 7 0 R >> >> >>",
            _stream("\n".join(_drawn(text, modules))),
            *(_font(name) for name in ("Helvetica-Bold", "Courier", "Helvetica")),
        )
    )


def _drawn(text: str, modules: Modules) -> Iterator[str]:
    """The commands that draw, from the top down: the heading, the card's lines, the code and the notes."""
    yield _shown("T", 18, TOP_PT, "Vault card")
    top = TOP_PT - LINE_PT
    for line in text.splitlines():
        for piece in wrap(line, COLUMNS, subsequent_indent="    ", break_on_hyphens=False) or [""]:
            top -= LINE_PT
            yield _shown("C", TYPE_PT, top, piece)
    top -= LINE_PT
    yield from _squares(modules, top)
    top -= CODE_PT + LINE_PT
    for note in NOTES:
        for piece in wrap(note, COLUMNS):
            top -= LINE_PT
            yield _shown("H", TYPE_PT, top, piece)


def _squares(modules: Modules, top: int) -> Iterator[str]:
    """The commands that fill each dark module of the code, whose upper edge is at `top`."""
    size = CODE_PT / len(modules)
    for row, line in enumerate(modules):
        for column, dark in enumerate(line):
            if dark:
                yield f"{LEFT_PT + column * size:.3f} {top - (row + 1) * size:.3f} {size:.3f} {size:.3f} re"
    yield "f"


def _shown(font: str, size: int, bottom: int, text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{font} {size} Tf {LEFT_PT} {bottom} Td ({escaped}) Tj ET"


def _stream(commands: str) -> str:
    return f"<< /Length {len(_bytes(commands))} >>\nstream\n{commands}\nendstream"


def _font(name: str) -> str:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"


def _file(objects: Sequence[str]) -> bytes:
    """A PDF file with these objects, numbered from 1; the first is its catalog. ISO 32000-1, 7.5."""
    data, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += _bytes(f"{number} 0 obj\n{each}\nendobj\n")
    table = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(data)


def _bytes(text: str) -> bytes:
    return text.encode("cp1252", "backslashreplace")


def check_place(root: Path, file: Path) -> None:
    """Check that a page can be made at `file`.

    Raises:
        ConfigError: it exists, or lies in the vault at `root`.
    """
    from totebox.errors import ConfigError

    if file.exists() or file.is_symlink():
        raise ConfigError(f"{file} exists; name a file that does not")
    if file.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"{file} lies in the vault, whose every file has an owner; name a file outside of it")
