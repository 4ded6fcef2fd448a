"""Which key signs a log, and from which entry on. Rows of the log say so; `totebox.yaml` names the first key.

A key entry at index N is the last one that its old key signs for: checkpoints up to size N + 1 are the old key's, larger ones
the next key's (at N + 1 both are right). After a restore the next key signs from N + 1 on and has another name, the new origin.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from protocol.errors import NoteError
from protocol.trust.note import VerifierKey, parse_vkey, verify_checkpoint
from protocol.trust.rotation import Turn, follow, read_turn
from totebox.vault.register import list_files

_IN_RECORDS, _IN_AUDIT = (b",fs,key,", b",fs,restored,"), (b",audit,KEY,", b",audit,RESTORED,")


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


def read_chain(root: Path, register: str, first: VerifierKey) -> KeyChain:
    """The chain as the rows below `register` state it. Cost: one search through the register."""
    chain = KeyChain(first)
    for leaf in stating_rows(root, register, _IN_AUDIT if register.endswith("/audit/register") else _IN_RECORDS):
        turn = read_turn(leaf)
        if turn is not None:
            chain.take(turn)
    return chain


def stating_rows(root: Path, register: str, words: Sequence[bytes]) -> Iterator[bytes]:
    """Rows in which one of `words` is found and that stand where their index says, in order. Cost: one search for each word."""
    files = list_files(root, register)
    for file in files:
        data = (root / file.path).read_bytes()
        for place in sorted({begin for word in words for begin in _found(data, word)}):
            end = data.find(b"\n", place)
            row = data.count(b"\n", 0, place) - 1
            within = file is files[-1] or row < file.rows
            if end >= 0 and within and data.startswith(b"%d," % (file.first + row), place):
                yield data[place:end]


def _found(data: bytes, word: bytes) -> Iterator[int]:
    """Where the lines begin in which `word` is found."""
    place = data.find(word)
    while place >= 0:
        yield data.rfind(b"\n", 0, place) + 1
        place = data.find(word, place + 1)


def is_signed(note: bytes, key: VerifierKey) -> bool:
    """Whether `note` is a checkpoint of `key`'s log, signed by it."""
    try:
        verify_checkpoint(note, key)
    except NoteError:
        return False
    return True
