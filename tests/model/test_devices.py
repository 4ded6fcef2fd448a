"""What devices are called: labels in place of fingerprints."""

from console.model.devices import MAX_LABELS, THIS_DEVICE, device, known_here, labelled, labels_of, with_labels
from console.model.events import Answered, Heard, PairingAdded
from console.model.integrity import verdict
from console.model.reduce import reduce
from console.model.state import Model, ToteboxState
from protocol.schema import AuditBody, Cursor, IntegrityBody, List, Rows, Table, Telemetry
from protocol.schema.numbers import Scope, Verdict
from protocol.testing import MemoryLog
from protocol.trust.note import Signer
from protocol.wire.codec import encode_body
from tests.chassis.declared import declared
from tests.chassis.fake_totebox import add_row

DESK, CLERK = "SHA256:" + "d" * 43, "SHA256:" + "c" * 43
PAIRINGS = declared("gate.pairings", ("fingerprint", "label"), ((DESK, "front desk"), (CLERK, " ")))
CLEAN = IntegrityBody(60_000_000, DESK, Scope.FULL, Verdict.CLEAN, 0, (), 38, None)


def after(*events: Answered | Heard) -> ToteboxState:
    model = reduce(Model(), PairingAdded("a", "a", "unix:/a", 0.0))
    for event in events:
        model = reduce(model, event)
    return model.toteboxes["a"]


def answer(table: Table) -> Answered:
    return Answered("a", "k", List(table.name, "", "", "", 200), Rows(0, table, "", False), "", 1.0)


def heard(body: AuditBody | IntegrityBody, seq: int = 1) -> Heard:
    topic, data = encode_body(body)
    return Heard("a", Telemetry(topic, Cursor(bytes(8), seq), 0, data), 1.0)


def test_the_table_of_pairings_names_devices_whoever_asked_for_it() -> None:
    """A label of blanks is none; another table names nobody."""
    assert dict(after(answer(PAIRINGS)).labels) == {DESK: "front desk"} == labels_of(PAIRINGS)
    assert not after(answer(Table("people.anchors", PAIRINGS.columns, PAIRINGS.rows))).labels


def test_an_audit_row_names_its_device() -> None:
    """A session that opens says what its device is called, also after it was renamed."""
    log = MemoryLog(Signer("a-1/audit", bytes([2]) * 32))
    rows = [
        add_row(
            log, service="audit", kind="SESSION_OPEN", actor=CLERK, subject="session 1", note=f"USER {name}, os/1, unix"
        )
        for name in ("clerk", "night clerk")
    ]
    told = [heard(AuditBody(index, row), index + 1) for index, row in enumerate(rows)]
    assert dict(after(*told).labels) == {CLERK: "night clerk"}


def test_who_verified_is_a_label() -> None:
    """The label; for this console's own device a word; the beginning of the fingerprint where neither is known."""
    assert "by front desk, audit row 38" in verdict(after(answer(PAIRINGS), heard(CLEAN)), 0)[0]
    assert f"by {THIS_DEVICE}," in verdict(after(heard(CLEAN)), 0, DESK)[0]
    assert f"by {'d' * 12}," in verdict(after(heard(CLEAN)), 0)[0]


def test_a_label_goes_before_this_device() -> None:
    """The device that looks has a label too, once it is known."""
    assert device(DESK, known_here({DESK: "front desk"}, DESK)) == "front desk"
    assert device(DESK, known_here({}, DESK)) == THIS_DEVICE
    assert device("local", known_here({}, DESK)) == "local"


def test_labels_stand_in_place_of_fingerprints_in_a_text() -> None:
    """Whole fingerprints alone, and only of devices that are known."""
    text = f"the session of {DESK} ended; {CLERK}; SHA256:short"
    assert labelled(text, {DESK: "front desk"}) == f"the session of front desk ended; {CLERK}; SHA256:short"


def test_the_labels_that_are_kept_are_bounded() -> None:
    """A Totebox that names ever more devices pushes out the oldest."""
    known = with_labels({}, {f"SHA256:{number:043}": "x" for number in range(MAX_LABELS + 5)})
    assert len(known) == MAX_LABELS and f"SHA256:{4:043}" not in known
    assert with_labels(known, dict(list(known.items())[:3])) is known
