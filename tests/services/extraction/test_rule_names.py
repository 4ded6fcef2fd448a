"""Which rule a claim names, where several found it."""

import pytest

from totebox.service.contract import Document
from totebox.services.extraction.claims import claims


@pytest.mark.parametrize(
    ("text", "rule", "anchor"),
    [
        ("Chair: Jane Doe, Partner\n", "label/1", ""),
        ("Chair: Dr Jane Doe\n", "label/1", ""),
        ("Kind regards,\nJane Doe, Partner\n", "role/1", ""),
        ("Contact: Jane Doe <jane@x.example>\n", "mail-name/1", "jane@x.example"),
    ],
)
def test_the_first_rule_that_finds_a_name_is_named(text: str, rule: str, anchor: str) -> None:
    """In the order of the rules: mail name, label, role, signature, title."""
    found = [one for one in claims(Document("text/plain", text, 0, "")) if one.attribute == "person"]
    assert [(one.value, one.rule, one.anchor) for one in found] == [("Jane Doe", rule, anchor)]
