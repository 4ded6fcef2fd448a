"""A proof as lines at F8, F5 and F12: the verdict first, then everything that it rests on; and what it says where it does not hold."""

from dataclasses import replace

import pytest

from console.cartridges.input.sheets import receipt as receipt_lines
from console.cartridges.ledger.proof import lines
from console.cartridges.minutebook.sheets import proof
from console.chassis.facts import Line
from console.model.input.intake import Claim, Intake
from console.model.input.tray import Sealed, Work
from console.model.proofs import Expected, Verdict, check_receipt
from protocol.schema.numbers import Decision
from protocol.testing import MemoryLog
from protocol.trust.note import Signer
from tests.chassis.fake_totebox import add_row

SIGNER, OTHER = Signer("acme.example", b"\x01" * 32), Signer("acme.example", b"\x02" * 32)
HASH = b"\xab" * 32


def made(rows: int = 5) -> MemoryLog:
    log = MemoryLog(SIGNER)
    for number in range(rows):
        add_row(
            log, service="minutebook", kind="original", subject=f"deed {number}", path="assets/minutebook/deed.pdf", offset="0",
            length="1234", sha256=HASH.hex(), audit="9", command="00ff", note="a\x1b[2Jnote",
        )  # fmt: skip
    return log


def verdict(log: MemoryLog, index: int = 2, signer: Signer = SIGNER, expected: Expected | None = None) -> Verdict:
    key = signer.verifier.text()
    return check_receipt(log.receipt(index), key, key, expected)


def texts(found: list[Line]) -> list[str]:
    return ["".join(text for _, text in line).rstrip() for line in found]


def joined(found: list[Line]) -> str:
    """Without the blanks and breaks of wrapping."""
    return "".join("".join(texts(found)).split())


@pytest.mark.parametrize("index", range(5))
def test_a_proof_that_holds_says_so_first(index: int) -> None:
    """Then the leaf, each step with its side, the root, and the note as it is stored."""
    held = verdict(made(), index)
    shown = texts(lines(held))
    assert held.holds and shown[0] == f"✓ PROVED BY THIS CONSOLE: row {index} is in the signed log"
    assert f"PATH  {len(held.steps)} steps from the leaf to the root" in shown
    steps = [line.split()[:3] for line in shown if " → " in line]
    assert steps == [
        [str(number), "left" if step.is_left else "right", step.sibling.hex()]
        for number, step in enumerate(held.steps, 1)
    ]
    assert f"     root  {held.root.hex()} ✓" in shown and "  leaf hash  " + held.leaf_hash.hex() in shown


def test_a_proof_that_does_not_hold_says_why() -> None:
    """And what to do; its root has the other sign."""
    broken = verdict(made(), signer=OTHER)
    shown = texts(lines(broken))
    assert not broken.holds and shown[0] == "✗ NOT PROVED: do not rely on this row"
    assert shown[1].strip() == broken.fault and "os-totebox verify" in shown[2]
    assert any(line.endswith("✗") and "root" in line for line in shown)


def test_a_tree_of_one_leaf_has_no_path() -> None:
    """It says so."""
    held = verdict(made(1), 0)
    assert held.holds and "  the leaf is the whole tree: its hash is the root" in texts(lines(held))


def test_a_row_is_shown_cell_by_cell() -> None:
    """Empty cells are left out, nothing in it acts on the terminal; a leaf that is no row is shown as it is."""
    held = verdict(made())
    shown = "\n".join(texts(lines(held)))
    assert "  subject    deed 2" in shown and "supersedes" not in shown and "\x1b" not in shown
    odd = replace(held, receipt=replace(held.receipt, proof=replace(held.receipt.proof, leaf=b"no row\x1b")))
    assert "no row" in "\n".join(texts(lines(odd))) and "\x1b" not in "\n".join(texts(lines(odd)))


@pytest.mark.parametrize("width", [30, 60, 120])
def test_no_hash_of_a_document_s_proof_is_cut(width: int) -> None:
    """Whatever the width: leaf, each sibling and what it gives, root, the row's own hash."""
    held = verdict(made(), expected=Expected(HASH, 1_234, True))
    shown = joined(proof(held, width))
    assert held.head is not None and "✓PROVENentry2" in shown
    for wanted in (
        held.leaf_hash,
        held.head.root,
        HASH,
        *(step.sibling for step in held.steps),
        *(step.gives for step in held.steps),
    ):
        assert wanted.hex() in shown
    assert all(check.detail.replace(" ", "") in shown for check in held.checks)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        (Expected(b"\x01" * 32, 1_234, True), "✗ NOT PROVEN"),
        (Expected(HASH, 1_235, True), "✗ NOT PROVEN"),
        (Expected(HASH, 1_234, True), "✓ PROVEN"),
    ],
)
def test_a_row_about_other_bytes_proves_nothing(expected: Expected, says: str) -> None:
    """Another hash or another size."""
    assert texts(proof(verdict(made(), expected=expected), 100))[0].startswith(says)


def sealed(log: MemoryLog, trouble: str = "") -> Sealed:
    claims = tuple(
        Claim(number, "person", "Jane", "", 1, 0, 0, 4, "Jane", "r", decision)
        for number, decision in enumerate((Decision.YES, Decision.YES, Decision.NO, Decision.SKIP))
    )
    intake = Intake("id", "deed.pdf", "application/pdf", 1_234, HASH, None, "", "", "", "minutebook", "confirm", "me")
    return Sealed(
        log.receipt(2), trouble, Work(intake=intake, claims=claims, sha256=HASH, size=1_234), "deed.pdf", None
    )


def test_a_receipt_says_what_was_sealed() -> None:
    """Its entry, path, hash and tree, how the claims were answered, and each check of this console."""
    log = made()
    held = verdict(log, expected=Expected(HASH, 1_234, True))
    shown = receipt_lines(sealed(log), held, 100)
    assert texts(shown)[0] == "✓ SEALED  deed.pdf is entry 2" and HASH.hex() in joined(shown)
    assert "2approved,1rejected,1pending" in joined(shown) and "5entries,root" in joined(shown)
    assert all(check.what.replace(" ", "") in joined(shown) for check in held.checks)


@pytest.mark.parametrize(("trouble", "signer"), [("the link said no", SIGNER), ("", OTHER)])
def test_a_receipt_that_does_not_hold_is_no_seal(trouble: str, signer: Signer) -> None:
    """Whether the link or the proof says so."""
    log = made()
    shown = receipt_lines(sealed(log, trouble), verdict(log, signer=signer, expected=Expected(HASH, 1_234, True)), 100)
    assert texts(shown)[0] == "✗ NOT PROVEN  deed.pdf is entry 2" and (trouble.replace(" ", "") in joined(shown))
