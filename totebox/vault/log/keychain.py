"""Key chain: the keys that sign one log, and from which entry on. `totebox.yaml` names the first key; rows of the log name the next ones.

The entry at index N that names a new key is the last one under the old key: the old key signs checkpoints up to size N + 1, the new key
signs larger ones, and at size N + 1 both are valid. After a restore the new key signs from size N + 1 on and has another name, the new
origin.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from protocol.errors import NoteError
from protocol.schema.numbers import AuditKind
from protocol.trust.note import VerifierKey, parse_vkey, verify_checkpoint
from protocol.trust.rotation import Turn, follow, read_turn
from totebox.files.entrance import stream
from totebox.vault.log.register import list_files
from totebox.vault.log.rows import LONGEST_GAP_BYTES

PIECE_BYTES = 1 << 18

_IN_RECORDS, _IN_AUDIT = (
    (b",fs,key,", b",fs,restored,"),
    (f",audit,{AuditKind.KEY},".encode(), f",audit,{AuditKind.RESTORED},".encode()),
)


class KeyChain:
    """The keys of one log in order. `trouble` lists (index, reason) of rows that name a key without a valid proof."""

    def __init__(self, first: VerifierKey) -> None:
        self.turns: list[tuple[Turn, VerifierKey]] = [(Turn(-1, first.text(), "", False), first)]
        self.trouble: list[tuple[int, str]] = []

    @property
    def newest(self) -> VerifierKey:
        """The key that signs at present."""
        return self.turns[-1][1]

    @property
    def indices(self) -> tuple[int, ...]:
        """The indices of the entries that named a key."""
        return tuple(turn.index for turn, _ in self.turns[1:])

    def take(self, turn: Turn) -> bool:
        """Add the key that one more row names. Returns False, and notes the reason in `trouble`, when its proof is not valid."""
        try:
            key = parse_vkey(turn.vkey) if turn.restored else follow(self.newest, turn)
        except NoteError as error:
            self.trouble.append((turn.index, str(error)))
            return False
        self.turns.append((turn, key))
        return True

    def keys_at(self, size: int) -> list[VerifierKey]:
        """The keys that may sign the checkpoint of this size (one or two), the likeliest first."""
        known = [(turn, key) for turn, key in self.turns if turn.index < size]
        keys = [known[-1][1]] if known else [self.turns[0][1]]
        if len(known) > 1 and known[-1][0].index == size - 1:
            keys.append(known[-2][1])
        return keys

    def why_not(self, outside: VerifierKey) -> str:
        """'' when the log leads from `outside`, a key that was noted outside the vault, to its newest key; else the reason why not."""
        texts = [key.text() for _, key in self.turns]
        if outside.text() not in texts:
            return f"vkey {self.newest.text()}"
        later = self.turns[texts.index(outside.text()) + 1 :]
        for turn, key in later:
            if turn.restored:
                return f"entry {turn.index}: restored without its old key; {key.text()} signs since"
        return ""


Searched = tuple[str, int, int | None, tuple[bytes, ...]]
"""A register file to search: its path, its first row, how many rows are valid (None: all), and the words to find."""
Search = Callable[[Callable[[Path, Searched], list[bytes]], Iterable[Searched]], Iterable[tuple[Searched, list[bytes]]]]
"""Function that searches files, possibly in worker processes, as `WorkerPool.each` does."""


def read_chain(root: Path, register: str, first: VerifierKey, search: Search | None = None) -> KeyChain:
    """The key chain that the rows of `register` state. Cost: one search through the register."""
    chain = KeyChain(first)
    for leaf in stating_rows(
        root, register, _IN_AUDIT if register.endswith("/audit/register") else _IN_RECORDS, search
    ):
        turn = read_turn(leaf)
        if turn is not None:
            chain.take(turn)
    return chain


def stating_rows(root: Path, register: str, words: Sequence[bytes], search: Search | None = None) -> Iterator[bytes]:
    """The rows that contain one of `words` and whose index is their place, in order. Cost: one search through the register."""
    files = list_files(root, register)
    pieces: list[Searched] = [
        (file.path, file.first, None if file is files[-1] else file.rows, tuple(words)) for file in files
    ]
    for _, found in search(rows_with, pieces) if search else ((piece, rows_with(root, piece)) for piece in pieces):
        yield from found


def newest_stating(root: Path, register: str, words: Sequence[bytes]) -> Iterator[bytes]:
    """As `stating_rows`, the newest first.

    Files are searched one by one, when the caller asks for more rows; unreadable ones are skipped.
    """
    files = list_files(root, register)
    for file in reversed(files):
        with contextlib.suppress(OSError):
            rows = None if file is files[-1] else file.rows
            yield from reversed(rows_with(root, (file.path, file.first, rows, tuple(words))))


def rows_with(root: Path, searched: Searched) -> list[bytes]:
    """The rows of one file that contain one of the words and whose index is their place."""
    path, first, rows, words = searched
    search = re.compile(b"|".join(map(re.escape, words))).search
    found, counted, lines_before = list[bytes](), 0, 0
    for offset, data, past in _pieces(root, path):
        end = 0
        while match := search(data, end, past):
            begin, end = data.rfind(b"\n", 0, match.start()) + 1, data.index(b"\n", match.start())
            lines_before += _lines_between(root, path, counted, offset + begin)
            counted, row = offset + begin, lines_before - 1
            if (rows is None or row < rows) and data.startswith(b"%d," % (first + row), begin):
                found.append(data[begin:end])
    return found


def _pieces(root: Path, path: str) -> Iterator[tuple[int, bytes, int]]:
    """The file in pieces: the offset of each piece, its bytes, and how many of them are complete lines.

    Bytes after the last LF are left out.

    The pieces end at a run of more than `LONGEST_GAP_BYTES` without an LF, which no row has.
    """
    offset, size = 0, PIECE_BYTES
    with stream(root, path, buffering=0) as file:
        while data := os.pread(file.fileno(), size, offset):
            past = data.rfind(b"\n") + 1
            if past:
                yield offset, data, past
            elif len(data) < size or len(data) > LONGEST_GAP_BYTES:
                return
            offset, size = offset + past, PIECE_BYTES if past else 2 * size


def _lines_between(root: Path, path: str, begin: int, end: int) -> int:
    """Number of LFs between two offsets of the file."""
    with stream(root, path, buffering=0) as file:
        file.seek(begin)
        return sum(file.read(min(PIECE_BYTES, end - place)).count(b"\n") for place in range(begin, end, PIECE_BYTES))


def is_signed(note: bytes, key: VerifierKey) -> bool:
    """Whether `note` is a checkpoint of `key`'s log, signed by it."""
    try:
        verify_checkpoint(note, key)
    except NoteError:
        return False
    return True
