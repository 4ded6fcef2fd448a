"""Whether what a refusal says can still be so, by what is known of its Totebox now. Pure."""

from console.model.state import ToteboxState
from protocol.schema import Refusal
from protocol.schema.numbers import RefusalCode


def still_refuses(refusal: Refusal, then: ToteboxState | None, present: ToteboxState | None, now: float) -> bool:
    """False as soon as the reason is known to be gone.

    Args:
        then: the active Totebox when the refusal came. present: the active one now, at `now` on the console's clock.

    A refusal that is about the arguments alone stands for as long as its Totebox is the active one.
    """
    if then is None or present is None or then.id != present.id:
        return then is present
    match refusal.code:
        case RefusalCode.UNAVAILABLE:
            return (then.is_linked, then.sessions) == (present.is_linked, present.sessions)
        case RefusalCode.READ_ONLY | RefusalCode.DISK_FULL:
            return not (_is_read_only(then) and present.status is not None and not present.status.read_only)
        case RefusalCode.TOO_MANY:
            return present.asks_again_at is None or now < present.asks_again_at
        case RefusalCode.NOT_PERMITTED:
            return then.role is present.role
    return True


def _is_read_only(totebox: ToteboxState) -> bool:
    return totebox.status is not None and bool(totebox.status.read_only)
