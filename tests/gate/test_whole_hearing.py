"""What a subscriber without a capability may hear."""

import pytest

from protocol.schema import Command, Since, Subscribe
from protocol.schema.numbers import Topic
from protocol.wire.codec import encode_args
from totebox.gate.door import Hearing

pytestmark = pytest.mark.anyio


async def test_a_role_alone_narrows_nothing(room) -> None:
    """Findings, which name files of every record, are sent to it too."""
    verb, args = encode_args(Subscribe(b"", (Since(Topic.ENTRY, 0),)))
    heard = await room.gate.hearing(Command(1, b"", verb, args, ()), room.peer(room.reader))
    assert isinstance(heard, Hearing) and not heard.is_narrowed
