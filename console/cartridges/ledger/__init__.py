"""F8, the Command Ledger: every command, refusal and decision, live from the audit log."""

from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.keys import KeyCommand
from protocol.schema.numbers import Role


def _make() -> Cartridge:
    from console.cartridges.ledger.pane import LedgerPane

    return LedgerPane()


SPEC = CartridgeSpec(
    id="ledger",
    key="f8",
    title="LEDGER",
    summary="Every command, refusal and decision, live from the audit log, each leading to its proof.",
    make=_make,
    least_role=Role.USER,
    words=("audit", "log", "commands"),
    commands=(
        KeyCommand(
            "ledger.prove",
            "Proof",
            "enter,p",
            "Prove this row: its leaf, the path to the signed root, and the verdict of this console.",
            "prove",
            available="why_not_prove",
            priority=1,
        ),
        KeyCommand(
            "ledger.close",
            "Close proof",
            "escape",
            "Close the proof and go on in the list.",
            "close_proof",
            available="why_not_close",
            priority=3,
        ),
        KeyCommand(
            "ledger.record",
            "Record",
            "o",
            "Open the record that this row authorised, at F5.",
            "record",
            available="why_no_record",
            priority=4,
        ),
        KeyCommand(
            "ledger.reads",
            "Reads",
            "z",
            "Show every single read, or fold them again: one line stands for those that follow each other.",
            "turn_reads",
            priority=5,
        ),
        KeyCommand("ledger.reload", "Reload", "r", "Ask for the newest rows again.", "reload", priority=6),
    ),
)

__all__ = ["SPEC"]
