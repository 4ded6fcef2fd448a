"""What lies in `cache/` may be deleted while nobody serves the vault."""

import shutil
import stat

import pytest

from tests.totebox.conftest import Console
from tests.totebox.test_daemon import MINUTES, seal, table
from totebox.vault import places

pytestmark = pytest.mark.anyio


async def test_a_vault_without_its_cache_is_served(desk, daemon, consoles) -> None:
    """Folders, note and indexes are made again; records and tables are as they were."""
    receipt = await seal(desk)
    rows = await desk.rows(table("minutebook.documents"))
    await desk.close()
    assert daemon.stop() == 0
    shutil.rmtree(daemon.directory / places.CACHE)
    daemon.start()
    again = Console()
    consoles.append(again)
    await again.open(await again.pair(daemon.ticket("admin")))
    assert await again.download(receipt.index) == MINUTES
    assert await again.rows(table("minutebook.documents")) == rows
    await again.close()
    assert daemon.stop() == 0
    assert "Nothing in this folder is a record." in (daemon.directory / places.NOTE).read_text()
    modes = {name: stat.S_IMODE((daemon.directory / name).stat().st_mode) for name in places.PRIVATE}
    assert set(modes.values()) == {0o700}
