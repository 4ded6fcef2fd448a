"""One round of cosigning over the fleet: which Toteboxes take part, and the results. Pure."""

from dataclasses import dataclass, field

from console.model.events import Answer
from console.model.safe_text import safe_line
from console.model.state import Model, ToteboxState
from protocol.schema import Receipt, Refusal
from protocol.schema.numbers import Log, Severity, Verb
from protocol.trust.roles import permits


def witnessed(model: Model) -> list[ToteboxState]:
    """The Toteboxes whose heads this console proved in the present session, without an alarm, and may cosign."""
    return [totebox for totebox in model.toteboxes.values() if _takes_part(totebox)]


def _takes_part(totebox: ToteboxState) -> bool:
    proved = totebox.is_linked and len(totebox.heads) == len(Log) and not totebox.alarm
    return proved and totebox.role is not None and permits(totebox.role, Verb.COSIGN)


@dataclass
class Round:
    """`wanted` Toteboxes received a cosignature; their answers come one by one."""

    wanted: int
    kept: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, name: str, answer: Answer, trouble: str) -> None:
        """Add the answer of one of them."""
        if isinstance(answer, Receipt) and not trouble:
            self.kept += 1
        else:
            why = answer.reason if isinstance(answer, Refusal) else trouble
            self.failed.append(f"{safe_line(name)}: {safe_line(why)}")

    @property
    def is_over(self) -> bool:
        return self.kept + len(self.failed) >= self.wanted

    def said(self) -> tuple[str, Severity, str]:
        """The notice: the line, its severity, and each Totebox that did not record the cosignature, with its reason."""
        text = f"cosigned: {self.kept} of {self.wanted} Toteboxes recorded the cosignature"
        return text, Severity.WARNING if self.failed else Severity.NOTICE, "\n".join(self.failed)
