"""The line of notices has the colours of the newest one."""

import pytest

from console.chassis.notice import Notice, NoticeLine
from protocol.schema.numbers import Severity
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio


async def test_a_notice_has_the_colours_of_its_severity_alone() -> None:
    """Nothing of the notice before it stays: a warning after an alarm is no alarm."""
    marks = {Severity.NOTICE: "-notice", Severity.WARNING: "-warning", Severity.ALARM: "-alarm"}
    async with stage() as it:
        line = it.app.screen.query(NoticeLine).first()
        for severity in (*Severity, *reversed(Severity)):
            line.say(Notice(f"said as {severity.name}", severity, ""))
            shown = {name for name in marks.values() if line.has_class(name)}
            assert shown == ({marks[severity]} if severity in marks else set())
