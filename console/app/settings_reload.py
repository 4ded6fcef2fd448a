"""Settings that change while the console runs: the file is read anew at every change of it."""

from collections.abc import AsyncIterator
from pathlib import Path

from console.config import Config, load
from console.errors import ConfigError

STEP_MS = 500
"""How often the watch looks at what the kernel told it: a console at rest stays at rest."""


async def changes(file: Path) -> AsyncIterator[Config | ConfigError]:
    """The settings in `file` after each change of it, or what is wrong with them. Ends at once where its folder is missing."""
    from watchfiles import awatch

    folder = file.parent
    if not folder.is_dir():
        return
    name = file.name
    watch = awatch(folder, watch_filter=lambda _, path: Path(path).name == name, recursive=False, step=STEP_MS)
    async for _ in watch:
        try:
            yield load(file)
        except ConfigError as error:
            yield error
