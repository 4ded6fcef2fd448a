"""Table audit.log: newest first, filtered, paged."""

from pathlib import Path

import pytest

from tests.services.asking import ask
from tests.services.rings import rings_over
from totebox.service.contract import Service
from totebox.services.audit import SPEC
from totebox.services.audit.tables import LOG
from totebox.vault.api import AuditDraft
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def audit(vault: MemoryVault, tmp_path: Path) -> Service:
    return SPEC.make(rings_over(vault, tmp_path).boundary("audit"))


def subjects(page) -> list[str]:
    return [row[4] for row in page.table.rows]


async def test_the_newest_row_comes_first(vault: MemoryVault, audit) -> None:
    """Then back in time."""
    for number in range(3):
        await vault.audit(AuditDraft("COMMAND", "SHA256:a", f"s{number}", "what happened", "c0"))
    page = await ask(audit, LOG)
    assert subjects(page) == ["s2", "s1", "s0", "vault"] and not page.more
    assert page.table.rows[0][2:] == ("SHA256:a", "COMMAND", "s2", "what happened", "c0")


async def test_pages_join_without_a_seam(vault: MemoryVault, audit) -> None:
    """Rows that arrive meanwhile do not shift what an older cursor continues."""
    for number in range(600):
        await vault.audit(AuditDraft("COMMAND", "local", f"s{number}"))
    seen, cursor, more = [], "", True
    while more:
        page = await ask(audit, LOG, cursor=cursor)
        seen, cursor, more = seen + subjects(page), page.cursor, page.more
        await vault.audit(AuditDraft("COMMAND", "local", "late"))
    assert seen == [f"s{number}" for number in reversed(range(600))] + ["vault"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind:refused", ["b"]),
        ("actor:SHA256:x", ["b"]),
        ("command:c9", ["a"]),
        ("LEASE", ["a"]),
        ("kind:COMMAND nothing", []),
    ],
)
async def test_a_filter_keeps_what_agrees(vault: MemoryVault, audit, query: str, found: list[str]) -> None:
    """By kind, actor, command id, or words anywhere."""
    await vault.audit(AuditDraft("COMMAND", "SHA256:y", "a", "read the lease", "c9"))
    await vault.audit(AuditDraft("REFUSED", "SHA256:xyz", "b", "not permitted"))
    assert subjects(await ask(audit, LOG, query)) == found
