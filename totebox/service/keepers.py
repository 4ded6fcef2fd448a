"""Which service keeps an original: the one that its account names, else one that takes files of its type, else one that
takes any type.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keeper:
    """A service that keeps originals. `takes` are the media types that go to it first; () where it takes all that no
    other service takes.
    """

    name: str
    takes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a document might go: an account ('' when nothing suggests one), a reason that a person can check, and the
    service.
    """

    account: str
    reason: str
    service: str


def keeper_of(keepers: Sequence[Keeper], media_type: str, named: str = "") -> str:
    """The service that keeps an original of `media_type`; `named` is the one that its account names. '' where no
    service keeps it.
    """
    if any(keeper.name == named for keeper in keepers):
        return named
    by_type = (keeper.name for keeper in keepers if media_type in keeper.takes)
    for_any = (keeper.name for keeper in keepers if not keeper.takes)
    return next(by_type, next(for_any, keepers[0].name if keepers else ""))
