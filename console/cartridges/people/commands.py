"""F2's keys."""

from console.chassis.keys import Danger, KeyCommand
from protocol.schema.numbers import Role

COMMANDS = (
    KeyCommand(
        "people.follow",
        "Open",
        "enter",
        "On a name: its claims. On a claim: the line of the document that says so, in F5.",
        "follow",
        available="why_nothing",
        priority=0,
    ),
    KeyCommand(
        "people.find", "Find", "f", "Search names, types and IDs; an empty line shows all again.", "find", priority=1
    ),
    KeyCommand(
        "people.as_of",
        "As of",
        "d",
        "Show what was known on a date: 2026, 2026-11, 2026-11-20; an empty line is now.",
        "ask_date",
        priority=2,
    ),
    KeyCommand(
        "people.proof",
        "Entry",
        "e",
        "The claim's own entry and its proof, in F5.",
        "open_entry",
        available="why_no_claim",
        priority=3,
    ),
    KeyCommand(
        "people.correct",
        "Correct",
        "c",
        "State another value for the claim under the cursor, resting on a sealed document; the old claim stays.",
        "correct",
        Danger.REVERSIBLE,
        "why_no_claim",
        Role.INPUT,
        4,
    ),
    KeyCommand(
        "people.conflicts",
        "Side by side",
        "x",
        "Claims that differ, side by side; again for every attribute.",
        "side_by_side",
        available="why_nothing",
        priority=4,
    ),
    KeyCommand("people.switch", "Other pane", "tab", "Change between names and claims.", "switch_pane", priority=8),
    KeyCommand("people.reload", "Reload", "r", "Ask again.", "reload", priority=7),
    KeyCommand(
        "people.close",
        "Names",
        "escape",
        "Back to the names; there: show all of them, as of now.",
        "close",
        available="why_no_way_back",
        priority=1,
    ),
)
