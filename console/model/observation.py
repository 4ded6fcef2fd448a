"""What this console itself observed of a Totebox: a lost or regained link, an alarm, a refusal, a failed proof.
Pure.
"""

from console.model.cells import span
from console.model.events import Answered, Contradicted, Event, HeadChecked, LinkLost, LinkUp
from console.model.state import ToteboxState
from protocol.schema import Refusal
from protocol.schema.numbers import Log, RefusalCode, Severity

SOURCE = "console"
Told = tuple[Severity, str, str]
"""Severity, what happened, and what to do ('' where there is nothing to do)."""


def happening(before: ToteboxState, event: Event) -> Told | None:
    """The line for `event` in the list of events; None where it has none.

    A link that is lost and tried again many times has one line, and one more when it is up again.
    """
    match event:
        case LinkLost() if not before.losses:
            again = "it is dialed again by itself" if event.retry_at is not None else ""
            if before.sessions:
                return Severity.WARNING, f"the link is lost: {event.reason}", again
            return Severity.NOTICE, f"there is no link yet: {event.reason}", again
        case LinkUp() if before.losses:
            seconds = max(1, round(event.at - before.link_since))
            waited = f"{seconds}s" if seconds < 60 else span(seconds)
            return Severity.NOTICE, f"linked {'again ' if before.sessions else ''}after {waited}", ""
        case HeadChecked():
            return _of_head(before, event)
        case Contradicted() if before.contradictions and not event.contradictions:
            return Severity.NOTICE, "the alarm about its logs is cleared: a full verification found nothing", ""
        case Answered() if event.trouble:
            return Severity.ALARM, f"a proof did not hold: {event.trouble}", "look at F11; record nothing here"
        case Answered() if isinstance(event.answer, Refusal):
            return _of_refusal(event.answer, type(event.arguments).__name__.lower())
        case _:
            return None


def _of_head(before: ToteboxState, event: HeadChecked) -> Told | None:
    name = "audit log" if event.audit else "record log"
    head = before.heads.get(Log.AUDIT if event.audit else Log.RECORDS)
    known = head.alarm if head else ""
    if event.alarm and event.alarm != known:
        return Severity.ALARM, f"{name}: {event.alarm}", "look at F11; record nothing here"
    if known and not event.alarm:
        return (
            Severity.NOTICE,
            f"{name}: consistent again with what was seen before",
            "the alarm stands until a full verification is clean: F11, v",
        )
    return None


def _of_refusal(refusal: Refusal, verb: str) -> Told | None:
    """The line for a refusal. None for those of a lost link, which has a line of its own."""
    if refusal.code is RefusalCode.UNAVAILABLE:
        return None
    return Severity.NOTICE, f"refused: {verb}: {refusal.reason}", refusal.remedy
