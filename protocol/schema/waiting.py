"""How long to wait after TOO_MANY: the first words of the refusal's remedy, of one fixed form, since a kind's fields never change.

    wait N s            N a decimal number of whole seconds, 1 to 86,400; then the end, or a comma and words for people

`protocol/README.md` section 7 makes the form normative. A remedy that does not begin so states no wait.
"""

import re

LONGEST_WAIT_S = 86_400
_STATED = re.compile(r"wait ([1-9][0-9]{0,4}) s(?:,|$)")


def wait_remedy(seconds: float, then: str = "") -> str:
    """A remedy that states a wait of `seconds`, rounded up to whole ones, and then words for people."""
    whole = min(max(1, -int(-seconds // 1)), LONGEST_WAIT_S)
    return f"wait {whole} s, {then}" if then else f"wait {whole} s"


def stated_wait_s(remedy: str) -> int | None:
    """The wait that `remedy` states, in seconds; None where it states none. Any text may be given."""
    found = _STATED.match(remedy)
    return min(int(found[1]), LONGEST_WAIT_S) if found else None
