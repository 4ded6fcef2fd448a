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
            "End the pairing or the capability under the cursor; live sessions are cut within a second.",
            "trust.revoke",
            danger=Danger.CONFIRM,
            available="trust.why_not_revoke",
            least_role=Role.ADMIN,
            priority=3,
        ),
        KeyCommand(
            "system.approve",
            "Approve",
            "a",
            "Pair the device that asks, after its three words were compared with its own screen.",
            "trust.approve",
            danger=Danger.CONFIRM,
            available="trust.why_nobody_asks",
            least_role=Role.ADMIN,
            priority=5,
        ),
        KeyCommand(
            "system.deny",
            "Deny",
            "d",
            "Turn the device that asks away; it is told so.",
            "trust.deny",
            danger=Danger.CONFIRM,
            available="trust.why_nobody_asks",
            least_role=Role.ADMIN,
            priority=6,
        ),
        KeyCommand(
            "system.mark",
            "Hardware",
            "w",
            "Say that the key under the cursor lives in hardware, or that it does not.",
            "trust.mark",
            danger=Danger.CONFIRM,
            available="trust.why_not_mark",
            least_role=Role.ADMIN,
            priority=7,
        ),
        KeyCommand(
            "system.name",
            "Name",
            "e",
            "Say what the device under the cursor is called.",
            "trust.name",
            available="trust.why_not_name",
            least_role=Role.ADMIN,
            priority=7,
        ),
        KeyCommand(
            "system.grant",
            "Grant",
            "c",
            "Hand a part of this device's pairing to the device under the cursor, for a time.",
            "trust.grant",
            available="trust.why_not_grant",
            least_role=Role.ADMIN,
            priority=6,
        ),
        KeyCommand(
            "system.attenuate",
            "Attenuate",
            "t",
            "Narrow the capability under the cursor and hand it to another device.",
            "trust.attenuate",
            available="trust.why_not_attenuate",
            least_role=Role.ADMIN,
            priority=7,
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
            "system.require",
            "Require",
            "r",
            "Say which role needs a key in hardware; sessions of other keys in that role end.",
            "trust.require",
            danger=Danger.CONFIRM,
            available="trust.why_not_require",
            least_role=Role.ADMIN,
            priority=8,
        ),
        KeyCommand(
            "system.cosign",
            "Cosign",
            "o",
            "Cosign, as a witness, the heads that this console proved; the Totebox keeps them beside its own.",
            "do_cosign",
            available="why_not_cosign",
            least_role=Role.USER,
            priority=8,
        ),
        KeyCommand(
            "system.next",
            "Next list",
            "tab",
            "Findings, pairings, services, events: to the next list.",
            "next_list",
            priority=2,
        ),
        KeyCommand(
            "system.state",
            "State",
            "0",
            "Read all of the state in full, roots and labels whole; on a small terminal, show it first.",
            "show_state",
            priority=9,
        ),
        KeyCommand("system.events", "Events", "1", "Show the event stream.", "show_events", priority=9),
        KeyCommand(
            "system.pairings",
            "Pairings",
            "2",
            "Show who is paired; Enter reads a device in full.",
            "show_pairings",
            priority=9,
        ),
        KeyCommand("system.services", "Services", "3", "Show the services.", "show_services", priority=9),
        KeyCommand(
            "system.capabilities",
            "Capabilities",
            "5",
            "Show what was handed on, and what became of it.",
            "show_capabilities",
            priority=9,
        ),
        KeyCommand(
            "system.findings", "Findings", "4", "Show what the newest verification found.", "show_findings", priority=9
        ),
    ),
)

__all__ = ["SPEC"]
