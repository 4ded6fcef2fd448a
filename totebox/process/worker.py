"""One errand of a process outside, as the daemon sees it: a wire to say and hear, and a life that ends it when it is let go."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence

from totebox.errors import ConfigError
from totebox.process.orders import ENDING
from totebox.process.pipe import Wire

Order = Callable[[Sequence[int]], None]
"""Hands descriptors to who starts processes: the errand's life, its wire, and what it works on."""
CHART_S, CHART_BYTES = 5.0, 16 << 20


class Outside(Wire):
    """A process that somebody else started; `totebox.service.contract.Errand`."""

    def __init__(self, life: socket.socket, wire: socket.socket) -> None:
        super().__init__(wire)
        life.setblocking(False)
        self._life = life

    async def ended(self) -> int | None:
        """Its exit status, or minus the signal, once it has ended; None when nobody can tell."""
        data = b""
        while len(data) < ENDING.size:
            try:
                more = await asyncio.get_running_loop().sock_recv(self._life, ENDING.size - len(data))
            except OSError:
                more = b""
            if not more:
                return None
            data += more
        status: int = ENDING.unpack(data)[0]
        return status

    async def stop(self) -> None:
        """Kill it, unless it has ended, and wait until it has."""
        self._wire.close()
        with contextlib.suppress(OSError):
            self._life.shutdown(socket.SHUT_WR)
        await self.ended()
        self._life.close()


@contextlib.asynccontextmanager
async def outside(order: Order, *descriptors: int) -> AsyncIterator[Outside]:
    """An errand that ends, at the latest, with the context.

    Raises:
        VaultError: who starts processes is gone.
    """
    life, their_life = socket.socketpair()
    wire, their_wire = socket.socketpair()
    with their_life, their_wire:
        try:
            order([their_life.fileno(), their_wire.fileno(), *descriptors])
        except BaseException:
            life.close()
            wire.close()
            raise
    errand = Outside(life, wire)
    try:
        yield errand
    finally:
        await errand.stop()


def chart(order: Order) -> bytes | None:
    """The operator's chart, as it is now; None where there is none. Waits a moment.

    Raises:
        ConfigError: it is larger than a chart can be, or who opens it does not answer.
    """
    back, theirs = socket.socketpair()
    with back:
        with theirs:
            order([theirs.fileno()])
        back.settimeout(CHART_S)
        try:
            _, descriptors, _, _ = socket.recv_fds(back, 1, 1)
        except OSError as fault:
            raise ConfigError(f"chart.csv cannot be opened: {fault}; start the Totebox again") from None
    if not descriptors:
        return None
    with os.fdopen(descriptors[0], "rb") as file:
        data = file.read(CHART_BYTES + 1)
    if len(data) > CHART_BYTES:
        raise ConfigError(f"chart.csv has more than {CHART_BYTES} bytes; shorten it")
    return data
