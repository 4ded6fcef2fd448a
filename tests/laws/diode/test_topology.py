"""The Diode, way seven: topology. A vault never dials: it has no code that connects, and nobody hands it an agent."""

import ast
from pathlib import Path

DIALS = {
    "create_connection",
    "create_unix_connection",
    "open_connection",
    "open_unix_connection",
    "connect",
    "connect_ex",
}
PROGRAMS = {
    "totebox/cli/carry.py": "the far end of a tunnel, started by a person, to its own daemon",
    "totebox/cli/owner.py": "`os-totebox verify --record` and `doctor`, run by the owner, to the daemon of this very vault",
    "totebox/writer/client.py": "its own end of the socket pair to the writer, which it holds already",
    "totebox/config.py": "a probe whether the socket of this very directory is served",
}
"""Who may ask for a connection, and why. None reaches another program from inside a daemon that serves."""
PROBES = {"protocol/carrier/listening.py": "whether somebody serves the socket that is to be bound"}


def calls(path: Path) -> set[str]:
    """Names of the functions and methods that are called with a name of dialling."""
    tree = ast.parse(path.read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            word = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found |= {word} & DIALS
    return found


def test_no_code_of_the_vault_s_side_dials(project: Path) -> None:
    """Beside the named programs, no call under totebox/ or in the subject's half of the protocol opens a connection."""
    rooms = [*(project / "totebox").rglob("*.py"), *(project / "protocol").rglob("*.py")]
    theirs = {"protocol/carrier/dialing.py", "protocol/testing.py"}
    found = {}
    for path in rooms:
        name = str(path.relative_to(project))
        if name not in theirs and not name.startswith("protocol/authority") and (words := calls(path)):
            if words == {"connect"} and "sqlite3.connect" in path.read_text():
                continue
            found[name] = words
    assert set(found) <= set(PROGRAMS) | set(PROBES), found


def test_a_vault_knows_no_agent(project: Path) -> None:
    """Neither the Totebox nor the protocol names an ssh-agent's socket."""
    rooms = [*(project / "totebox").rglob("*.py"), *(project / "protocol").rglob("*.py")]
    assert not [str(path) for path in rooms if "SSH_AUTH_SOCK" in path.read_text()]
