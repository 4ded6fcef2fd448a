"""Answers of a dialog: what can have the focus, and how a question that cannot be taken back is marked."""

import pytest

from console.chassis.dialog import Choice, ConfirmDialog, Dialog, TextDialog
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


@pytest.mark.parametrize(
    ("dialog", "key"),
    [
        (TextDialog("NOTE", "words"), "q"),
        (TextDialog("NOTE", "words"), "space"),
        (TextDialog("NOTE", "words"), "escape"),
        (ConfirmDialog("End it?", Danger.CONFIRM), "space"),
        (ConfirmDialog("End it?", Danger.CONFIRM), "enter"),
    ],
    ids=["text-q", "text-space", "text-escape", "question-space", "question-enter"],
)
async def test_the_key_that_closes_a_dialog_does_nothing_behind_it(dialog: Dialog, key: str) -> None:
    """The screen is as it was before the dialog: Space does not pause it, and no notice says that `q` does nothing."""
    async with stage() as it:
        before = it.screen
        it.app.push_screen(dialog)
        await it.settle()
        assert it.screen != before
        await it.press(key)
        assert it.screen == before
