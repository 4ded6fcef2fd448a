"""One tray for each Totebox. The key of each effect has the Totebox's id, by which its answer finds the tray."""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from console.chassis.cartridge import Cartridge
from console.chassis.table_cartridge import how_linked
from console.model.events import Answer
from console.model.input import queue, steps
from console.model.input.intake import rows
from console.model.input.tray import Approve, Ask, Effect, Outcome, Tray, Upload
from console.model.paged import why_empty
from console.model.safe_text import safe_line
from protocol.schema import Arguments, List, Refusal, Rows
from protocol.schema.chart import read_account
from protocol.schema.numbers import RefusalCode

TABLES = {"drops": "input.drops", "intakes": "input.intake", "chart": "input.chart"}
PAGE = 500


class Trays:
    """The trays of `pane`, with the questions for them. `turned` is called with the former state when the active
    Totebox's tray changes.
    """

    def __init__(self, pane: Cartridge, turned: Callable[[Tray], None]) -> None:
        self._pane, self._turned = pane, turned
        self._trays: dict[str, Tray] = {}
        self._once: dict[tuple[str, Arguments | Approve], bytes] = {}
        self._counters: dict[str, tuple[int, ...]] = {}
        self._refusals: dict[str, dict[str, str]] = {}
        """For each table that a Totebox was asked for: the reason of its refusal ('' where it answered with rows)."""

    @property
    def _active(self) -> str:
        return self._pane.model.active or ""

    @property
    def active(self) -> Tray:
        """The active Totebox's tray."""
        return self._trays.get(self._active, Tray())

    def of(self, totebox: str) -> Tray:
        return self._trays.get(totebox, Tray())

    def put(self, tray: Tray) -> None:
        """Set the active tray's next state, which has no effects."""
        self.apply(self._active, (tray, ()))

    def do(self, outcome: Outcome) -> None:
        """Set the active tray's next state and carry out its effects."""
        self.apply(self._active, outcome)

    def apply(self, totebox: str, outcome: Outcome) -> None:
        before = self.of(totebox)
        self._trays[totebox], effects = outcome
        for effect in effects:
            self._effect(totebox, effect)
        if totebox == self._active:
            self._turned(before)

    def _effect(self, totebox: str, effect: Effect) -> None:
        """Carry out one effect. A write keeps its id until it is answered, so that a repetition after a lost link is
        not a second write.
        """
        key = f"{totebox}/{effect.key}"
        match effect:
            case Upload():
                self._pane.request_upload(key, Path(effect.path))
            case Approve():
                once = self._once.setdefault((key, effect), secrets.token_bytes(16))
                self._pane.seal(key, effect.approval, effect.note, once=once, totebox=totebox)
            case Ask() if effect.write:
                once = self._once.setdefault((key, effect.arguments), secrets.token_bytes(16))
                self._pane.ask(key, effect.arguments, once=once, totebox=totebox)
            case Ask():
                self._pane.ask(key, effect.arguments, totebox=totebox)

    # Tables.

    def refresh(self) -> None:
        """Ask for the drop folder, the chart and the documents that an earlier session left."""
        totebox = self._pane.totebox
        if totebox is None or not totebox.is_linked:
            return
        self._counters[totebox.id] = self._counter()
        for word, table in TABLES.items():
            self._pane.ask(f"{totebox.id}/{word}", List(table, "", "", "", PAGE), totebox=totebox.id)

    def refresh_changed(self) -> None:
        """Ask again for tables that have changed according to the Totebox, or for all after the link came back."""
        active = self._pane.model.active
        if active is not None and self._counters.get(active) != self._counter():
            self.refresh()

    def _counter(self) -> tuple[int, ...]:
        totebox = self._pane.totebox
        if totebox is None:
            return ()
        return (int(totebox.is_linked), *(totebox.changed.get(table, 0) for table in TABLES.values()))

    def why_empty(self, words: Sequence[str], empty: str) -> str:
        """Why there are no rows of these tables of the active Totebox; `empty` is the text where it has none."""
        answers = [self._refusals.get(self._active, {}).get(word) for word in words]
        refusal = next(filter(None, answers), "")
        is_answered = all(answer == "" for answer in answers)
        return why_empty(how_linked(self._pane.totebox), empty, is_answered, None in answers, refusal)

    # What came.

    def answered(self, key: str, arguments: Arguments, answer: Answer, trouble: str) -> None:
        totebox, _, word = key.partition("/")
        if not (isinstance(answer, Refusal) and answer.code is RefusalCode.UNAVAILABLE):
            for held in [each for each in self._once if each[0] == key]:
                if held[1] == arguments or isinstance(held[1], Approve):
                    del self._once[held]
        if word not in TABLES:
            self.apply(totebox, steps.answered(self.of(totebox), word, arguments, answer, trouble))
            return
        said = safe_line(answer.reason) if isinstance(answer, Refusal) else ""
        self._refusals.setdefault(totebox, {})[word] = said
        if isinstance(answer, Rows):
            self.apply(totebox, (self._with_table(totebox, word, arguments, answer), ()))

    def _with_table(self, totebox: str, word: str, arguments: Arguments, answer: Rows) -> Tray:
        tray, table = self.of(totebox), rows(answer.table)
        if word == "drops":
            return queue.set_drops(tray, table)
        if word == "intakes":
            mine = self._pane.desk.fingerprint()
            return queue.set_kept(tray, [row for row in table if not mine or row.get("holder") == mine])
        is_next_page = isinstance(arguments, List) and bool(arguments.cursor)
        if answer.more and table:
            self._pane.ask(f"{totebox}/chart", List("input.chart", "", "", answer.cursor, PAGE), totebox=totebox)
        return queue.set_chart(tray, (*(tray.chart if is_next_page else ()), *map(read_account, table)))

    def progress(self, key: str, done: int, total: int) -> None:
        totebox, _, word = key.partition("/")
        self.apply(totebox, (steps.progress(self.of(totebox), word, done, total), ()))
