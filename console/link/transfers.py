"""Uploads to F12 and downloads to files, over one link."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from console.errors import LinkDown, SourceError
from console.link.files import Saving, Source, measure, save_bytes
from console.model.events import Answer
from console.model.link import Link
from console.model.proofs import check_for
from console.model.rows import RowError, parse_row
from console.model.state import LogRow
from protocol.errors import PspError
from protocol.schema import Bound, Offer, Prove, Receipt, Refusal
from protocol.schema.numbers import Log, RefusalCode

Progress = Callable[[int, int], None]


async def upload(link: Link, key: str, path: Path, progress: Progress, offered: Callable[[Offer], None]) -> Answer:
    """Hash the file, offer it and send it. A file that cannot be read is answered with a Refusal of this console.

    `offered` is called with the offer before it is sent: later the receipt is compared with the hash that was computed
    here.

    Raises:
        LinkDown: the session ended meanwhile; nothing became a record.
    """
    try:
        source = await measure(path)
        offer, counted = Offer(source.name, source.size, source.sha256), _Counted(source, progress)
        offered(offer)
        answer = await link.upload(key, offer, counted.chunks)
    except SourceError as error:
        return Refusal(0, RefusalCode.UNREADABLE, str(error), "Nothing was sent.")
    progress(source.size, source.size)
    return answer


async def write(target: Path, data: bytes) -> str:
    """Create `target` with `data`, in a thread. Returns '' or why nothing was saved."""
    try:
        await asyncio.to_thread(save_bytes, target, data)
    except SourceError as error:
        return str(error)
    return ""


def unread(path: Path) -> Offer:
    """An offer with the name alone, for a file that could not be read."""
    return Offer(os.fsencode(path.name)[:1_024] or b"?", 0, bytes(32))


class _Counted:
    """The chunks of a source; calls `progress` after each."""

    def __init__(self, source: Source, progress: Progress) -> None:
        self._source, self._progress = source, progress

    async def chunks(self, offset: int) -> AsyncIterator[bytes]:
        async for chunk in self._source.chunks(offset):
            yield chunk
            offset += len(chunk)
            self._progress(offset, self._source.size)


async def download(link: Link, key: str, index: int, target: Path, bound: Bound, progress: Progress) -> str:
    """Save record `index` to `target`. Returns '' or why nothing was saved.

    The row is proved first, so that the bytes are compared with a hash that this console has verified.
    """
    try:
        row = await _proven(link, key, index, bound)
        with Saving(target) as saving:
            refusal = await link.download(index, _counting(saving, row.length, progress), size=row.length)
            if refusal is not None:
                return f"not saved: {refusal.reason}"
            saving.finish(row.sha256, row.length)
    except (SourceError, LinkDown, RowError, PspError) as error:
        return str(error)
    return ""


async def read(link: Link, key: str, index: int, bound: Bound, most: int) -> tuple[bytes, str]:
    """The bytes of record `index` in memory, compared with its proved row; or b'' and the reason.

    A record of more than `most` bytes is not requested.
    """
    try:
        row = await _proven(link, key, index, bound)
        if row.length > most:
            return (
                b"",
                f"entry {index} has {row.length:,} bytes, more than the {most:,} that are shown; save it instead",
            )
        data = bytearray()
        refusal = await link.download(index, data.extend, size=row.length)
    except (SourceError, LinkDown, RowError, PspError) as error:
        return b"", str(error)
    if refusal is not None:
        return b"", refusal.reason
    if hashlib.sha256(data).digest() != row.sha256:
        return b"", f"the bytes that arrived are not those of entry {index}; verify this Totebox"
    return bytes(data), ""


async def _proven(link: Link, key: str, index: int, bound: Bound) -> LogRow:
    """The row of record `index`, proved under the pinned keys.

    Raises:
        SourceError: it was refused, or its proof does not hold.
        RowError: the leaf is no row.
    """
    answer = await link.ask(key, Prove(Log.RECORDS, index))
    if not isinstance(answer, Receipt):
        raise SourceError(answer.reason if isinstance(answer, Refusal) else "the Totebox did not prove the record")
    verdict = check_for(answer, bound)
    if not verdict.holds:
        raise SourceError(verdict.fault)
    if verdict.log is not Log.RECORDS:
        raise SourceError(f"entry {index} was asked for, and a row of the audit log was proved; verify this Totebox")
    row = parse_row(answer.proof.leaf)
    if row.index != index:
        raise SourceError(f"entry {index} was asked for, and entry {row.index} was proved; verify this Totebox")
    return row


def _counting(saving: Saving, total: int, progress: Progress) -> Callable[[bytes], None]:
    def sink(data: bytes) -> None:
        saving.write(data)
        progress(saving.done, total)

    return sink
