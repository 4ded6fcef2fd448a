"""Answers of a dialog: what can have the focus, and how a question that cannot be taken back is marked."""

import pytest

from console.chassis.dialog import Choice, ConfirmDialog
from console.chassis.keys import Danger
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio


def test_an_answer_can_have_the_focus() -> None:
    """Without it no key could give an answer."""
    assert Choice("Cancel", lambda: None).can_focus


@pytest.mark.parametrize(("danger", "is_marked"), [(Danger.REVERSIBLE, False), (Danger.CONFIRM, True)])
async def test_a_dangerous_question_is_marked(danger: Danger, is_marked: bool) -> None:
    """What cannot be taken back is drawn differently from what can."""
    async with stage() as it:
        dialog = ConfirmDialog("End it?", danger)
        it.app.push_screen(dialog)
        await it.settle()
        assert dialog.has_class("-danger") is is_marked
