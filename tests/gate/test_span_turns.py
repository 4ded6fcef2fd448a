"""What a device is told of each act of a span."""

import pytest

from totebox.gate.read_spans import Act, Noted, ReadSpans
from totebox.gate.row_budget import RowBudget
from totebox.vault.api import AuditDraft, LeafIndex

pytestmark = pytest.mark.anyio


async def test_an_act_that_a_row_covers_waits_for_nothing(room) -> None:
    """0 seconds, with a row of its own, at the beginning of a span, and within it."""

    async def write(draft: AuditDraft) -> Noted:
        return Noted(LeafIndex(0))

    spans = ReadSpans(write, RowBudget(room.clock.monotonic), room.clock.monotonic)
    act = Act("SHA256:desk", 1, AuditDraft("COMMAND", "SHA256:desk", "list"), "input.drops")
    assert [await spans.note(act) for _ in range(3)] == [0.0, 0.0, 0.0]
    await spans.end()
