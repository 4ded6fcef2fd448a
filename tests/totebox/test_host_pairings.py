"""`os-totebox pairings DIR ACTION` on the host: who becomes ADMIN is told, and the last ADMIN is not locked out by mistake."""

import asyncio
import os

import pytest

from console.model.events import Heard
from protocol.schema import List, Rows
from protocol.schema.numbers import Role, Severity, Topic
from protocol.trust.keys import FileBinder, fingerprint, generate_static
from protocol.wire.codec import decode_body
from tests.totebox.conftest import Daemon
from totebox.cli.host_pairings import change_locally, issue_locally
from totebox.clock import now_text, now_us
from totebox.errors import ConfigError
from totebox.gate.door import Pairing
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings

pytestmark = pytest.mark.anyio


@pytest.fixture
def host(daemon: Daemon) -> "Host":
    """A Totebox that nobody serves, and its book."""
    daemon.init()
    return Host(daemon)


class Host:
    """The pairing book of a Totebox, as its host writes it."""

    def __init__(self, daemon: Daemon) -> None:
        self.root = daemon.directory
        self.pairings = Pairings(Journal(self.root / "secret/devices/pairings", self.root))

    def device(self, role: Role, label: str = "desk") -> Pairing:
        """A device that is not paired yet."""
        binder, static = FileBinder(os.urandom(32)), generate_static(os.urandom).public
        return Pairing(fingerprint(binder.key), static, binder.key, b"k" * 32, role, label, "file", now_text())

    def paired(self, role: Role) -> str:
        """A device in that role; its fingerprint."""
        wanted, issued = self.device(role), issue_locally(self.root, role, "", "unix:/run/t.sock")
        return self.pairings.grant(issued.ticket_id, wanted, now_us()).fingerprint

    def asks(self, name: str = "") -> str:
        """A device, or the paired one of that fingerprint, asks to be paired; its fingerprint."""
        self.pairings.refresh()
        wanted = self.pairings.book.pairings[name].pairing if name else self.device(Role.USER)
        self.pairings.request(wanted, "one-two-three", now_us())
        return wanted.fingerprint

    def say(self, action: str, *words: str, last: bool = False) -> None:
        change_locally(self.root, action, words, last=last)
        self.pairings.refresh()

    def role(self, name: str) -> Role | None:
        found = self.pairings.by_key(name)
        return found.role if found is not None else None


def refused(host: Host, action: str, *words: str) -> None:
    """The change is refused with a way out and a way through, changes nothing, and is done with `--last`."""
    before = host.pairings._journal.path.read_bytes()
    with pytest.raises(ConfigError, match="nobody could command") as fault:
        host.say(action, *words)
    assert f"pairings {host.root} mark" in str(fault.value) or f"pair {host.root} --role admin" in str(fault.value)
    assert "--last" in str(fault.value)
    assert host.pairings._journal.path.read_bytes() == before
    host.say(action, *words, last=True)


def test_marked_keys_are_not_required_of_admin_while_none_is_marked(host: Host) -> None:
    """`require admin` would lock out every ADMIN; with one marked key it is done, and of other roles it always is."""
    admin = host.paired(Role.ADMIN)
    host.say("require", "user")
    refused(host, "require", "admin")
    host.say("release", "admin")
    host.say("mark", admin)
    host.say("require", "admin")
    assert host.pairings.book.required == {Role.USER, Role.ADMIN}


def test_a_revoked_or_lesser_key_that_is_marked_does_not_count(host: Host) -> None:
    """What is marked has to be an ADMIN's that is paired now."""
    gone, clerk = host.paired(Role.ADMIN), host.paired(Role.INPUT)
    host.paired(Role.ADMIN)
    host.say("mark", gone)
    host.say("mark", clerk)
    host.say("revoke", gone)
    refused(host, "require", "admin")


def test_the_last_mark_of_an_admin_stays_where_marks_are_required(host: Host) -> None:
    """`unmark` would lock out the last ADMIN who may come in; of the last but one it is done."""
    admin, other = host.paired(Role.ADMIN), host.paired(Role.ADMIN)
    for name in (admin, other):
        host.say("mark", name)
    host.say("require", "admin")
    host.say("unmark", other)
    refused(host, "unmark", admin)


def test_the_last_admin_is_not_revoked(host: Host) -> None:
    """By the action as by the option; another ADMIN may go."""
    admin, other = host.paired(Role.ADMIN), host.paired(Role.ADMIN)
    host.say("revoke", other, "sold")
    refused(host, "revoke", admin)
    assert host.role(admin) is None


def test_the_last_admin_s_own_request_is_not_approved_as_a_lesser_role(host: Host) -> None:
    """It would stop being ADMIN; as ADMIN it is approved."""
    admin = host.paired(Role.ADMIN)
    host.asks(admin)
    refused(host, "approve", admin, "user")
    assert host.role(admin) is Role.USER
    host.asks(admin)
    host.say("approve", "one-two-three", "admin")
    assert host.role(admin) is Role.ADMIN


async def test_an_admin_that_the_host_approved_is_told_to_every_console(desk, daemon, new_console) -> None:
    """The daemon serves meanwhile: within a second its telemetry warns of the device that may do everything, and its row is written."""
    newcomer = new_console()
    host = Host(daemon)
    wanted = Pairing(
        fingerprint(newcomer.binder.key), newcomer.static.public, newcomer.binder.key, b"k" * 32, Role.USER, "till", "file",
        now_text(),
    )  # fmt: skip
    host.pairings.request(wanted, "one-two-three", now_us())
    done = await asyncio.to_thread(
        daemon.program.run, "pairings", daemon.directory, "approve", "one-two-three", "admin"
    )
    assert done.returncode == 0, done.stderr

    def warns(event) -> bool:
        if getattr(event, "message", None) is None or event.message.topic is not Topic.EVENT:
            return False
        body = decode_body(Topic.EVENT, event.message.body)
        return body.severity is Severity.WARNING and body.text.startswith("till is paired as ADMIN")

    await desk.wait(Heard, warns)
    rows = await desk.rows(List("audit.log", "kind:PAIRED", "", "", 1))
    assert rows[0]["detail"] == "ADMIN to till by os-totebox, words one-two-three"


async def test_a_required_mark_is_refused_with_the_command_s_status(desk, daemon) -> None:
    """`require admin` at the command line fails and changes nothing: the ADMIN's session goes on."""
    done = await asyncio.to_thread(daemon.program.run, "pairings", daemon.directory, "require", "admin")
    assert done.returncode == 2 and "--last" in done.stderr
    answer = await desk.ask(List("gate.pairings", "", "", "", 10))
    assert isinstance(answer, Rows) and answer.table.rows
