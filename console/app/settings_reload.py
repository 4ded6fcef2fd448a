"""Reloading of settings: the file is read again at every change while the console runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from console.config import Config, load
from console.errors import ConfigError

STEP_MS = 500
"""Milliseconds between two looks at the changes that the kernel reported, so that an idle console stays idle."""


async def changes(file: Path) -> AsyncIterator[Config | ConfigError]:
    """The settings in `file` after each change of it, or the mistake in them. The folder may be created later."""
    is_new = False
    while not file.parent.is_dir():
        is_new = True
        missing = file.parent
        while not missing.parent.is_dir():
            missing = missing.parent
        if not await _comes(missing):
            return
    watch = _watch(file)
    change = asyncio.create_task(_next(watch))
    try:
        await asyncio.sleep(0)  # the watch has begun: everything that is written from now on is reported
        if is_new and file.exists():
            yield _read(file)
        while await change:
            yield _read(file)
            change = asyncio.create_task(_next(watch))
    finally:
        change.cancel()
        await asyncio.gather(change, return_exceptions=True)


async def _comes(folder: Path) -> bool:
    """Wait until `folder` is created in its parent folder. Returns whether it was."""
    watch = _watch(folder)
    change = asyncio.create_task(_next(watch))
    try:
        await asyncio.sleep(0)
        return folder.is_dir() or await change
    finally:
        change.cancel()
        await asyncio.gather(change, return_exceptions=True)


def _watch(path: Path) -> "AsyncGenerator[object, None]":
    """Yields at each change of `path`, a file or a folder."""
    from watchfiles import awatch

    name = path.name
    return awatch(path.parent, watch_filter=lambda _, at: Path(at).name == name, recursive=False, step=STEP_MS)


async def _next(watch: "AsyncGenerator[object, None]") -> bool:
    """Wait for one change. False when there can be no more."""
    return await anext(watch, None) is not None


def _read(file: Path) -> Config | ConfigError:
    try:
        return load(file)
    except ConfigError as error:
        return error
