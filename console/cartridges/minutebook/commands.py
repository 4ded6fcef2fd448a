"""F5's keys."""

from console.chassis.keys import Danger, KeyCommand
from protocol.schema.numbers import Role

COMMANDS = (
    KeyCommand(
        "minutebook.read",
        "Read",
        "enter",
        "Read the document under the cursor; in its history: go to that entry.",
        "enter",
        available="why_no_document",
        priority=0,
    ),
    KeyCommand(
        "minutebook.find",
        "Find",
        "f",
        "Search the full text of every document; an empty line shows all again.",
        "find",
        priority=1,
    ),
    KeyCommand(
        "minutebook.text",
        "Text",
        "t",
        "The extracted text, with line numbers.",
        "show_text",
        available="why_no_document",
        priority=3,
    ),
    KeyCommand(
        "minutebook.proof",
        "Proof",
        "p",
        "Prove the document: its row, the way to the root, the signed checkpoint.",
        "show_proof",
        available="why_no_document",
        priority=2,
    ),
    KeyCommand(
        "minutebook.history",
        "History",
        "h",
        "Every version and every entry derived from it.",
        "show_history",
        available="why_no_document",
        priority=3,
    ),
    KeyCommand(
        "minutebook.save",
        "Save",
        "w",
        "Save the original byte for byte; its hash is checked before it gets its name.",
        "save",
        available="why_no_document",
        priority=2,
    ),
    KeyCommand(
        "minutebook.correct",
        "Correct",
        "c",
        "Seal a new version that supersedes this one, through F12; this one stays.",
        "correct",
        Danger.REVERSIBLE,
        "why_no_correction",
        Role.INPUT,
        4,
    ),
    KeyCommand(
        "minutebook.versions",
        "Versions",
        "v",
        "Show superseded versions in the list, or hide them.",
        "versions",
        priority=5,
    ),
    KeyCommand("minutebook.reload", "Reload", "r", "Ask for the list again.", "reload", priority=7),
    KeyCommand(
        "minutebook.switch", "Other pane", "tab", "Change between the list and the document.", "switch_pane", priority=8
    ),
    KeyCommand(
        "minutebook.close",
        "List",
        "escape",
        "Back to the list; there: show all documents again.",
        "close",
        available="why_no_way_back",
        priority=1,
    ),
)
