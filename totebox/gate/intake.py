"""One document on its way through the steps of the Input Machine, and the set of all such documents.

    upload -> route -> decide -> confirm        sealed: a record already has these bytes

`Intake.step` names the step that comes next. An intake belongs to the device that opened it until it is confirmed,
abandoned or the daemon starts again. A command of another device is refused, and the refusal names the holder.
"""

from dataclasses import dataclass, field

from protocol.schema.numbers import Decision, RefusalCode
from totebox.config import MAX_OPEN_INTAKES
from totebox.gate.door import Peer
from totebox.gate.drops import Taken
from totebox.gate.refusal import Refused
from totebox.gate.staging import StagedFile
from totebox.service.contract import Claim, Document
from totebox.vault.api import Staged

MAX_PER_DEVICE = 16
MAX_SET_ASIDE = 4
"""Of one device: uploads whose offer was refused or cancelled, kept so that the same offer goes on where it broke off."""


@dataclass(slots=True)
class Intake:
    """One document. `sha256` is what the authority announced; it is checked when the upload ends."""

    intake: str
    holder: str
    holder_label: str
    name: str
    size_bytes: int
    sha256: bytes
    file: StagedFile | None = None
    staged: Staged | None = None
    sealed: int | None = None
    taken: Taken | None = None
    document: Document | None = None
    suggestion: str = ""
    reason: str = ""
    service: str = ""
    account: str = ""
    account_name: str = ""
    claims: tuple[Claim, ...] = ()
    decisions: dict[int, Decision] = field(default_factory=dict)
    session: int = 0
    """The session that uploads it. When that session ends, a document that has not arrived completely is discarded."""
    busy: str = ""
    """What another command is doing to the document now; '' if nothing. A second command is refused and does not
    wait.
    """

    @property
    def step(self) -> str:
        """The step that comes next: `upload`, `route`, `decide` or `confirm`; `sealed` when there is nothing to do."""
        if self.sealed is not None:
            return "sealed"
        if self.document is None:
            return "upload"
        if not self.account:
            return "route"
        return "confirm" if len(self.decisions) == len(self.claims) else "decide"

    def wants(self, *steps: str) -> None:
        """Raise Refused unless the document is at one of `steps`, the steps at which the verb is allowed."""
        if self.step in steps:
            return
        if self.step == "sealed":
            raise Refused(
                RefusalCode.ALREADY_SEALED,
                f"{self.name} is record {self.sealed} already, byte for byte",
                f"leave it, and open entry {self.sealed} at F5",
            )
        missing = len(self.claims) - len(self.decisions)
        waits = f"{missing} of its claims wait for an answer" if self.step == "decide" else f"it waits for {self.step}"
        raise Refused(RefusalCode.WRONG_STEP, f"{self.name}: {waits}", f"do {self.step} first")

    def approved(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if self.decisions.get(claim.number) is Decision.YES)

    def rejected(self) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if self._decided(claim).is_rejection)

    def reasons(self) -> dict[int, str]:
        """Why claims were rejected, by their number, where a reason was given."""
        decided = ((claim.number, self._decided(claim).reason) for claim in self.claims)
        return {number: reason for number, reason in decided if reason}

    def _decided(self, claim: Claim) -> Decision:
        return self.decisions.get(claim.number, Decision.SKIP)


class Intakes:
    """The documents that are open, by id; and those that are set aside, which nobody sees and which hold no place."""

    def __init__(self) -> None:
        self._open: dict[str, Intake] = {}
        self._aside: dict[str, Intake] = {}

    def __len__(self) -> int:
        return len(self._open)

    def all(self) -> list[Intake]:
        """All open documents, oldest first."""
        return list(self._open.values())

    def add(self, intake: Intake) -> None:
        """Add a document. Raises Refused: TOO_MANY documents are open already."""
        mine = sum(1 for other in self._open.values() if other.holder == intake.holder)
        if mine >= MAX_PER_DEVICE or len(self._open) >= MAX_OPEN_INTAKES:
            raise Refused(
                RefusalCode.TOO_MANY,
                f"{mine} documents of this device and {len(self._open)} in all are open at F12",
                "confirm or abandon some of them first",
            )
        self._open[intake.intake] = intake

    def remove(self, intake: Intake) -> None:
        self._open.pop(intake.intake, None)
        self._aside.pop(intake.intake, None)

    def set_aside(self, intake: Intake) -> None:
        """Close a document whose offer is refused: its bytes stay, it is no longer one of `all`."""
        if self._open.pop(intake.intake, None) is not None:
            self._aside[intake.intake] = intake

    def resumed(self, sha256: bytes, peer: Peer) -> Intake | None:
        """The document of this peer's device with these bytes that was set aside, open again; or None.

        Raises:
            Refused: TOO_MANY documents are open meanwhile.
        """
        for intake in self._aside.values():
            if intake.sha256 == sha256 and intake.holder == peer.pairing.fingerprint:
                self.add(intake)
                return self._aside.pop(intake.intake)
        return None

    def over(self, holder: str) -> list[Intake]:
        """What that device has set aside beyond `MAX_SET_ASIDE`, the oldest."""
        mine = [intake for intake in self._aside.values() if intake.holder == holder]
        return mine[: max(0, len(mine) - MAX_SET_ASIDE)]

    def left_by(self, session: int) -> list[Intake]:
        """The incomplete uploads of that session, set aside or open, that no command is working on."""
        found = (*self._open.values(), *self._aside.values())
        return [each for each in found if each.session == session and each.step == "upload" and not each.busy]

    def held(self, name: str, peer: Peer) -> Intake:
        """The document `name`, if this peer's device holds it and no other command is working on it.

        Raises:
            Refused: NOT_FOUND, HELD by another device, or busy.
        """
        intake = self._open.get(name)
        if intake is None:
            raise Refused(
                RefusalCode.NOT_FOUND,
                f"no document {name} is open: it was sealed or abandoned, or the Totebox was started again",
                "look at F5 whether it was sealed; else offer it again",
            )
        self.check_holder(intake, peer)
        return intake

    def same(self, sha256: bytes, peer: Peer) -> Intake | None:
        """The open document with these bytes, or None. Raises Refused where another device holds it."""
        for intake in self._open.values():
            if intake.sha256 == sha256:
                self.check_holder(intake, peer)
                return intake
        return None

    def of_drop(self, name: bytes, peer: Peer) -> Intake | None:
        """The open document that was taken from the drop folder under `name`, or None. Raises Refused like `same`."""
        for intake in self._open.values():
            if intake.taken is not None and intake.taken.name == name:
                self.check_holder(intake, peer)
                return intake
        return None

    def check_holder(self, intake: Intake, peer: Peer) -> None:
        """Raise Refused (HELD) where another device, or another command of this device, has the document."""
        if intake.holder != peer.pairing.fingerprint:
            raise Refused(
                RefusalCode.HELD,
                f"{intake.name} is held by {intake.holder_label or intake.holder}",
                "wait until it is confirmed or abandoned there",
            )
        if intake.busy:
            raise Refused(
                RefusalCode.HELD, f"{intake.name}: {intake.busy} in another session of this device", "wait for it"
            )
