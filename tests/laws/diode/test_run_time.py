"""The Diode, way nine: run time. A peer that tries is logged, told of, and cut off; everybody else works on."""

import pytest

from console.model.events import Heard, LinkLost, LinkUp
from protocol.schema import EventBody, Head, List, PairIssue, Telemetry
from protocol.schema.numbers import ClosingReason, Log, Role, Topic
from protocol.wire.codec import decode_body

pytestmark = pytest.mark.anyio


def _tells(event: Heard) -> bool:
    message = event.message
    if not isinstance(message, Telemetry) or message.topic is not Topic.EVENT:
        return False
    body = decode_body(message.topic, message.body)
    return isinstance(body, EventBody) and "flows the other way" in body.text


async def test_a_console_that_speaks_upwards_is_logged_told_of_and_cut(desk, another) -> None:
    """With every key right, an authority sends a Pong: PROTOCOL, an audit row, an event that another console hears."""
    traitor = await another("user", "field")
    connection = traitor.session._call._connection
    connection._out += connection._channel.seal(b"\x89\x91\x01")
    traitor.session._call._flush()
    lost = await traitor.wait(LinkLost)
    traitor.events.clear()  # it may be back before the others have told what they heard
    assert lost.closing.reason is ClosingReason.PROTOCOL and "flows the other way" in lost.closing.text
    await desk.wait(Heard, _tells)
    await desk.ask(PairIssue(Role.USER, ""))  # a durable row, so that all before it can be read
    rows = await desk.rows(List("audit.log", "kind:REFUSED", "", "", 10))
    assert "flows the other way" in str(rows[0])
    assert await desk.rows(Head(Log.RECORDS, 0))
    traitor.session.retry()
    await traitor.wait(LinkUp)
