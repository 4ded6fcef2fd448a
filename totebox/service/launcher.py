"""The interface through which a room has work done in a worker process. The daemon decides who starts the process.

One use: `start` gives a context with a `Worker`; the caller sends the job with `tell`, reads the answer until b'', and
takes the exit status from `ended`. The context belongs to the caller's task. When the context ends, also by an
exception or a cancellation, the process is killed if it is still running. A worker that crashes shows as the end of its
answer and a status that is not 0; the caller decides whether to start another.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from totebox.process.program import Program


class Worker(Protocol):
    """A worker process: it receives its job, answers, and ends."""

    async def tell(self, data: bytes) -> None:
        """Send the whole job."""
        ...

    async def read(self, size: int) -> bytes:
        """Up to `size` bytes of its answer; b'' at the end of the answer."""
        ...

    async def ended(self) -> int | None:
        """Wait for the end of the process. Its exit status, or minus the signal; None where the status is not known."""
        ...


class Launcher(Protocol):
    """Starts the programs of its registry."""

    def start(self, program: Program, *descriptors: int) -> AbstractAsyncContextManager[Worker]:
        """Start `program`, with a socket for the job and the answer, and with `descriptors` after it. Killed when
        the context ends.

        Raises:
            VaultError: the launcher process has ended.
        """
        ...
