"""What is fuzzed: each target takes any bytes, and may raise what its contract names and nothing else."""

from collections.abc import Callable, Iterator

from protocol.errors import CapabilityError, PspError
from protocol.schema import ARGUMENTS, MESSAGES, Block, EventBody
from protocol.schema.numbers import Kind, Severity, Topic, Verb
from protocol.subject.connection import Called, SubjectConnection
from protocol.testing import ConnectionPair, counted_entropy, make_ends
from protocol.trust.address import parse_address
from protocol.trust.capability import Scope, chain_text, mint, parse_chain, verify
from protocol.trust.capability import decode_body as decode_block
from protocol.trust.capability import encode_body as encode_block
from protocol.trust.pairing import parse_ticket
from protocol.wire.codec import decode, decode_args, decode_body, encode, encode_args, encode_body
from protocol.wire.frame import FrameReader, frame
from protocol.wire.shape import Wrong

Target = Callable[[bytes], None]
ENDS = make_ends(9)


def handshake(data: bytes) -> None:
    """A subject fed with anything: it asks its owner, or raises; whoever it calls must be answerable."""
    subject = SubjectConnection(ENDS.subject, counted_entropy(2), 0.0)
    for piece in (data[:20], data[20:]):
        subject.receive_data(piece)
        event = subject.next_event()
        if isinstance(event, Called):
            subject.admit(ENDS.psk, None)
            subject.data_to_send()


def answer(data: bytes) -> None:
    """An authority that waits for message 2 is fed with anything."""
    pair = ConnectionPair(ENDS)
    pair.authority.data_to_send()
    pair.authority.receive_data(data)
    pair.authority.next_event()


def framer(data: bytes) -> None:
    """Whole or in pieces, the same frames; never more in memory than was fed."""
    whole, cut = FrameReader(), FrameReader()
    whole.feed(data)
    frames = []
    while (found := whole.next()) is not None:
        frames.append(found)
    again = []
    step = 1 + (data[0] if data else 0) % 7
    for at in range(0, len(data), step):
        cut.feed(data[at : at + step])
        while (found := cut.next()) is not None:
            again.append(found)
    assert frames == again and whole.pending == cut.pending <= len(data)
    assert b"".join(map(frame, frames)) == data[: len(data) - whole.pending]


def message(data: bytes) -> None:
    """Both directions' decoder: what it lets pass encodes to the same bytes again."""
    assert encode(decode(data)) == data


def arguments(data: bytes) -> None:
    """The arguments of every verb, and the body of every topic; the first byte says which."""
    if not data:
        return
    choices: list[Verb | Topic] = [*Verb, *Topic]
    choice = choices[data[0] % len(choices)]
    if isinstance(choice, Verb):
        assert encode_args(decode_args(choice, data[1:])) == (choice, data[1:])
    else:
        assert encode_body(decode_body(choice, data[1:])) == (choice, data[1:])


def capability(data: bytes) -> None:
    """A block, a chain of blocks, and a chain as people paste it: read, proved, and never believed."""
    try:
        body = decode_block(data)
    except CapabilityError:
        parse_chain(data.decode("utf-8", "surrogateescape"))
        return
    assert encode_block(body) == data
    verify((Block(data, b"s" * 64),), ENDS.subject_binder.key)


def words(data: bytes) -> None:
    """Tickets and addresses, typed or scanned."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        parse_ticket(text)
    except PspError:
        parse_address(text)


TARGETS: dict[str, Target] = {
    target.__name__: target for target in (handshake, answer, framer, message, arguments, capability, words)
}


def tried(target: Target, data: bytes) -> None:
    """Anything but a PspError leaves."""
    try:
        target(data)
    except PspError:
        pass
    except Wrong as fault:
        raise AssertionError("the codec let its own error out") from fault


def seeds(name: str) -> Iterator[bytes]:
    """Sound inputs to begin from."""
    pair = ConnectionPair(ENDS)
    hello = pair.authority.data_to_send()
    yield b""
    if name in ("handshake", "answer"):
        yield hello
        pair.subject.receive_data(hello)
        pair.subject.next_event()
        pair.subject.admit(ENDS.psk, None)
        yield pair.subject.data_to_send()
    if name == "framer":
        yield b"".join(frame(bytes(size)) for size in (0, 1, 40, 300))
    if name == "message":
        opened = ConnectionPair(ENDS).open()
        yield encode(opened.bind_message())
        yield encode(opened.bound_message())
        yield from (bytes((kind, 0x90 + len(MESSAGES[kind].__slots__))) for kind in Kind)  # type: ignore[attr-defined]
    if name == "arguments":
        body = encode_body(EventBody(Severity.INFO, "test", "words", ""))[1]
        yield from (bytes((number,)) + body for number in range(len(ARGUMENTS) + len(Topic)))
    if name == "capability":
        scope = Scope((Verb.LIST,), "people", 0, 9, (), 1, 2)
        chain = mint(ENDS.subject_binder, ENDS.authority_binder.key, scope, 1)
        yield chain[0].body
        yield chain_text(chain).encode()
    if name == "words":
        yield b"psp://1/abcdefgh/aaaaaaaa"
        yield b"ssh:me@host:22/dir"
