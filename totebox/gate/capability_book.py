"""What was minted and what was revoked: the fold of the capability journal, and the two records that can be appended to
it.

Records: `minted` (a first block, with the device it was minted for) and `revoked` (a revocation id, minted here or
not). A block is no secret: it is of no use without its holder's device key. No record is ever withdrawn; expired
capabilities stay in the journal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from protocol.errors import CapabilityError
from protocol.schema import Block
from protocol.trust.capability import Body, Chain, decode_body, revocation_ids
from totebox.errors import ConfigError
from totebox.gate.journal import Journal, Line, Stamp


@dataclass(frozen=True, slots=True)
class Minted:
    """A first block: what it says, and the fingerprint of the device it was minted for."""

    id: bytes
    chain: Chain
    body: Body
    holder: str
    time: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A revocation: who revoked it, when and why."""

    id: bytes
    actor: str
    time: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The contents of the journal, by revocation id."""

    minted: dict[bytes, Minted] = field(default_factory=dict)
    ended: dict[bytes, Ended] = field(default_factory=dict)


class CapabilityBook:
    """The journal and its present contents. Lookups read memory; writes block for one sync and belong in a thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._stamp: Stamp | None = None
        self.ledger = Ledger()

    def refresh(self) -> None:
        """Read the journal again if it changed. Raises ConfigError where the file was edited."""
        stamp = self._journal.stamp()
        if stamp != self._stamp:
            self.ledger, self._stamp = fold(self._journal.read()), stamp

    def mint(self, chain: Chain, holder: str, time: str) -> None:
        """Record a first block."""
        (block,) = chain
        self._add(
            {
                "what": "minted",
                "body": block.body.hex(),
                "signature": block.signature.hex(),
                "holder": holder,
                "time": time,
            }
        )

    def revoke(self, id_: bytes, actor: str, time: str, reason: str) -> None:
        """Record that every chain that begins with `id_` has ended."""
        self._add({"what": "revoked", "id": id_.hex(), "actor": actor, "time": time, "reason": reason})

    def _add(self, line: Line) -> None:
        with self._journal.locked():
            self._journal.append(line)
            self.refresh()


def fold(lines: Sequence[Line]) -> Ledger:
    """The contents of a journal, from its records.

    Raises:
        ConfigError: a record of a kind that this version does not know, or a damaged record.
    """
    ledger = Ledger()
    for line in lines:
        try:
            match line["what"]:
                case "minted":
                    chain = (Block(bytes.fromhex(_text(line, "body")), bytes.fromhex(_text(line, "signature"))),)
                    (id_,) = revocation_ids(chain)
                    body = decode_body(chain[0].body)
                    ledger.minted[id_] = Minted(id_, chain, body, _text(line, "holder"), _text(line, "time"))
                case "revoked":
                    id_ = bytes.fromhex(_text(line, "id"))
                    ledger.ended[id_] = Ended(id_, _text(line, "actor"), _text(line, "time"), _text(line, "reason"))
                case other:
                    raise ConfigError(
                        f"secret/devices/capabilities has a record of kind {other!r}; it was written by a newer os-totebox, use that one"
                    )
        except (KeyError, ValueError, CapabilityError) as fault:
            raise ConfigError(
                f"secret/devices/capabilities has a damaged record ({fault}); restore the file from a backup"
            ) from fault
    return ledger


def _text(line: Line, name: str) -> str:
    return str(line[name])
