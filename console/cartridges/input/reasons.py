"""Why a command of F12 cannot be run now; '' when it can. Pure."""

from console.model.input.intake import InputStep, QueueState
from console.model.input.tray import Queued, Tray


def against_yes(tray: Tray) -> str:
    """Y answers a claim, and seals at CONFIRM."""
    work = tray.work
    return "" if work is not None and work.step is InputStep.CONFIRM and not work.waiting else against_answer(tray)


def against_answer(tray: Tray) -> str:
    work = tray.work
    if work is None or work.step not in (InputStep.REVIEW, InputStep.DECIDE) or not work.claims:
        return "no claim is asked now"
    if work.waiting == "answers":
        return "the answers are being recorded"
    return "its claims are on their way" if work.waiting else ""


def against_abandon(item: Queued | None) -> str:
    held = item is not None and item.place in (QueueState.AT_WORK, QueueState.KEPT)
    return "" if held else "no document is at work"


def against_entry(item: Queued | None) -> str:
    return "" if item is not None and item.index is not None else "this document has no entry"


def against_receipt(item: Queued | None) -> str:
    return "" if item is not None and item.sealed is not None else "there is no receipt here"


def against_removal(item: Queued | None) -> str:
    if item is None:
        return "there is no document here"
    return "it is at work or kept: a abandons it" if item.place in (QueueState.AT_WORK, QueueState.KEPT) else ""
