"""The console's settings: a TOML file whose every mistake is named at file:line:key.

One table of settings (`SETTINGS`) is the law: defaults, validation, the JSON schema and the sample all read it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from console.errors import ConfigError
from protocol.values import dataclass

Value = str | bool
THEMES = ("dark", "light", "contrast", "ansi")


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: its place in the file, its default (whose type is its type), its meaning, and its permitted values."""

    section: str
    key: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """What a text that is not empty must match."""

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"


SETTINGS = (
    Setting("device", "label", "", "How this console names itself to a Totebox; empty: the host's name."),
    Setting(
        "device", "binder", "file", "What holds the device key: a file, or an ssh-agent.", choices=("file", "agent")
    ),
    Setting("device", "agent_key", "", "Which of the agent's keys: its fingerprint or comment; empty: its only one."),
    Setting("screen", "theme", "dark", "Colours.", choices=THEMES),
    Setting("screen", "mouse", True, "Whether clicks are taken; off leaves them to the terminal."),
    Setting("local", "start", "ask", "What to do when the local Totebox is down.", choices=("ask", "always", "never")),
    Setting(
        "witness",
        "automatic",
        False,
        "Cosign what this console proved of a Totebox's logs, at each session and then hourly; off: at F10 and F11 alone.",
    ),
    Setting(
        "witness",
        "name",
        "",
        "What it cosigns as: a word, or a URL without https://; empty: the label and its key's first digits.",
        pattern=r"[A-Za-z0-9][A-Za-z0-9._~:/-]{0,127}",
    ),
)
KEYS_SECTION = "keys"
KEYS_HELP = 'Other keys for commands: "minutebook.save" = "w".'


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force."""

    label: str = ""
    binder: str = "file"
    agent_key: str = ""
    theme: str = "dark"
    mouse: bool = True
    local_start: str = "ask"
    witness_automatic: bool = False
    witness_name: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = field(default=None, compare=False)
    """The file from which they were read, or would have been."""


def device_label(config: Config) -> str:
    """The name of this console: as configured, else the host's name."""
    return config.label or os.uname().nodename or "os-console"


def load(path: Path) -> Config:
    """The settings in `path`; the defaults where there is no such file.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or a key is unknown, of another type, or out of range.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config(file=path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return replace(parse(text, str(path)), file=path)


def parse(text: str, name: str) -> Config:
    """The settings in `text`; `name` is the file's name in error messages."""
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}:{_line_in(str(error), text)}: not TOML: {error}") from error
    found = Where(name, text)
    values: dict[str, Value] = {setting.name: setting.default for setting in SETTINGS}
    keys: dict[str, str] = {}
    for section, content in data.items():
        _check_section(section, content, found)
        for key, value in content.items():
            if section == KEYS_SECTION:
                keys[key] = _check_key(key, value, found)
            else:
                values[f"{section}.{key}"] = _check(section, key, value, found)
    return Config(
        label=str(values["device.label"]),
        binder=str(values["device.binder"]),
        agent_key=str(values["device.agent_key"]),
        theme=str(values["screen.theme"]),
        mouse=bool(values["screen.mouse"]),
        local_start=str(values["local.start"]),
        witness_automatic=bool(values["witness.automatic"]),
        witness_name=str(values["witness.name"]),
        keys=keys,
    )


@dataclass(frozen=True, slots=True)
class Where:
    """Finds the line of a key, for error messages."""

    name: str
    text: str

    def at(self, section: str, key: str = "") -> str:
        """`file:line:section.key`; the line of the section where the key has none of its own."""
        dotted = f"{section}.{key}" if key else section
        return f"{self.name}:{self._line(section, key)}:{dotted}"

    def _line(self, section: str, key: str) -> int:
        inside, head = "", 1
        for number, raw in enumerate(self.text.splitlines(), 1):
            line = raw.strip()
            if line.startswith("["):
                inside = line.strip("[] \t").split("#")[0].strip("] \t\"'")
                head = number if inside == section else head
                if inside == section and not key:
                    return number
            elif "=" in line:
                left = line.split("=")[0].strip().replace('"', "").replace("'", "")
                dotted = f"{inside}.{left}" if inside else left
                if dotted == f"{section}.{key}" or (not key and dotted.split(".")[0] == section):
                    return number
        return head


