"""How long a test waits for what must come, and what it takes for proof that nothing more will."""

import pytest

from screenshots.rest import quiet

__all__ = ["WAIT_S", "patient_links", "quiet"]

WAIT_S = 180.0
"""Far beyond what it takes, since a machine may be slow and shared by many; it costs nothing where the thing comes."""


@pytest.fixture(autouse=True)
def patient_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles of this process do not give a daemon up because the machine is too busy to let it answer."""
    monkeypatch.setattr("console.link.session.STALE_AFTER_S", WAIT_S)
