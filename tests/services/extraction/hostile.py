"""A reader that breaks the rules: it is started as a reader is, and the document's first line says how it shall misbehave."""

import os
import signal
import socket
import sys
from collections.abc import Iterator

from totebox.process.frames import fields, frame
from totebox.services.extraction.answer import ReaderFrame

MEDIA = frame(ReaderFrame.MEDIA, b"text/plain")
TEXT = frame(ReaderFrame.TEXT, b"Jane Doe signs.\n")
TEXT_END = frame(ReaderFrame.TEXT_END, fields(0))
END = frame(ReaderFrame.END, b"")
BEGUN = MEDIA + TEXT


def claim(
    *, value: object = "Jane Doe", start: object = 0, end: object = 8, line: int = 1, page: int = 0, role: str = ""
) -> bytes:
    """A claim of any types."""
    return frame(ReaderFrame.CLAIM, fields("person", value, "", line, page, start, end, "x", "rule/1", role))  # type: ignore[arg-type]


WHOLE = {
    "brackets": [b"[],[],"],
    "a frame without end": [frame(ReaderFrame.MEDIA, b"")[:1] + b"\x7f\xff\xff\xff"],
    "no media": [TEXT],
    "media twice": [MEDIA, MEDIA],
    "unknown media": [frame(ReaderFrame.MEDIA, b"text/evil")],
    "claims before text": [BEGUN, claim()],
    "text after its end": [BEGUN, TEXT_END, TEXT],
    "left out after its end": [BEGUN, TEXT_END, frame(ReaderFrame.LEFT_OUT, b"x")],
    "bytes after the end": [BEGUN, TEXT_END, END + b"x"],
    "end without text end": [BEGUN, END],
    "empty text": [MEDIA, frame(ReaderFrame.TEXT, b"")],
    "half a character": [MEDIA, frame(ReaderFrame.TEXT, b"\xc3")],
    "escape": [MEDIA, frame(ReaderFrame.TEXT, b"\x1b]0;x\x07")],
    "bidi": [MEDIA, frame(ReaderFrame.TEXT, "\u202e".encode())],
    "two lines left out": [BEGUN, frame(ReaderFrame.LEFT_OUT, b"a\nb")],
    "a hundred left out": [BEGUN, *[frame(ReaderFrame.LEFT_OUT, b"a")] * 100],
    "pages": [BEGUN, frame(ReaderFrame.TEXT_END, fields(1 << 60))],
    "pages are a text": [BEGUN, frame(ReaderFrame.TEXT_END, fields("9"))],
    "a number for a text": [BEGUN, TEXT_END, claim(value=9)],
    "a text for a number": [BEGUN, TEXT_END, claim(start="0")],
    "a bool for a number": [BEGUN, TEXT_END, claim(start=False)],
    "a negative number": [BEGUN, TEXT_END, claim(start=-1)],
    "outside the text": [BEGUN, TEXT_END, claim(end=10_000)],
    "no such line": [BEGUN, TEXT_END, claim(line=99)],
    "no such page": [BEGUN, TEXT_END, claim(page=1)],
    "too long a value": [BEGUN, TEXT_END, claim(value="x" * 9_000)],
    "escape in a value": [BEGUN, TEXT_END, claim(value="\x1b[2J")],
    "a role that no rule gives": [BEGUN, TEXT_END, claim(role="total")],
    "too few values": [BEGUN, TEXT_END, frame(ReaderFrame.CLAIM, fields("person"))],
    "no values": [BEGUN, TEXT_END, frame(ReaderFrame.CLAIM, b"\xc1")],
    "a number of 9,000 digits": [BEGUN, TEXT_END, frame(ReaderFrame.CLAIM, b"[" + b"9" * 9_000 + b"]")],
    "deep values": [BEGUN, TEXT_END, frame(ReaderFrame.CLAIM, b"[" * 9_000)],
    "many claims": [BEGUN, TEXT_END, claim() * 300_000],
}
"""What is sent; the last piece again and again, up to 60 MiB."""
FLOOD_BYTES = 60 << 20


def pieces(attack: str) -> Iterator[bytes]:
    """What to send."""
    match attack:
        case "endless text":
            yield MEDIA
            while True:
                yield frame(ReaderFrame.TEXT, b"word " * 10_000)
        case "a letter a frame":
            yield MEDIA
            while True:
                yield frame(ReaderFrame.TEXT, b"x") * 1_000
        case "silence":
            signal.pause()
        case "silence in the text":
            yield BEGUN
            signal.pause()
        case "death in the text":
            yield BEGUN
            os.kill(os.getpid(), signal.SIGSEGV)
        case "out of time in the claims":
            yield BEGUN + TEXT_END + claim()
            os.kill(os.getpid(), signal.SIGXCPU)
        case "an exit without an end":
            yield BEGUN + TEXT_END + claim()
        case "half a frame":
            yield BEGUN + TEXT[:7]
        case _:
            *first, last = WHOLE[attack]
            yield b"".join(first)
            yield last
            for _ in range(FLOOD_BYTES // max(len(last), 1 << 16)):
                yield last * ((1 << 16) // len(last) + 1)


def main(*words: str) -> None:
    """Answer on the wire until it is closed."""
    wire, document = words[-2:]
    with socket.socket(fileno=int(wire)) as end:
        while end.recv(65_536):
            pass
        attack = os.read(int(document), 4_096).decode()
        try:
            for piece in pieces(attack):
                end.sendall(piece)
        except BrokenPipeError:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
