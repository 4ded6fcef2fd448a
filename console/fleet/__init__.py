"""F10, the fleet: all paired Toteboxes, those with the worst condition first, live."""

from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.keys import Danger, KeyCommand


def _make() -> Cartridge:
    from console.fleet.screen import FleetPane

    return FleetPane()


SPEC = CartridgeSpec(
    id="fleet",
    key="f10",
    title="FLEET",
    summary="All paired Toteboxes, the most troubled first: how they stand, what happened, who is heard.",
    make=_make,
    words=("toteboxes", "all"),
    commands=(
        KeyCommand(
            "fleet.activate",
            "Open",
            "enter,g",
            "Make the Totebox under the cursor the one that the F-keys address, and go to its ledger; Enter reads what stands "
            "against a Totebox that is damaged.",
            "activate",
            available="why_not_activate",
            priority=1,
        ),
        KeyCommand(
            "fleet.finding",
            "Finding",
            "i",
            "Read in full what stands against the Totebox under the cursor: a finding, a fork, a rollback.",
            "finding",
            available="why_no_finding",
            priority=0,
        ),
        KeyCommand(
            "fleet.pane", "Next pane", "tab", "To the next pane: Toteboxes, detail, events, pulse.", "next_pane"
        ),
        KeyCommand("fleet.back", "Pane before", "shift+tab", "To the pane before.", "pane_before", priority=9),
        KeyCommand(
            "fleet.cosign",
            "Cosign all",
            "o",
            "Cosign, as a witness, the proved heads of every Totebox that is linked: the fleet is its own witness.",
            "cosign_all",
            danger=Danger.CONFIRM,
            available="why_not_cosign",
            priority=6,
        ),
        KeyCommand("fleet.trouble", "Trouble first", "t", "Put the most troubled first now.", "trouble", priority=3),
    ),
)

__all__ = ["SPEC"]
