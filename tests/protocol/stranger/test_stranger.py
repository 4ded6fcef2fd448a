"""An authority that was written from the specification alone works with a real Totebox.

`protocol/README.md` and `tests/vectors/` are all that it was written from: where it could not be, the page was at fault.
"""

import ast
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.patience import WAIT_S
from tests.protocol.stranger.authority import (
    ABANDON,
    AUDIT,
    COSIGN,
    DECIDE,
    GAP,
    HEAD,
    LABEL_DEVICE,
    LIST,
    NO,
    OFFER,
    PAIR_ISSUE,
    PART,
    PROVE,
    READ,
    RECORDS,
    ROUTE,
    SUBSCRIBE,
    TELEMETRY,
    VERIFY,
    YES,
    Device,
    Refused,
    Row,
    Session,
    unpack,
)

INPUT = 3
"""The role."""
HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "protocol" / "README.md"
CLIENT = ("authority.py", "keys.py", "noise.py", "proofs.py")
LETTER = (
    b"Date: 2026-03-02\nInvoice no. R-77 from Anna Berger <anna@berger.example>\nTotal: 1,250.00 EUR\n" + b"x" * 40_000
)


class Subject:
    """A Totebox in a folder; `serve` and `stop` are real processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir(mode=0o700)
        self._environ = {**os.environ, "XDG_RUNTIME_DIR": str(folder / "run")}
        self._process: subprocess.Popen[str] | None = None

    def run(self, verb: str, *words: str) -> str:
        command = [sys.executable, "-m", "totebox.cli.main", verb, str(self.folder / "acme"), *words]
        done = subprocess.run(command, env=self._environ, capture_output=True, text=True, timeout=WAIT_S, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def serve(self) -> None:
        command = [sys.executable, "-m", "totebox.cli.main", "serve", str(self.folder / "acme")]
        self._process = subprocess.Popen(
            command, env=self._environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        assert re.fullmatch(r"ready unix:\S+\n", self._process.stdout.readline())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=WAIT_S)
            self._process = None


@pytest.fixture
def subject(short_dir: Path) -> Iterator[Subject]:
    made = Subject(short_dir)
    yield made
    made.stop()
    shutil.rmtree(short_dir / "acme", ignore_errors=True)


@pytest.mark.parametrize("name", CLIENT)
def test_the_client_shares_no_code_with_the_programs(name: str) -> None:
    """It imports the standard library, `cryptography`, `msgpack` and its own modules."""
    allowed = {*sys.stdlib_module_names, "cryptography", "msgpack"}
    for found in ast.walk(ast.parse((HERE / name).read_text(encoding="utf-8"))):
        names = [each.name for each in found.names] if isinstance(found, ast.Import) else []
        names += [found.module or ""] if isinstance(found, ast.ImportFrom) else []
        foreign = {each for each in names if each.partition(".")[0] not in allowed}
        assert all(each.startswith("tests.protocol.stranger.") for each in foreign), foreign


def test_every_module_beside_the_test_is_the_client() -> None:
    """No further module stands in the folder, so the check of imports misses none."""
    assert sorted(path.name for path in HERE.glob("*.py") if not path.name.startswith("test_")) == sorted(CLIENT)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Device, Session]]:
    """A device with an ADMIN session on a Totebox, for tests that leave nothing of theirs behind but entries."""
    with TemporaryDirectory(prefix="tb") as folder:
        subject, device = Subject(Path(folder)), Device()
        ticket = subject.run("init", "--entity", "Acme", "--kind", "corporation")
        subject.serve()
        session = device.pair(ticket)
        yield device, session
        session.close()
        subject.stop()


def test_it_pairs_and_works_and_follows_keys(subject: Subject) -> None:
    """It pairs, asks for heads, uploads, routes, decides, seals, reads, proves, lists pages, and follows two rotations."""
    ticket = subject.run("init", "--entity", "Acme", "--kind", "corporation")
    subject.serve()
    device = Device()
    session = device.pair(ticket)
    assert session.bound[2] == "Acme"

    seen = session.head(RECORDS, None)
    index, row = _sealed(session, LETTER, b"invoice.txt")
    again = session.head(RECORDS, seen)
    assert again.size > index >= seen.size
    assert (row["sha256"], int(row["length"])) == (hashlib.sha256(LETTER).hexdigest(), len(LETTER))
    assert session.prove(RECORDS, index) == row
    assert session.prove(AUDIT, int(row["audit"]))["kind"] == "APPROVED"
    assert session.ask(READ, index, 0)[1][1] == LETTER

    pages = session.pages("fs.entries", limit=2)
    listed = [int(str(row["index"])) for page in pages for row in page]
    assert len(pages) > 1 and listed == sorted(listed, reverse=True) and index in listed
    assert [row["index"] for page in session.pages("fs.entries", f"index:{index}") for row in page] == [index]
    pairing = session.pairing
    session.close()

    for _ in range(2):
        subject.stop()
        subject.run("rotate")
        subject.serve()
        session = device.open(pairing)
        assert session.bound[5] != pairing.vkeys[0]
        session.follow_keys()
        pairing = session.pairing
        assert pairing.vkeys == (session.bound[5], session.bound[6])
        again, before = session.head(RECORDS, again), again
        assert again.size > before.size
        session.close()


def test_a_restored_vault_is_not_followed(subject: Subject) -> None:
    """After `restore` Bound names a key of another origin, and nothing leads there."""
    ticket = subject.run("init", "--entity", "Acme", "--kind", "corporation")
    subject.serve()
    device = Device()
    session = device.pair(ticket)
    pairing = session.pairing
    session.close()
    subject.stop()
    subject.run("restore")
    subject.serve()
    session = device.open(pairing)
    with pytest.raises(AssertionError, match="another origin"):
        session.follow_keys()
    assert session.pairing == pairing
    session.close()


def test_a_read_beyond_the_end_is_one_empty_part(served: tuple[Device, Session]) -> None:
    """At the record's end and beyond it: no bytes, the record's length as offset; an index that is no entry is NOT_FOUND."""
    session = served[1]
    length = int(session.prove(RECORDS, 0)["length"])
    for offset in (length, length + 1, 2**64 - 1):
        kind, fields = session.ask(READ, 0, offset)
        assert (kind, fields[1], session.part_offset) == (PART, b"", length)
    assert _code(lambda: session.ask(READ, 10**9, 0)) == "NOT_FOUND"
    assert _code(lambda: session.ask(PROVE, RECORDS, 10**9)) == "NOT_FOUND"
    assert _code(lambda: session.ask(HEAD, RECORDS, 10**9)) == "NOT_FOUND"


def test_the_page_has_the_tables_of_a_totebox(served: tuple[Device, Session]) -> None:
    """The tables, their least roles and their keys are those that `gate.tables` lists."""
    known = {
        (name.strip("`"), role, tuple(re.findall(r"`([a-z_]+:)`", keys)))
        for name, role, _, _, keys, _ in _stated("tables")
    }
    listed = [row for page in served[1].pages("gate.tables") for row in page]
    found = {
        (
            name,
            role,
            tuple(str(row["key"]) for row in listed if row["table"] == name and str(row["key"])[-1] == ":")[:-1],
        )
        for name, role in {(str(row["table"]), str(row["role"])) for row in listed}
    }
    assert found == known


def test_the_answers_have_the_columns_of_the_page(served: tuple[Device, Session]) -> None:
    """`head`, `verify` and `subscribe` give the tables that the page draws."""
    wanted = {name.strip("`"): columns for name, _, _, _, columns in _stated("answers")}
    for name, verb, arguments in (
        ("head", HEAD, (RECORDS, 0)),
        ("verify", VERIFY, ()),
        ("subscribe", SUBSCRIBE, (b"", [])),
    ):
        _, fields = served[1].ask(verb, *arguments)
        assert ", ".join(f"{column} {kind.upper()}" for column, kind, _ in fields[1][1]) == wanted[name]


def test_a_once_stands_for_one_command(served: tuple[Device, Session]) -> None:
    """The same write again has the same answer, another is CONFLICT; a write without one, and a read with one, are refused."""
    session, once = served[1], os.urandom(16)
    first = session.ask(LABEL_DEVICE, served[0].fingerprint, "front desk", once=once)
    assert session.ask(LABEL_DEVICE, served[0].fingerprint, "front desk", once=once)[1][1:] == first[1][1:]
    assert _code(lambda: session.ask(LABEL_DEVICE, served[0].fingerprint, "back desk", once=once)) == "CONFLICT"
    assert _code(lambda: session.ask(LABEL_DEVICE, served[0].fingerprint, "front desk", once=b"")) == "BAD_ARGUMENTS"
    assert _code(lambda: session.ask(HEAD, RECORDS, 0, once=once)) == "BAD_ARGUMENTS"


def test_telemetry_goes_on_after_the_last_one_seen(served: tuple[Device, Session]) -> None:
    """`seq` is the last one seen; 0 brings a snapshot; what is not known is a Gap from 0 to the snapshot; a new Subscribe ends the old."""
    session = served[1]
    epoch, topic = session.bound[8], 4  # AUDIT
    _subscribe(session, epoch, [[topic, 0]])
    assert session.until(topic)[1][0] == epoch
    newest = _newest(session, topic)

    _subscribe(session, epoch, [[topic, newest]])
    _change(*served)
    assert session.until(topic)[1][1] == newest + 1

    for foreign, seq in ((b"", newest), (os.urandom(8), newest), (epoch, 2**40)):
        _subscribe(session, foreign, [[topic, seq]])
        session.until(topic)
        (kind, gap), (_, first) = session.heard[:2]
        assert (kind, gap[0], gap[1]) == (GAP, topic, 0) and first[1][1] == gap[2] + 1

    newest = _newest(session, topic)
    _subscribe(session, epoch, [])
    other = served[0].open(session.pairing)
    _subscribe(other, epoch, [[topic, newest]])
    changed = _change(*served)
    while unpack(other.until(topic)[3])[0] != changed:
        other.heard.clear()
    other.close()
    session.ping(1)
    assert not session.heard


def test_the_input_machine_does_what_the_page_says(served: tuple[Device, Session]) -> None:
    """Every verb at every step of a document does what the table says."""
    session = served[1]
    head, *rows = _stated("machine", head=True)
    steps = [cell.removeprefix("at ").strip("`") for cell in head[1:]]
    sealed, _ = _sealed(session, b"already here, from Carl Dorn <carl@dorn.example>", b"known.txt")
    for verb, *does in rows:
        for step, wanted in zip(steps, does, strict=True):
            number = f"{verb} {step}"
            data = b"Letter of Eva Fink <eva@fink.example> about " + number.encode()
            intake, at = _brought(
                session, b"already here, from Carl Dorn <carl@dorn.example>" if step == "sealed" else data, step
            )
            assert at == step and (intake["sealed"] == sealed) is (step == "sealed")
            assert _done(session, verb, intake, data) in wanted.replace(";", ",").split(", ")[0].split(" or ")[0], (
                number
            )
            for row in session.rows(LIST, "input.intake", "", "", "", 100):
                session.receipt(ABANDON, AUDIT, row["intake"])


def test_malformed_arguments_are_a_refusal(served: tuple[Device, Session]) -> None:
    """Arguments that the verb does not take are BAD_ARGUMENTS, and the session goes on; an unknown verb is UNKNOWN_VERB."""
    assert _code(lambda: served[1].ask(HEAD, "records")) == "BAD_ARGUMENTS"
    assert _code(lambda: served[1].ask(HEAD, RECORDS, 0, 0)) == "BAD_ARGUMENTS"
    assert _code(lambda: served[1].ask(0xFF)) == "UNKNOWN_VERB"
    served[1].ping(3)


def test_a_document_belongs_to_the_device_that_offered_it(served: tuple[Device, Session]) -> None:
    """A second device, paired by a ticket that the first one asked for, is HELD; other bytes than announced are HASH_MISMATCH."""
    session, data = served[1], b"Letter of Gert Horn <gert@horn.example>"
    (ticket,) = session.rows(PAIR_ISSUE, INPUT, "second desk", "Ida Jung")
    other = Device().pair(str(ticket["text"]))
    intake = _offered(session, data)
    assert _code(lambda: _offered(other, data)) == "HELD"
    assert _code(lambda: other.rows(ROUTE, intake["intake"], *_destination(session, intake))) == "HELD"
    session.receipt(ABANDON, AUDIT, intake["intake"])
    assert _code(lambda: other.rows(OFFER, b"letter.txt", len(data), bytes(32), upload=data)) == "HASH_MISMATCH"
    assert other.rows(LIST, "input.intake", "", "", "", 100) == []
    assert _code(lambda: other.rows(PAIR_ISSUE, INPUT, "third desk", "")) == "NOT_PERMITTED"
    other.close()


def test_it_cosigns_a_head(served: tuple[Device, Session]) -> None:
    """A checkpoint with a line of a witness's key is kept; the Receipt is of the row COSIGNED, which carries no `once`."""
    session, key = served[1], Ed25519PrivateKey.generate()
    (row,) = session.rows(HEAD, RECORDS, 0)
    note = row["checkpoint"]
    assert isinstance(note, bytes)
    text, kind = note.partition(b"\n\n")[0] + b"\n", b"\x04" + key.public_key().public_bytes_raw()
    key_id, seconds = hashlib.sha256(b"witness.example\n" + kind).digest()[:4], 1_800_000_000
    signature = key.sign(f"cosignature/v1\ntime {seconds}\n".encode() + text)
    line = "— witness.example " + base64.b64encode(key_id + seconds.to_bytes(8, "big") + signature).decode() + "\n"
    vkey = f"witness.example+{key_id.hex()}+{base64.b64encode(kind).decode()}"
    _, fields = session.ask(COSIGN, RECORDS, note + line.encode(), vkey)
    _, kept = session.proved(AUDIT, fields)
    assert (kept["kind"], kept["command"], kept["note"]) == ("COSIGNED", "", vkey)