def _line_in(message: str, text: str) -> int:
    """The line number in a TOML error; the last line where it names the end."""
    import re

    match = re.search(r"line (\d+)", message)
    return int(match.group(1)) if match else max(1, len(text.splitlines()))


def _nearest(word: str, valid: list[str]) -> str:
    """A hint that names the closest valid word, else all of them."""
    from difflib import get_close_matches

    close = get_close_matches(word, valid, 1, 0.5)
    return f"did you mean {close[0]!r}?" if close else f"valid here: {', '.join(sorted(valid))}"


def _check_section(section: str, content: object, found: Where) -> None:
    sections = sorted({setting.section for setting in SETTINGS} | {KEYS_SECTION})
    if section not in sections:
        raise ConfigError(f"{found.at(section)}: unknown; {_nearest(section, sections)}")
    if not isinstance(content, dict):
        raise ConfigError(f"{found.at(section)}: is a section; write [{section}] and its keys below")


def _check_key(key: str, value: object, found: Where) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{found.at(KEYS_SECTION, key)}: must be the name of a key in quotes, as in {KEYS_HELP}")
    return value


def _check(section: str, key: str, value: object, found: Where) -> Value:
    at = found.at(section, key)
    setting = next((each for each in SETTINGS if (each.section, each.key) == (section, key)), None)
    if setting is None:
        valid = [each.key for each in SETTINGS if each.section == section]
        raise ConfigError(f"{at}: unknown; {_nearest(key, valid)}")
    if type(value) is not type(setting.default):
        raise ConfigError(f"{at}: must be {_type_name(setting)}, not {value!r}")
    assert isinstance(value, str | bool)
    if setting.pattern and value and re.fullmatch(setting.pattern, str(value)) is None:
        raise ConfigError(f"{at}: {value!r}: {setting.help}")
    if setting.choices and value not in setting.choices:
        raise ConfigError(f"{at}: {value!r}: {_nearest(str(value), list(setting.choices))}")
    return value


def _type_name(setting: Setting) -> str:
    match setting.default:
        case bool():
            return "true or false"
        case str():
            return "text in quotes"


def schema() -> str:
    """The JSON schema of the file, for editors."""
    import json

    sections: dict[str, dict[str, object]] = {}
    for setting in SETTINGS:
        sections.setdefault(setting.section, {})[setting.key] = _property(setting)
    shape: dict[str, object] = {
        name: {"type": "object", "properties": properties, "additionalProperties": False}
        for name, properties in sections.items()
    }
    shape[KEYS_SECTION] = {"type": "object", "description": KEYS_HELP, "additionalProperties": {"type": "string"}}
    top = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "console.toml",
        "type": "object",
        "properties": shape,
        "additionalProperties": False,
    }
    return json.dumps(top, indent=2)


def _property(setting: Setting) -> dict[str, object]:
    kind = {bool: "boolean", str: "string"}[type(setting.default)]
    shape: dict[str, object] = {"type": kind, "description": setting.help, "default": setting.default}
    if setting.choices:
        shape["enum"] = list(setting.choices)
    if setting.pattern:
        shape["pattern"] = f"^({setting.pattern})?$"
    return shape


def as_toml(config: Config) -> str:
    """The settings in force as a file that `load` can read."""
    import json

    values: dict[str, Value] = {
        "device.label": config.label,
        "device.binder": config.binder,
        "device.agent_key": config.agent_key,
        "screen.theme": config.theme,
        "screen.mouse": config.mouse,
        "local.start": config.local_start,
        "witness.automatic": config.witness_automatic,
        "witness.name": config.witness_name,
    }
    lines: list[str] = []
    section = ""
    for setting in SETTINGS:
        if setting.section != section:
            section = setting.section
            lines += ["", f"[{section}]"]
        lines += [f"# {setting.help}", f"{setting.key} = {json.dumps(values[setting.name])}"]
    lines += ["", f"[{KEYS_SECTION}]", f"# {KEYS_HELP}"]
    lines += [f"{json.dumps(command)} = {json.dumps(key)}" for command, key in config.keys.items()]
    return "\n".join(lines).strip() + "\n"
