"""What the rest of the daemon can do inside its cage, and what it cannot, tried for real."""

from collections.abc import Callable

import pytest

SEALED = "vault / 'assets/minutebook/sealed'"

CAN = {
    "keep a database": "__import__('sqlite3').connect(vault / 'state/i.sqlite').executescript("
    "'pragma journal_mode=wal; create table t(x); insert into t values(1); vacuum')",
    "stage and discard": "(vault / 'state/x').write_bytes(b'1') and os.replace(vault / 'state/x', vault / 'state/y')"
    " or os.truncate and os.unlink(vault / 'state/y')",
    "read records": f"({SEALED}).read_bytes()",
    "listen": "__import__('socket').create_server(('127.0.0.1', 0))",
    "listen on a path": "(lambda s: s.bind(str(vault / 'state/s')) or s.listen())(__import__('socket').socket(1))",
    "run an event loop": "__import__('asyncio').run(__import__('asyncio').sleep(0))",
    "say to nobody": "open('/dev/null', 'w').write('x')",
}

CANNOT = {
    "append to a record": (f"open({SEALED}, 'ab')", "EACCES"),
    "add a record": ("open(vault / 'assets/people/new', 'xb')", "EACCES"),
    "write a register": ("open(vault / 'ledger/new', 'xb')", "EACCES"),
    "unlink": (f"os.unlink({SEALED})", "EACCES"),
    "move away": (f"os.rename({SEALED}, vault / 'state/mine')", "EACCES"),
    "alias": (f"os.link({SEALED}, vault / 'state/alias')", "EXDEV"),
    "rename the parent": ("os.rename(vault / 'assets', vault / 'state/assets')", "EACCES"),
    "truncate": (f"os.truncate({SEALED}, 0)", "EPERM"),
    "hide": (f"os.chmod({SEALED}, 0)", "EPERM"),
    "date": (f"os.utime({SEALED})", "EPERM"),
    "write elsewhere": ("open('/tmp/foreign', 'ab')", "EACCES"),
    "dial": ("__import__('socket').create_connection(('127.0.0.1', 1))", "EPERM"),
    "send a datagram": ("__import__('socket').socket(2, 2)", "EPERM"),
    "type into the terminal": ("__import__('fcntl').ioctl(0, 0x5412, b'x')", "EPERM"),
    "mount": ("kernel.call('mount', None, None, None, 0, None)", "EPERM"),
    "start a program": ("__import__('subprocess').run(['/bin/true'], check=True)", "EPERM"),
    "become a program": ("os.execv('/bin/true', ['true'])", "EPERM"),
    "become one by its descriptor": ("os.execve(os.open('/bin/true', os.O_RDONLY), ['true'], {})", "EPERM"),
    "ring": ("kernel.call('io_uring_setup', 1, None)", "EPERM"),
}


@pytest.mark.parametrize("what", CAN)
def test_the_service_can(caged: Callable[[str, str], str], what: str) -> None:
    """It keeps its state, reads records and listens."""
    assert caged("service", CAN[what]) == "done"


@pytest.mark.parametrize("what", CANNOT)
def test_the_service_cannot(caged: Callable[[str, str], str], what: str) -> None:
    """The kernel refuses every way to a record and every way to speak first."""
    attempt, refusal = CANNOT[what]
    assert caged("service", attempt) == refusal


def test_a_child_inherits_the_cage(caged: Callable[[str, str], str]) -> None:
    """A process that the daemon forks cannot remove a record either."""
    forked = f"__import__('multiprocessing').get_context('fork').Process(target=os.unlink, args=({SEALED},))"
    attempt = f"(lambda child: child.start() or child.join() or child.exitcode or 1 / 0)({forked})"
    assert caged("service", attempt) == "done"


def test_a_verification_may_start_its_processes(caged: Callable[[str, str], str]) -> None:
    """Its cage is the same but for that, and they inherit it."""
    attempt = f"__import__('subprocess').run(['/bin/rm', {SEALED}], stderr=-3).returncode or 1 / 0"
    assert caged("verification", attempt) == "done"
    assert caged("verification", f"os.unlink({SEALED})") == "EACCES"