@pytest.mark.parametrize("verb", [ROUTE, DECIDE, ABANDON])
def test_a_document_that_is_not_open_is_not_found(served: tuple[Device, Session], verb: int) -> None:
    """An id that nobody gave is NOT_FOUND."""
    arguments = {ROUTE: ("none", "1", "minutebook"), DECIDE: ("none", 1, YES), ABANDON: ("none",)}[verb]
    assert _code(lambda: served[1].ask(verb, *arguments)) == "NOT_FOUND"


def _offered(session: Session, data: bytes, name: bytes = b"letter.txt") -> Row:
    (intake,) = session.rows(OFFER, name, len(data), hashlib.sha256(data).digest(), upload=data)
    return intake


def _destination(session: Session, intake: Row) -> tuple[str, str]:
    account = intake["suggestion"] or session.pages("input.chart", limit=1)[0][0]["number"]
    return str(account), str(intake["service"]) or "minutebook"


def _decided(session: Session, intake: Row) -> None:
    """Route the document and answer its claims."""
    for number, claim in enumerate(session.rows(ROUTE, intake["intake"], *_destination(session, intake))):
        session.receipt(DECIDE, AUDIT, intake["intake"], claim["number"], (YES, NO, 4)[number % 3])


def _sealed(session: Session, data: bytes, name: bytes) -> tuple[int, dict[str, str]]:
    """Take `data` through the five steps of the Input Machine; the index and the row of its record."""
    intake = _offered(session, data, name)
    assert (intake["step"], intake["size"]) == ("route", len(data))
    _decided(session, intake)
    return session.seal(intake, *_destination(session, intake))


