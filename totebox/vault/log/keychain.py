"""Which key signs a log, and from which entry on. Rows of the log say so; `totebox.yaml` names the first key.

A key entry at index N is the last one that its old key signs for: checkpoints up to size N + 1 are the old key's, larger ones
the next key's (at N + 1 both are right). After a restore the next key signs from N + 1 on and has another name, the new origin.
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
    """The keys of one log in order. `trouble` names rows that claim to hand over and do not."""

    def __init__(self, first: VerifierKey) -> None:
        self.turns: list[tuple[Turn, VerifierKey]] = [(Turn(-1, first.text(), "", False), first)]
        self.trouble: list[tuple[int, str]] = []

    @property
    def newest(self) -> VerifierKey:
        """The key that signs now."""
        return self.turns[-1][1]

    @property
    def indices(self) -> tuple[int, ...]:
        """The entries that named a key."""
        return tuple(turn.index for turn, _ in self.turns[1:])

    def take(self, turn: Turn) -> bool:
        """One more row that speaks of keys; whether it counts."""
        try:
            key = parse_vkey(turn.vkey) if turn.restored else follow(self.newest, turn)
        except NoteError as error:
            self.trouble.append((turn.index, str(error)))
            return False
        self.turns.append((turn, key))
        return True

    def keys_at(self, size: int) -> list[VerifierKey]:
        """Who may sign the checkpoint of this size, the likeliest first."""
        known = [(turn, key) for turn, key in self.turns if turn.index < size]
        keys = [known[-1][1]] if known else [self.turns[0][1]]
        if len(known) > 1 and known[-1][0].index == size - 1:
            keys.append(known[-2][1])
        return keys

    def why_not(self, outside: VerifierKey) -> str:
        """'' where `outside`, a key noted elsewhere, vouches for this log; else why not."""
        texts = [key.text() for _, key in self.turns]
        if outside.text() not in texts:
            return f"vkey {self.newest.text()}"
        later = self.turns[texts.index(outside.text()) + 1 :]
        for turn, key in later:
            if turn.restored:
                return f"entry {turn.index}: restored without its old key; {key.text()} signs since"
        return ""


Searched = tuple[str, int, int | None, tuple[bytes, ...]]
"""A register file: its path, its first row, how many rows count (None: all), and the words that are sought in it."""
Search = Callable[[Callable[[Path, Searched], list[bytes]], Iterable[Searched]], Iterable[tuple[Searched, list[bytes]]]]
"""Searches files, as `Crew.each` does."""


def read_chain(root: Path, register: str, first: VerifierKey, search: Search | None = None) -> KeyChain:
    """The chain as the rows below `register` state it. Cost: one search through the register."""
    chain = KeyChain(first)
    for leaf in stating_rows(
        root, register, _IN_AUDIT if register.endswith("/audit/register") else _IN_RECORDS, search
    ):
        turn = read_turn(leaf)
        if turn is not None:
            chain.take(turn)
    return chain


def stating_rows(root: Path, register: str, words: Sequence[bytes], search: Search | None = None) -> Iterator[bytes]:
    """Rows in which one of `words` is found and that stand where their index says, in order. Cost: one search for all of them."""
    files = list_files(root, register)
    pieces: list[Searched] = [
        (file.path, file.first, None if file is files[-1] else file.rows, tuple(words)) for file in files
    ]
    for _, found in search(rows_with, pieces) if search else ((piece, rows_with(root, piece)) for piece in pieces):
        yield from found


def newest_stating(root: Path, register: str, words: Sequence[bytes]) -> Iterator[bytes]:
    """As `stating_rows`, the newest first, file by file: who has enough stops. A file that cannot be read is passed over."""
    files = list_files(root, register)
    for file in reversed(files):
        with contextlib.suppress(OSError):
            rows = None if file is files[-1] else file.rows
            yield from reversed(rows_with(root, (file.path, file.first, rows, tuple(words))))


def rows_with(root: Path, searched: Searched) -> list[bytes]:
    """The rows of one file in which a word is found and that stand where their index says."""
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
    """Where a piece of the file begins, its bytes, and how many of them are whole lines; what follows the last LF is in none.

    The pieces end where more bytes than any row has follow one another without an LF.
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
    """How many lines end between two places of the file."""
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
