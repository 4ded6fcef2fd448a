"""The operator's files as service fs finds them by name."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.services.rings import rings_over
from totebox.service.contract import SealedSetting
from totebox.services.fs import SPEC
from totebox.services.fs.spec import FsService
from totebox.vault.api import AuditDraft, Batch, Draft, Entry, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


async def sealed(vault: MemoryVault, service: str, name: str, data: bytes) -> Entry:
    draft = Draft(service, "setting", name, Whole(data), name)
    return (await vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "x"), (draft,)))).entries[0]


async def test_the_newest_record_of_a_file_is_found_by_its_name(tmp_path: Path) -> None:
    """Not an older one, and not one of the same name that another service keeps."""
    vault = MemoryVault()
    service = SPEC.make(rings_over(vault, tmp_path).boundary("fs"))
    assert isinstance(service, FsService)
    await sealed(vault, "fs", "chart.csv", b"old")
    newest = await sealed(vault, "fs", "chart.csv", b"new")
    await sealed(vault, "minutebook", "chart.csv", b"another service's")
    assert await service.setting("chart.csv") == SealedSetting(newest.index, sha256(b"new").digest())
    assert await service.setting("dictionary.csv") is None
    await service.close()
