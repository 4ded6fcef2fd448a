"""The `agent` binder, with OpenSSH's own agent: its keys bind pairings, and its refusals are sentences."""

import os
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from console.config import parse
from console.errors import AgentError, PairingError
from console.link.agent import SK_ED25519, AgentBinder, held_keys
from console.link.pairing import pair
from console.model.events import LinkUp
from protocol.schema.numbers import Algorithm
from protocol.trust.keys import generate_static, verify_device
from tests.patience import PROGRAM_S, WAIT_S

pytestmark = pytest.mark.anyio
needs_agent = pytest.mark.skipif(
    not (shutil.which("ssh-agent") and shutil.which("ssh-add")), reason="ssh-agent and ssh-add are not installed"
)


class Agent:
    """A real ssh-agent on a socket of this test's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"SSH_AUTH_SOCK": str(folder / "agent"), "PATH": os.environ["PATH"]}

    def add(self, comment: str, private) -> None:
        path = self.folder / comment
        path.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
        )
        path.chmod(0o600)
        # The public half beside it carries the comment.
        public = private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        path.with_suffix(".pub").write_bytes(public + b" " + comment.encode() + b"\n")
        self.run("ssh-add", "-q", str(path))

    def run(self, *words: str) -> str:
        return subprocess.run(
            words, env=self.environ, check=True, capture_output=True, text=True, timeout=PROGRAM_S
        ).stdout


@pytest.fixture
def agent(short_dir: Path) -> Iterator[Agent]:
    made = Agent(short_dir)
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", made.environ["SSH_AUTH_SOCK"]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.readline()  # it says where it listens once it does
    yield made
    process.terminate()
    process.communicate(timeout=PROGRAM_S)


@needs_agent
@pytest.mark.parametrize(
    ("algorithm", "private"),
    [
        (Algorithm.SSH_ED25519, Ed25519PrivateKey.generate()),
        (Algorithm.ECDSA_P256, ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["ed25519", "p256"],
)
def test_the_agent_signs_as_a_device(agent: Agent, algorithm: Algorithm, private) -> None:
    """Fifty signatures (an mpint is short now and then) each verify as the device key's own."""
    agent.add("desk", private)
    binder = AgentBinder("", agent.environ)
    assert (binder.provider, binder.key.algorithm) == ("agent", algorithm)
    for number in range(50):
        data = b"PSP-bind-1%d" % number
        verify_device(binder.key, data, binder.sign(data))


@needs_agent
def test_one_of_several_keys_is_named(agent: Agent) -> None:
    """By comment or by the fingerprint that ssh-add prints; without a name the choice is refused, and an RSA key does not count."""
    agent.add("bulk", rsa.generate_private_key(65537, 2048))
    with pytest.raises(AgentError, match="no key"):
        AgentBinder("", agent.environ)
    agent.add("desk", Ed25519PrivateKey.generate())
    desk = AgentBinder("", agent.environ)
    agent.add("field", Ed25519PrivateKey.generate())
    with pytest.raises(AgentError, match="several keys"):
        AgentBinder("", agent.environ)
    assert AgentBinder(str(agent.folder / "field"), agent.environ).key != desk.key
    (name,) = [each.name for each in held_keys(agent.environ["SSH_AUTH_SOCK"]) if each.key == desk.key]
    assert name in agent.run("ssh-add", "-l")
    assert AgentBinder(name, agent.environ).key == desk.key
    with pytest.raises(AgentError, match="no key"):
        AgentBinder("other", agent.environ)


@needs_agent
async def test_a_console_pairs_and_works_with_it(rig, agent: Agent) -> None:
    """The subject records provider `agent`; the session opens with a signature of the agent's."""
    agent.add("desk", Ed25519PrivateKey.generate())
    binder, static = AgentBinder("", agent.environ), generate_static(os.urandom)
    uris = await rig.serve()
    pairing = await pair(rig.ticket(uris[0]), static, binder, "desk", "test/1", Nowhere())
    assert (await rig.door.wait_for("grant")).provider == "agent"
    _, desk = rig.console(pairing=pairing, keys=(static, binder))
    await desk.wait(LinkUp)


@needs_agent
async def test_an_agent_that_is_locked_refuses(rig, agent: Agent) -> None:
    """Keys taken away after the console was started: the pairing fails with a sentence, and the ticket is unused."""
    agent.add("desk", Ed25519PrivateKey.generate())
    binder = AgentBinder("", agent.environ)
    agent.run("ssh-add", "-q", "-D")
    uris = await rig.serve()
    with pytest.raises(PairingError, match="refused"):
        await pair(rig.ticket(uris[0]), generate_static(os.urandom), binder, "desk", "test/1", Nowhere())


def test_no_agent_says_what_to_do(tmp_path: Path) -> None:
    """No variable, and a socket that is not there."""
    with pytest.raises(AgentError, match="SSH_AUTH_SOCK is not set"):
        AgentBinder("", {})
    with pytest.raises(AgentError, match="is it running"):
        AgentBinder("", {"SSH_AUTH_SOCK": str(tmp_path / "none")})


def _served_once(path: Path, answer: bytes) -> threading.Thread:
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        with server, server.accept()[0] as link:
            link.recv(65_536)
            link.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0\0\1\5",
        b"\0\0\0\7\x0c\0\0\0\1\0\0",
        b"\xff\xff\xff\xff\x0c",
        b"\0\0\0\x0d\x0c\0\0\0\1\0\0\0\xff\0\0\0\0",
    ],
    ids=["nothing", "failure", "cut off", "huge", "length that lies"],
)
def test_a_lying_agent_is_an_error(short_dir: Path, answer: bytes) -> None:
    """Whatever it answers: AgentError, and no more memory than the limit."""
    thread = _served_once(short_dir / "a", answer)
    with pytest.raises(AgentError):
        AgentBinder("", {"SSH_AUTH_SOCK": str(short_dir / "a")})
    thread.join(WAIT_S)


def test_a_security_key_is_read_as_the_agent_shows_it(short_dir: Path) -> None:
    """sk-ssh-ed25519: 32 bytes and the application are the public half."""

    def string(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    blob = string(SK_ED25519.encode()) + string(b"k" * 32) + string(b"ssh:")
    listed = b"\x0c\0\0\0\1" + string(blob) + string(b"token")
    thread = _served_once(short_dir / "a", string(listed))
    key = AgentBinder("token", {"SSH_AUTH_SOCK": str(short_dir / "a")}).key
    thread.join(WAIT_S)
    assert (key.algorithm, key.public) == (Algorithm.SK_SSH_ED25519, b"k" * 32 + b"ssh:")


def test_the_setting() -> None:
    """`binder = "agent"` in [device], and which of its keys."""
    config = parse('[device]\nbinder = "agent"\nagent_key = "desk"\n', "c.toml")
    assert (config.binder, config.agent_key) == ("agent", "desk")


class Nowhere:
    """A store that keeps nothing."""

    def store(self, pairing) -> None:
        pass

    def free_name(self, wanted: str, totebox: str) -> str:
        return wanted

    def find(self, totebox: str):
        return None

    def forget(self, totebox: str) -> None: ...
