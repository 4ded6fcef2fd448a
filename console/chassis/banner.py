"""The banner: a lost link with the time of the next attempt, or an alarm, which stays until it is resolved."""

from textual.widgets import Static

from console.chassis.segments import one_line
from console.model.cells import age, span
from console.model.integrity import brief, broken
from console.model.safe_text import safe_line
from console.model.state import LinkPhase, Model


def describe(model: Model, now: float) -> tuple[str, str]:
    """The text of the banner, and its class ('' when it is hidden). The most important words stand first: on a narrow
    terminal the reason is cut, not the time of the next attempt or the age of what is on the screen.
    """
    totebox = model.totebox
    if totebox is None:
        return "", ""
    if word := broken(totebox):
        return f"✗ {word}  {brief(totebox)}  F11 reads it; it stands until a full verification is clean", "-alarm"
    others = [each for each in model.toteboxes.values() if each.id != totebox.id and broken(each)]
    if totebox.alarm:
        return f"✗ ALARM  {safe_line(totebox.alarm)}", "-alarm"
    if totebox.link is LinkPhase.LOST or (totebox.link is LinkPhase.DIALING and totebox.losses):
        reason = safe_line(totebox.link_reason)
        seen = f"  what you see is {_old(now - totebox.link_since)}" if totebox.status else ""
        if totebox.link is LinkPhase.LOST and totebox.retry_at is None:
            return f"✗ LINK ENDED  {reason}{seen}", "-pending"
        return f"✗ LINK LOST  {_retry(totebox.retry_at, now)}{seen}  {reason}", "-pending"
    if totebox.is_linked and totebox.alive_at is not None and totebox.is_stale(now):
        return f"◐ NO ANSWER for {span(int(now - totebox.alive_at))}: what you see may be old", "-pending"
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        return f"✗ {broken(others[0])}  {safe_line(others[0].entity)}{more}: {brief(others[0])}  F10 reads it", "-alarm"
    if totebox.is_linked and totebox.asks_again_at is not None and (wait := totebox.asks_again_at - now) > 0:
        return (
            f"◐ ASKED TOO MUCH  it goes on in {int(wait + 0.999)}s: more was asked than the Totebox records at once",
            "-pending",
        )
    return "", ""


def _retry(retry_at: float | None, now: float) -> str:
    if retry_at is None:
        return "connecting now"
    wait = int(retry_at - now + 0.999)
    return f"next try in {wait}s" if wait > 0 else "connecting now"


def _old(seconds: float) -> str:
    old = age(seconds)
    return "seconds old" if old == "now" else f"{old} old"


class Banner(Static):
    """One line under the command line."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._said = ("", "")

    def say(self, text: str, kind: str) -> None:
        if (text, kind) == self._said:
            return
        self._said = (text, kind)
        self.set_class(bool(kind), "-shown")
        self.set_class(kind == "-pending", "-pending")
        self.update(one_line(text))
