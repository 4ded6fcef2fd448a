"""Where exports are written."""

from pathlib import Path

import pytest

from console.chassis.clipboard import Takeaway
from tests.chassis.stage import stage


@pytest.mark.anyio
async def test_the_folder_of_exports_is_made_with_all_above_it(tmp_path: Path) -> None:
    """On a new machine neither the folder nor the one above it is there."""
    folder = tmp_path / "documents" / "exports"
    async with stage(start="f8") as it:
        said = Takeaway(folder, lambda text: None, lambda: "2026-11-22T02:31:40Z").export(it.app.pane, None)
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".json"] and "rows written to" in said.text
