"""The console's settings."""

import json
from pathlib import Path

import pytest

from console.config import SETTINGS, Config, as_toml, load, parse, schema
from console.errors import ConfigError


def test_no_file_means_defaults(tmp_path: Path) -> None:
    """Without a file every setting has its default, and the dataclass agrees with the table of settings."""
    config = load(tmp_path / "console.toml")
    assert config == Config()
    assert parse(as_toml(config), "x") == config


def test_every_setting_is_read(tmp_path: Path) -> None:
    """What the file says is in force."""
    path = tmp_path / "console.toml"
    path.write_text(
        '[device]\nlabel = "front desk"\n[screen]\ntheme = "light"\nmouse = false\n'
        '[local]\nstart = "never"\n[keys]\n"minutebook.save" = "w"\n'
    )
    assert load(path) == Config(
        "front desk", theme="light", mouse=False, local_start="never", keys={"minutebook.save": "w"}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[screen]\nthem = "dark"', "c.toml:2:screen.them: unknown; did you mean 'theme'?"),
        ("[scren]\nmouse = true", "c.toml:1:scren: unknown; did you mean 'screen'?"),
        ('\n[screen]\ntheme = "drak"', "c.toml:3:screen.theme: 'drak': did you mean 'dark'?"),
        ('[screen]\nmouse = "no"', "c.toml:2:screen.mouse: must be true or false, not 'no'"),
        ("[screen]\ntheme = 3", "c.toml:2:screen.theme: must be text in quotes, not 3"),
        ("screen = 3", "c.toml:1:screen: is a section; write [screen] and its keys below"),
        ("screen.thema = 'x'", "c.toml:1:screen.thema: unknown; did you mean 'theme'?"),
        ('[keys]\n"a.b" = 3', "c.toml:2:keys.a.b: must be the name of a key"),
        ("[device]\nzzz = 1", "c.toml:2:device.zzz: unknown; valid here: agent_key, binder, label"),
        ("[screen]\nmouse = \n", "c.toml:2: not TOML"),
    ],
)
def test_a_mistake_is_named(text: str, message: str) -> None:
    """A mistake is reported at file:line:key with the nearest valid name."""
    with pytest.raises(ConfigError) as raised:
        parse(text, "c.toml")
    assert str(raised.value).startswith(message)


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    """A file that is not text does not fall back to defaults in silence."""
    path = tmp_path / "console.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"console\.toml: cannot be read"):
        load(path)


def test_the_schema_knows_every_setting() -> None:
    """The JSON schema names each setting once, with its default, and refuses others."""
    shape = json.loads(schema())
    assert shape["additionalProperties"] is False
    for setting in SETTINGS:
        section = shape["properties"][setting.section]
        assert section["additionalProperties"] is False
        assert section["properties"][setting.key]["default"] == setting.default
