"""How a room has something done in another process, without knowing who starts it."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from totebox.process.program import Program


class Worker(Protocol):
    """A process of a program: it is sent its job, it answers, it ends."""

    async def tell(self, data: bytes) -> None:
        """Send all there is to send."""
        ...

    async def read(self, size: int) -> bytes:
        """Up to `size` bytes of its answer; b'' at its end."""
        ...

    async def ended(self) -> int | None:
        """Its exit status, or minus the signal, once it has ended; None when nobody can tell."""
        ...


class Launcher(Protocol):
    """Starts the programs of the registry that it was handed."""

    def start(self, program: Program, *descriptors: int) -> AbstractAsyncContextManager[Worker]:
        """A process of `program`, with a wire of its own and `descriptors` behind it. It is killed when the context ends.

        Raises:
            VaultError: the launcher is gone.
        """
        ...
