"""F11, the Totebox's live state: logs, services, host, events; and its pairings."""

from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.keys import Danger, KeyCommand
from protocol.schema.numbers import Role


def _make() -> Cartridge:
    from console.cartridges.system.pane import SystemPane

    return SystemPane()


SPEC = CartridgeSpec(
    id="system",
    key="f11",
    title="SYSTEM",
    summary="The Totebox's live state: logs, enforcement, services, host, events; and who is paired with it.",
    make=_make,
    words=("state", "status", "pairings", "services", "events"),
    commands=(
        KeyCommand(
            "system.ticket",
            "New pairing",
            "n",
            "Issue a single-use ticket, as text and as a QR code; it opens one pairing within ten minutes.",
            "ticket",
            available="why_no_ticket",
            least_role=Role.ADMIN,
            priority=1,
        ),
        KeyCommand(
            "system.revoke",
            "Revoke",
            "x",
            "End the pairing under the cursor; its live sessions are cut within a second.",
            "revoke",
            danger=Danger.CONFIRM,
            available="why_not_revoke",
            least_role=Role.ADMIN,
            priority=3,
        ),
        KeyCommand(
            "system.verify",
            "Verify",
            "v",
            "Verify the whole vault from its bytes, and list what does not agree.",
            "verify",
            danger=Danger.NONE,
            available="why_not_verify",
            priority=4,
        ),
        KeyCommand(
            "system.next", "Next list", "tab", "Events, pairings, services: to the next list.", "next_list", priority=2
        ),
        KeyCommand(
            "system.state",
            "State",
            "0",
            "Show the state where it shares the screen with nothing.",
            "show_state",
            priority=9,
        ),
        KeyCommand("system.events", "Events", "1", "Show the event stream.", "show_events", priority=9),
        KeyCommand("system.pairings", "Pairings", "2", "Show who is paired.", "show_pairings", priority=9),
        KeyCommand("system.services", "Services", "3", "Show the services.", "show_services", priority=9),
        KeyCommand(
            "system.findings", "Findings", "4", "Show what the newest verification found.", "show_findings", priority=9
        ),
    ),
)

__all__ = ["SPEC"]
