"""What the rest of the daemon can do inside its cage, and what it cannot, tried for real."""

from collections.abc import Callable

import pytest

SEALED = "vault / 'assets/minutebook/sealed'"

CAN = {
    "keep a database": "__import__('sqlite3').connect(vault / 'cache/i.sqlite').executescript("
    "'pragma journal_mode=wal; create table t(x); insert into t values(1); vacuum')",
    "stage and discard": "(vault / 'cache/x').write_bytes(b'1') and os.replace(vault / 'cache/x', vault / 'cache/y')"
    " or os.truncate and os.unlink(vault / 'cache/y')",
    "replace where it listens": "(vault / 'local/serving/x').write_bytes(b'1') and os.replace(vault / 'local/serving/x', "
    "vault / 'local/serving/y')",
    "read its books": "(vault / 'local/home').read_bytes()",
    "run an event loop": "__import__('asyncio').run(__import__('asyncio').sleep(0))",
    "say to nobody": "open('/dev/null', 'w').write('x')",
}

CANNOT = {
    "read records": (f"({SEALED}).read_bytes()", "EACCES"),
    "listen": ("__import__('socket').create_server(('127.0.0.1', 0))", "EPERM"),
    "open a socket": ("__import__('socket').socket(1)", "EPERM"),
    "make a link": ("os.symlink('x', vault / 'cache/l')", "EPERM"),
    "make a pipe": ("os.mkfifo(vault / 'cache/p')", "EPERM"),
    "append to a record": (f"open({SEALED}, 'ab')", "EACCES"),
    "add a record": ("open(vault / 'assets/people/new', 'xb')", "EACCES"),
    "write a register": ("open(vault / 'ledger/new', 'xb')", "EACCES"),
    "unlink": (f"os.unlink({SEALED})", "EACCES"),
    "move away": (f"os.rename({SEALED}, vault / 'cache/mine')", "EACCES"),
    "alias": (f"os.link({SEALED}, vault / 'cache/alias')", "EPERM"),
    "say that it lives elsewhere": ("open(vault / 'local/home', 'ab')", "EACCES"),
    "retire itself": ("open(vault / 'local/retired', 'xb')", "EACCES"),
    "add to the secrets": ("open(vault / 'secret/new', 'xb')", "EACCES"),
    "rename the parent": ("os.rename(vault / 'assets', vault / 'cache/assets')", "EACCES"),
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
    "become one by its descriptor": ("os.execve(os.open('/bin/true', os.O_PATH), ['true'], {})", "EPERM"),
    "ring": ("kernel.call('io_uring_setup', 1, None)", "EPERM"),
}


@pytest.mark.parametrize("what", CAN)
def test_the_service_can(caged: Callable[[str, str], str], what: str) -> None:
    """It keeps its state, reads records and listens."""
    assert caged("daemon", CAN[what]) == "done"


@pytest.mark.parametrize("what", CANNOT)
def test_the_service_cannot(caged: Callable[[str, str], str], what: str) -> None:
    """The kernel refuses every way to a record and every way to speak first."""
    attempt, refusal = CANNOT[what]
    assert caged("daemon", attempt) == refusal


def test_the_daemon_has_no_children(caged: Callable[[str, str], str]) -> None:
    """It starts nobody: not even a copy of itself."""
    assert caged("daemon", "os.fork()") == "EPERM"


def test_a_verification_has_copies_that_inherit_its_cage(caged: Callable[[str, str], str]) -> None:
    """It may fork; what it forks can remove a record no more than it can, and starts no program."""
    forked = f"__import__('multiprocessing').get_context('fork').Process(target=os.unlink, args=({SEALED},))"
    attempt = f"(lambda child: child.start() or child.join() or child.exitcode or 1 / 0)({forked})"
    assert caged("verifier", attempt) == "done"
    assert caged("verifier", f"os.unlink({SEALED})") == "EPERM"
    assert caged("verifier", "__import__('subprocess').run(['/bin/true'])") == "EPERM"
