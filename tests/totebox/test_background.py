"""Work in the background survives what the system refuses."""

import errno
import logging

import pytest

from totebox.daemon.background import keep_up
from totebox.errors import VaultError

pytestmark = pytest.mark.anyio
NONE_LEFT = OSError(errno.EMFILE, "Too many open files")


class Work:
    """Raises one fault after the other, then ends."""

    def __init__(self, *faults: BaseException) -> None:
        self.faults, self.begun = list(faults), 0

    async def __call__(self) -> None:
        self.begun += 1
        if self.faults:
            raise self.faults.pop(0)


async def test_it_is_logged_told_once_and_tried_again(caplog) -> None:
    """Three times the same fault, however it comes wrapped: three lines of the log, one event with a remedy, and then it works."""
    work, told = Work(NONE_LEFT, ExceptionGroup("watch", [NONE_LEFT]), NONE_LEFT), []
    with caplog.at_level(logging.WARNING):
        await keep_up("the tick", work, lambda severity, text, remedy: told.append((text, remedy)), pauses_s=(0.0,))
    assert work.begun == 4
    assert sum("the tick failed and is tried again" in line for line in caplog.messages) == 3
    ((text, remedy),) = told
    assert "Too many open files" in text and "ulimit -n" in remedy


async def test_another_fault_is_told_anew() -> None:
    """An event for each kind of trouble."""
    told = []
    work = Work(NONE_LEFT, VaultError("the writer is gone"))
    await keep_up("the tick", work, lambda severity, text, remedy: told.append(text), pauses_s=(0.0,))
    assert [text.split(": ")[-1] for text in told] == ["[Errno 24] Too many open files", "the writer is gone"]


@pytest.mark.parametrize("fault", [ValueError("ours"), ExceptionGroup("mixed", [NONE_LEFT, ValueError("ours")])])
async def test_a_fault_of_the_program_is_not_hidden(fault: Exception) -> None:
    """What nobody foresaw ends the work, and is heard."""
    with pytest.raises((ValueError, ExceptionGroup)):
        await keep_up("the tick", Work(fault), lambda *said: None, pauses_s=(0.0,))
