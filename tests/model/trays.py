"""F12's state at each of its steps, and the answers of a Totebox that lead there."""

from console.model.input.intake import InputStep
from console.model.input.queue import add_paths, take
from console.model.input.steps import answered, choose, decide
from console.model.input.tray import Ask, Effect, Tray
from protocol.schema import (
    Cell,
    Offer,
    Proof,
    Receipt,
    Refusal,
    Rows,
)
from protocol.schema.numbers import Decision, RefusalCode
from tests.chassis.declared import table_of

SHA = bytes(range(32))
OFFER = Offer(b"lease.pdf", 10, SHA)


def page(name: str, *rows: dict[str, Cell], more: bool = False, cursor: str = "") -> Rows:
    return Rows(1, table_of(name, rows), cursor, more)


def intake(**changes: Cell) -> Rows:
    row: dict[str, Cell] = {
        "intake": "i1",
        "name": "lease.pdf",
        "media": "application/pdf",
        "size": 10,
        "sha256": SHA,
        "sealed": None,
        "trouble": "",
        "suggestion": "4100",
        "reason": "'lease' 4 times",
        "service": "minutebook",
        "step": "route",
        "holder": "",
    }
    return page("input.intake", row | changes)


def claims(count: int, first: int = 0, more: bool = False) -> Rows:
    rows: list[dict[str, Cell]] = [
        {"number": first + n, "attribute": "person", "value": f"P{n}", "line": n + 1, "decision": ""}
        for n in range(count)
    ]
    return page("input.claims", *rows, more=more, cursor=str(first + count) if more else "")


def receipt(index: int = 7) -> Receipt:
    return Receipt(1, index, Proof(index, index + 1, b"", ()), b"")


def no(code: RefusalCode) -> Refusal:
    return Refusal(1, code, "because", "do this")


def reply(tray: Tray, effect: Effect, answer: Receipt | Rows | Refusal, trouble: str = "") -> Tray:
    """What `tray` is after `effect` was answered; further effects are not followed."""
    arguments = effect.arguments if isinstance(effect, Ask) else OFFER
    return answered(tray, effect.key, arguments, answer, trouble)[0]


def at_route(*paths: str) -> Tray:
    tray, (effect,) = take(add_paths(Tray(), paths or ("/a/lease.pdf",)), 1)
    return reply(tray, effect, intake())


def at_review(count: int = 3) -> Tray:
    tray, (effect,) = choose(at_route(), "4100", "minutebook")
    return reply(tray, effect, claims(count))


def decided(tray: Tray, *decisions: Decision) -> Tray:
    for at, decision in enumerate(decisions):
        tray, (effect,) = decide(tray, decision)
        tray = reply(tray, effect, receipt(100 + at))
    return tray


def step(tray: Tray) -> InputStep | None:
    return tray.work.step if tray.work else None
