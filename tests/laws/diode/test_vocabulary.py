"""The Diode, way two: vocabulary. Over all 256 kinds a half has code for its own direction alone."""

import pytest

from protocol.authority import connection as authority
from protocol.errors import DiodeViolation, LocalProtocolError, RemoteProtocolError
from protocol.schema import MESSAGES
from protocol.schema.numbers import Kind
from protocol.subject import connection as subject
from protocol.testing import ConnectionPair
from protocol.wire.state import DOWN_KINDS, UP_KINDS


def test_each_half_reads_and_writes_one_direction_each() -> None:
    """Readers and writers of both halves are disjoint, and together they are the whole vocabulary."""
    assert set(subject._READERS) == set(map(int, DOWN_KINDS))
    assert set(authority._READERS) == set(map(int, UP_KINDS))
    assert set(subject._WRITERS) == {MESSAGES[kind] for kind in UP_KINDS}
    assert set(authority._WRITERS) == {MESSAGES[kind] for kind in DOWN_KINDS}
    assert not set(subject._WRITERS) & set(authority._WRITERS)


@pytest.mark.parametrize("side", ["subject", "authority"])
@pytest.mark.parametrize("body", [b"\x90", b"\x91\x01", b"", b"\xc1" * 40], ids=["empty", "one", "none", "rubbish"])
def test_no_kind_of_the_other_direction_is_read(side: str, body: bytes) -> None:
    """All 256 kinds with any body: what flows the other way is a DiodeViolation before its fields are looked at."""
    for kind in range(256):
        pair = ConnectionPair().open()
        ours, theirs = (pair.subject, pair.authority) if side == "subject" else (pair.authority, pair.subject)
        assert theirs._channel is not None
        ours.receive_data(theirs._channel.seal(bytes((kind,)) + body))
        wrong_way = bool(kind & 0x80) == (side == "subject")
        try:
            event = ours.next_event()
        except DiodeViolation:
            assert wrong_way
        except RemoteProtocolError:
            assert not wrong_way
        else:
            assert not wrong_way and kind in map(int, Kind) and event is not None
            continue
        assert ours.over


def test_no_message_of_the_other_direction_is_written() -> None:
    """Given every class of the other direction, a half raises and not a byte leaves."""
    pair = ConnectionPair().open()
    for kind, cls in MESSAGES.items():
        half = pair.subject if kind in DOWN_KINDS else pair.authority
        with pytest.raises(LocalProtocolError, match="does not flow this way"):
            half._send(object.__new__(cls))
        assert half.data_to_send() == b""
