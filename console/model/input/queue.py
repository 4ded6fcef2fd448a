"""The queue of the Input Machine: how documents enter and leave it, and which one is taken next. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from console.model.input.intake import InputStep, Origin, QueueState, Row, octets, read_intake
from console.model.input.tray import CLAIMS_PAGE, Ask, Effect, Outcome, Queued, Tray, Upload, Work, put
from protocol.schema import Abandon, List, Take
from protocol.schema.chart import Account


def add_paths(tray: Tray, paths: Sequence[str]) -> Tray:
    """Add files of this host to the queue; a file that waits already is not added again. A pending correction applies
    to the first one.
    """
    waiting = {item.path for item in tray.queue if item.origin is Origin.PATH and item.place is QueueState.WAITING}
    for path in paths:
        if path in waiting:
            continue
        supersedes = tray.correcting[0] if tray.correcting else None
        item = Queued(tray.next_number, Origin.PATH, path.rpartition("/")[2], path, supersedes=supersedes)
        tray = replace(tray, queue=(*tray.queue, item), next_number=tray.next_number + 1, correcting=None)
    return tray


def set_drops(tray: Tray, drops: Sequence[Row]) -> Tray:
    """Apply the present contents of the drop folder: new files join the queue, waiting files that are gone leave it."""
    present = {octets(row, "name"): row for row in drops}
    kept = [
        item
        for item in tray.queue
        if not (item.origin is Origin.DROP and item.place is QueueState.WAITING and item.raw not in present)
    ]
    known = {
        item.raw
        for item in kept
        if item.origin is Origin.DROP and item.place not in (QueueState.SEALED, QueueState.ABANDONED)
    }
    tray = replace(tray, queue=tuple(kept))
    for raw, row in present.items():
        if raw and raw not in known:
            size = row.get("size")
            item = Queued(
                tray.next_number,
                Origin.DROP,
                str(row.get("shown") or raw.decode("utf-8", "replace")),
                raw=raw,
                size=size if isinstance(size, int) else 0,
            )
            if not any(_is_taken_from(other, item) for other in tray.queue):
                tray = replace(tray, queue=(*tray.queue, item), next_number=tray.next_number + 1)
    return tray


def _is_taken_from(kept: Queued, drop: Queued) -> bool:
    """Whether an earlier session took this dropped file in, judged by its name and size."""
    return (
        (kept.origin, drop.origin) == (Origin.KEPT, Origin.DROP)
        and (kept.name, kept.size) == (drop.name, drop.size)
        and kept.place in (QueueState.KEPT, QueueState.AT_WORK)
    )


def without_double(tray: Tray, item: Queued, intake: str) -> Tray:
    """Remove the other row of the queue that stands for intake `intake`, which `item` stands for now."""
    return replace(
        tray,
        queue=tuple(
            other
            for other in tray.queue
            if other.number == item.number or not (other.work and other.work.intake and other.work.intake.id == intake)
        ),
    )


def set_kept(tray: Tray, intakes: Sequence[Row]) -> Tray:
    """Add documents that an earlier session left unfinished, as kept. Their route is chosen again; their answers
    stay.
    """
    known = {item.work.intake.id for item in tray.queue if item.work and item.work.intake} | tray.let_go
    for intake in map(read_intake, intakes):
        busy = any(item.work and item.work.waiting and not item.work.intake for item in tray.queue)
        if intake.id in known or busy or intake.step not in _GOING:
            continue
        work = Work(InputStep.ROUTE, size=intake.size, intake=intake, service=intake.service, account=intake.suggestion)
        item = Queued(tray.next_number, Origin.KEPT, intake.name, size=intake.size, place=QueueState.KEPT, work=work)
        others = tuple(
            other for other in tray.queue if not (other.place is QueueState.WAITING and _is_taken_from(item, other))
        )
        tray = replace(tray, queue=(*others, item), next_number=tray.next_number + 1)
    return tray


_GOING = frozenset({"route", "decide", "confirm"})
"""Steps at which an intake can be continued. An upload that broke off is continued by offering its file again."""


def begin_correction(tray: Tray, index: int, name: str) -> Tray:
    """Mark the next document that is added as a correction of entry `index`."""
    return replace(tray, correcting=(index, name))


def end_correction(tray: Tray) -> Tray:
    """Cancel the pending correction."""
    return replace(tray, correcting=None)


def remove(tray: Tray, number: int) -> Tray:
    """Remove a document from the list, unless it is the one at work or the Totebox keeps it."""
    item = tray.find(number)
    if item is None or item.place in (QueueState.AT_WORK, QueueState.KEPT):
        return tray
    return replace(tray, queue=tuple(other for other in tray.queue if other.number != number))


def take(tray: Tray, number: int) -> Outcome:
    """Begin with a document, or continue one that was kept. Does nothing while another document is at work."""
    item = tray.find(number)
    if item is None or tray.at_work is not None or item.place in (QueueState.SEALED, QueueState.AT_WORK):
        return tray, ()
    if item.work is not None and item.work.intake is not None:
        work = replace(item.work, refusal=None)
        return put(replace(tray, at_work=number), replace(item, place=QueueState.AT_WORK, work=work, discard=False)), ()
    if item.origin is Origin.KEPT:
        return tray, ()
    key = f"offer:{number}"
    effects: tuple[Effect, ...] = (
        (Ask(key, Take(item.raw)),) if item.origin is Origin.DROP else (Upload(key, item.path),)
    )
    still_sending = item.work is not None and bool(item.work.waiting)
    work = item.work if still_sending and item.work else Work(waiting="offer", total=item.size)
    taken = replace(item, place=QueueState.AT_WORK, work=work, refusal=None, index=None, discard=False)
    return put(replace(tray, at_work=number), taken), () if still_sending else effects


def leave(tray: Tray, *, keep: bool) -> Outcome:
    """End the work on the present document: keep it for later, or abandon it."""
    item = tray.item
    if item is None:
        return tray, ()
    if keep:
        return put(replace(tray, at_work=None), replace(item, place=QueueState.KEPT)), ()
    return abandon(tray, item.number)


def abandon(tray: Tray, number: int) -> Outcome:
    """Abandon the document at work, or a kept one: the Totebox clears its staging and makes no record."""
    item = tray.find(number)
    if item is None or item.place not in (QueueState.AT_WORK, QueueState.KEPT):
        return tray, ()
    tray = replace(tray, at_work=None if tray.at_work == number else tray.at_work)
    if item.work is None or item.work.intake is None:
        return put(tray, replace(item, place=QueueState.ABANDONED, discard=True)), ()
    gone = replace(item, place=QueueState.ABANDONED, work=None)
    tray = replace(tray, let_go=tray.let_go | {item.work.intake.id})
    return put(tray, gone), (Ask(f"abandon:{number}", Abandon(item.work.intake.id)),)


def set_chart(tray: Tray, chart: Sequence[Account]) -> Tray:
    """Set the entity's Chart of Accounts."""
    return replace(tray, chart=tuple(chart))


def ask_claims(number: int, intake: str, cursor: str = "") -> Ask:
    """Ask for one page of the document's claims."""
    return Ask(f"claims:{number}", List("input.claims", f"intake:{intake}", "", cursor, CLAIMS_PAGE), write=False)
