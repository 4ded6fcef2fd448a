"""Documents on their way into staging: which file of the drop folder is which, and when what arrived is on the disk."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from protocol.schema import Offer, Take
from protocol.schema.numbers import UPLOAD_WINDOW_BYTES
from tests.gate.conftest import Answers

pytestmark = pytest.mark.anyio


async def test_a_file_that_is_taken_again_is_the_same_document(room) -> None:
    """Each of two files keeps its own, whatever else is open."""
    await room.offer(room.desk, b"# Uploaded\n")
    for name in (b"a.md", b"b.md"):
        (room.drops.folder / name.decode()).write_bytes(b"# " + name)
    taken = [(await room.rows(room.desk, Take(name)))[0] for name in (b"a.md", b"b.md", b"a.md", b"b.md")]
    assert [row["name"] for row in taken] == ["a.md", "b.md", "a.md", "b.md"]
    intakes = [row["intake"] for row in taken]
    assert intakes[:2] == intakes[2:] and len(set(intakes)) == 2


async def test_a_full_window_is_written_before_more_is_asked_for(room) -> None:
    """What may be on its way at once is the most that is kept in memory."""
    data, sizes = b"x" * UPLOAD_WINDOW_BYTES + b"the end", list[int]()

    class Windows(Answers):
        async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
            yield data[:UPLOAD_WINDOW_BYTES]
            sizes.extend(path.stat().st_size for path in room.staging.folder.iterdir())
            yield data[UPLOAD_WINDOW_BYTES:]

    await room.rows(room.desk, Offer(b"m", len(data), hashlib.sha256(data).digest()), reply=Windows())
    assert sizes == [UPLOAD_WINDOW_BYTES]
