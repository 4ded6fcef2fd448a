"""What the reader of a document can do inside its cage, and what a document that took it over cannot, tried for real."""

from collections.abc import Callable

import pytest

DOCUMENT, SEALED = "vault / 'cache/intake/document'", "vault / 'assets/minutebook/sealed'"

CAN = {
    "read the document": f"({DOCUMENT}).read_bytes()",
    "read the document again by its descriptor": f"Path('/proc/self/fd/%d' % os.open({DOCUMENT}, os.O_RDONLY)).read_bytes()",
    "load a library": "__import__('sqlite3')",
    "load a reader": "__import__('pypdfium2')",
    "load what reads sheets": "__import__('openpyxl')",
    "ask for a kind by its name": "__import__('mimetypes').MimeTypes().guess_type('a.xlsx')",
    "load what reads letters": "__import__('docx').Document()",
    "say to nobody": "open('/dev/null', 'w').write('x')",
    "answer": "os.write(1, b'')",
    "run threads": "__import__('concurrent.futures').futures.ThreadPoolExecutor(2).submit(int).result()",
}
CANNOT = {
    "read a record": (f"({SEALED}).read_bytes()", "EACCES"),
    "read another document": ("(vault / 'assets/people/segment').read_bytes()", "EACCES"),
    "write the document": (f"open({DOCUMENT}, 'ab')", "EACCES"),
    "write a record": (f"open({SEALED}, 'ab')", "EACCES"),
    "write anywhere": ("open('/tmp/foreign', 'ab')", "EACCES"),
    "unlink": (f"os.unlink({DOCUMENT})", "EPERM"),
    "truncate": (f"os.truncate({DOCUMENT}, 0)", "EPERM"),
    "hide": (f"os.chmod({DOCUMENT}, 0)", "EPERM"),
    "open a socket": ("__import__('socket').socket()", "EPERM"),
    "open a pair": ("__import__('socket').socketpair()", "EPERM"),
    "start a program": ("__import__('subprocess').run(['/bin/true'])", "EPERM"),
    "become a program": ("os.execv('/bin/true', ['true'])", "EPERM"),
    "fork": ("os.fork()", "EPERM"),
    "end another": ("os.kill(os.getppid(), 0)", "EPERM"),
    "set attributes": (f"__import__('fcntl').ioctl(os.open({DOCUMENT}, os.O_RDONLY), 0x40086602, bytes(8))", "EPERM"),
    "ring": ("kernel.call('io_uring_setup', 1, None)", "EPERM"),
}


@pytest.mark.parametrize("what", CAN)
def test_the_reader_can(caged: Callable[[str, str], str], what: str) -> None:
    """It reads its document, loads libraries, computes and answers."""
    assert caged("reader", CAN[what]) == "done"


@pytest.mark.parametrize("what", CANNOT)
def test_the_reader_cannot(caged: Callable[[str, str], str], what: str) -> None:
    """Nothing is written, read beside the document, started or dialled."""
    attempt, refusal = CANNOT[what]
    assert caged("reader", attempt) == refusal
