"""Vault card: a few lines on paper that say which vault this is and how far it had come; `verify --card` compares a folder with them.

    Totebox vault card 1
    name: Acme Holdings
    origin: acme-holdings-1f2e3d4c
    vkey: acme-holdings-1f2e3d4c+0a1b2c3d+AZ...      the key that signed the head below
    words: acid-acorn-actor-adobe agent-...          the vkey in 12 words, 96 bits
    size: 42                                         entries of the record log
    root: 64 hexadecimal digits                      its root hash at that size
    date: 2030-01-01                                 the day of the card, by the clock of the machine

Whoever holds the keys of a vault can write another folder that agrees with itself: an older one, another history under the same keys, or
another vault of the same name. A card lies elsewhere. It is compared, not signed: what it says counts because of who kept it.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from protocol.errors import NoteError
from protocol.trust.note import VerifierKey, parse_vkey
from protocol.trust.words import WORDS
from totebox.errors import ConfigError
from totebox.vault.life.creation import load_identity
from totebox.vault.life.export import covered_register, key_of
from totebox.vault.log.names import subject_of
from totebox.vault.log.record import DIGEST, LARGEST

FIRST_LINE = "Totebox vault card 1"
FIELDS = ("name", "origin", "vkey", "words", "size", "root", "date")
MOST_BYTES = 1 << 16
"""Most bytes of a file with a card; what stands around the card may be its code in blocks."""
WORD_COUNT, GROUP = 12, 4


@dataclass(frozen=True, slots=True)
class Card:
    """What a card states: `key` signs the log at `tree_size`, which is at least 1; `root` has 32 bytes."""

    name: str
    key: VerifierKey
    tree_size: int
    root: bytes
    date: str

    def text(self) -> str:
        """The card's lines, each with its LF. The code on the page holds the same text."""
        values = (
            self.name,
            self.key.name,
            self.key.text(),
            words_of(self.key),
            str(self.tree_size),
            self.root.hex(),
            self.date,
        )
        lines = (f"{field}: {value}" for field, value in zip(FIELDS, values, strict=True))
        return "\n".join((FIRST_LINE, *lines)) + "\n"


def words_of(key: VerifierKey) -> str:
    """The fingerprint of `key` in words: the first 12 bytes of the SHA-256 of its vkey, a word of the pairing words for each.

    They carry 96 bits: to find another key with the same words takes 2^96 tries on average.
    """
    words = [WORDS[byte] for byte in sha256(key.text().encode()).digest()[:WORD_COUNT]]
    return " ".join("-".join(words[place : place + GROUP]) for place in range(0, WORD_COUNT, GROUP))


def make_card(root: Path, date: str) -> Card:
    """The card of the vault at `root` for its newest stored checkpoint. The vault is only read. Cost: one pass over the register.

    Args:
        date: the day, as the card shows it.

    Raises:
        ConfigError: not a vault.
        VaultDamaged: the rows do not lead to the checkpoint.
    """
    identity = load_identity(root)
    checkpoint, _, _ = covered_register(root)
    # A folder from elsewhere may hold line breaks here: a card has one line for each field.
    name = subject_of(identity.entity.encode("utf-8", "replace"))
    return Card(name, key_of(root, checkpoint.note), checkpoint.tree_size, checkpoint.root, date)


def parse_card(data: bytes, where: str) -> Card:
    """The card in a text, which may stand among other lines: it ends at an empty line. `where` begins the message of an error.

    Raises:
        ConfigError: no card, or one with a line that is missing, malformed or at odds with another.
    """
    try:
        lines = [line.strip() for line in data.decode("utf-8").splitlines()]
    except UnicodeDecodeError:
        raise ConfigError(
            f"{where} is not text; give the file with the lines of a card, or what its code holds"
        ) from None
    if FIRST_LINE not in lines:
        raise ConfigError(
            f"{where} holds no card, whose first line is `{FIRST_LINE}`; `os-totebox card DIR` prints one"
        )
    fields: dict[str, str] = {}
    for line in lines[lines.index(FIRST_LINE) + 1 :]:
        if not line:
            break
        field, colon, value = line.partition(": ")
        if not colon or field not in FIELDS or field in fields:
            raise ConfigError(f"{where} has a line that no card has, or has twice: {line[:80]!r}; write it off again")
        fields[field] = value
    missing = [field for field in FIELDS if field not in fields]
    if missing:
        raise ConfigError(f"{where}: the card has no line `{missing[0]}: ...`; write it off again")
    return _card(fields, where)


def _card(fields: dict[str, str], where: str) -> Card:
    size, root = fields["size"], fields["root"]
    if not (size.isascii() and size.isdecimal() and len(size) < 20 and 1 <= int(size) <= LARGEST):
        raise ConfigError(f"{where}: the card's size is a number from 1 on, not {size[:40]!r}; write it off again")
    if not DIGEST.fullmatch(root):
        raise ConfigError(f"{where}: the card's root is 64 digits 0-9 a-f, not {root[:80]!r}; write it off again")
    try:
        key = parse_vkey(fields["vkey"])
    except NoteError as error:
        raise ConfigError(f"{where}: the card's vkey cannot be read: {error}; write it off again") from None
    if key.name != fields["origin"]:
        raise ConfigError(
            f"{where}: the card's vkey is of {key.name}, its origin is {fields['origin']}; write it off again"
        )
    if words_of(key) != fields["words"]:
        raise ConfigError(f"{where}: the card's words are not those of its vkey, `{words_of(key)}`; write it off again")
    return Card(fields["name"], key, int(size), bytes.fromhex(root), fields["date"])