def _brought(session: Session, data: bytes, step: str) -> tuple[Row, str]:
    """A new document, brought to `step`."""
    intake = _offered(session, data)
    if step == "decide":
        assert session.rows(ROUTE, intake["intake"], *_destination(session, intake))
    elif step == "confirm":
        _decided(session, intake)
    return intake, _step(session, intake)


def _step(session: Session, intake: Row) -> str:
    """Where it stands; '' where it is not open any more."""
    rows = session.rows(LIST, "input.intake", f"intake:{intake['intake']}", "", "", 1)
    return str(rows[0]["step"]) if rows else ""


def _done(session: Session, verb: str, intake: Row, data: bytes) -> str:
    """What became of the document by `verb`, in the words of the page."""
    before, place = _step(session, intake), _destination(session, intake)
    made = False
    try:
        if verb == "the same offer":
            same = b"already here, from Carl Dorn <carl@dorn.example>" if before == "sealed" else data
            assert _offered(session, same)["intake"] == intake["intake"]
        elif verb == "`input.route`":
            session.rows(ROUTE, intake["intake"], *place)
        elif verb == "`input.decide`":
            session.receipt(DECIDE, AUDIT, intake["intake"], 1, YES)
        elif verb == "`input.seal`":
            made = session.seal(intake, *place)[1]["kind"] == "original"
        else:
            session.receipt(ABANDON, AUDIT, intake["intake"])
    except Refused as refused:
        assert _step(session, intake) == before
        return _name(refused.code)
    after = _step(session, intake)
    return "stays" if after == before else after or ("is a record" if made else "is gone")


def _subscribe(session: Session, epoch: bytes, topics: list[list[int]]) -> None:
    """After this `session.heard` begins with what this Subscribe brought."""
    session.ask(SUBSCRIBE, epoch, topics)
    session.heard.clear()


def _change(device: Device, session: Session) -> int:
    """One more row of the audit log; its index."""
    return session.receipt(LABEL_DEVICE, AUDIT, device.fingerprint, f"desk {os.urandom(4).hex()}")[0]


def _newest(session: Session, topic: int) -> int:
    """The newest number heard on `topic`; the numbers ascend without a hole."""
    found = [fields[1][1] for kind, fields in session.heard if (kind, fields[0]) == (TELEMETRY, topic)]
    assert found == list(range(found[0], found[0] + len(found)))
    return found[-1]


def _stated(name: str, *, head: bool = False) -> list[list[str]]:
    """The cells of a table of the page."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in found[1].strip().split("\n")]
    return [rows[0], *rows[2:]] if head else rows[2:]


def _name(code: int) -> str:
    """The refusal with that code, as the page calls it."""
    return {number.strip("`"): name for number, name, _ in _stated("refusals")}[str(code)]


def _code(ask: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        ask()
    return _name(refused.value.code)
