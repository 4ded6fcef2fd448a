"""Settings change while the console runs; a mistake in them changes nothing."""

import asyncio
from pathlib import Path

import pytest

from console.app.settings_reload import changes
from console.config import Config, load
from console.errors import ConfigError
from tests.chassis.stage import stage
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_each_change_of_the_file_is_told_with_its_mistakes(tmp_path: Path) -> None:
    """What is written is read; a wrong key is named at file:line:key with the nearest valid one."""
    file = tmp_path / "console.toml"
    told: list[Config | ConfigError] = []
    heard = asyncio.Event()

    async def follow() -> None:
        async for each in changes(file):
            told.append(each)
            heard.set()

    async def written(text: str) -> Config | ConfigError:
        """Written again until it is heard: the watch begins when the kernel lets it."""
        heard.clear()
        async with asyncio.timeout(WAIT_S):
            while not heard.is_set():
                file.write_text(text)
                try:
                    async with asyncio.timeout(1.5):
                        await heard.wait()
                except TimeoutError:
                    continue
        return told[-1]

    watching = asyncio.create_task(follow())
    try:
        assert await written('[screen]\ntheme = "light"\n') == Config(theme="light")
        wrong = await written('[screen]\ntheem = "light"\n')
        assert isinstance(wrong, ConfigError)
        assert f"{file}:2:screen.theem" in str(wrong) and "'theme'" in str(wrong)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def test_a_file_whose_folder_comes_later_is_read(tmp_path: Path) -> None:
    """Folders and file that are made while the console runs are noticed; the console makes none of them."""
    file = tmp_path / "config" / "totebox" / "console.toml"
    told = changes(file)
    first = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0)
    assert not (tmp_path / "config").exists()
    file.parent.mkdir(parents=True)
    file.write_text('[screen]\ntheme = "light"\n')
    try:
        async with asyncio.timeout(WAIT_S):
            config = await first
        assert isinstance(config, Config) and config.theme == "light"
    finally:
        await told.aclose()  # type: ignore[attr-defined]


async def test_settings_know_the_file_they_stand_in(tmp_path: Path) -> None:
    """The defaults too: the file may come later."""
    assert load(tmp_path / "console.toml").file == tmp_path / "console.toml"


async def test_theme_label_and_keys_change_on_the_screen() -> None:
    """Adopted settings hold at once, for panes that are open too."""
    async with stage() as it:
        it.app.adopt(Config(theme="light", label="back office", keys={"ledger.reload": "w"}))
        await it.settle()
        assert it.app.theme == "light" and "back office" in it.rows[-1]
        assert it.app.pane is not None
        assert any(command.keys == ("w",) for command in it.app.pane.keys if command.id == "ledger.reload")


async def test_keys_that_clash_leave_everything_as_it_was() -> None:
    """Nothing of a wrong file is adopted."""
    async with stage() as it:
        with pytest.raises(ConfigError, match="no command"):
            it.app.adopt(Config(theme="light", keys={"ledger.relaod": "w"}))
        assert it.app.theme == "dark" and "front desk" in it.rows[-1]
