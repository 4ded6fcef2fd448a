"""There is no delete verb: not in the protocol, not in the code that holds the records."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Verb

DESTROYERS = {
    "remove",
    "unlink",
    "rmdir",
    "removedirs",
    "rmtree",
    "truncate",
    "ftruncate",
    "rename",
    "replace",
    "renames",
}
PATHLIKE = {"os", "shutil", "pathlib", "Path", "path"}
WORDS = ("delete", "remove", "erase", "purge", "truncate", "drop", "wipe", "overwrite")


def destroying_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr=name, value=owner)) if name in DESTROYERS:
                # str.replace and list.remove are not about files: only calls on os, shutil or a path count.
                if isinstance(owner, ast.Name) and owner.id in PATHLIKE:
                    yield f"{path.name}:{node.lineno} {owner.id}.{name}"
                elif name in {"unlink", "rmdir", "rmtree", "ftruncate", "rename"} or _replaces_a_file(node):
                    yield f"{path.name}:{node.lineno} {name}"
            case ast.ImportFrom(module="os" | "shutil", names=names):
                yield from (f"{path.name}:{node.lineno} from-import {n.name}" for n in names if n.name in DESTROYERS)


def _replaces_a_file(call: ast.Call) -> bool:
    """`path.replace(other)`: a text's method takes two arguments, and that of a dataclass takes names."""
    return ast.unparse(call.func).endswith(".replace") and len(call.args) == 1 and not call.keywords


@pytest.mark.parametrize("word", WORDS)
def test_no_verb_of_the_protocol_destroys(word: str) -> None:
    """No command's name contains a word of destruction."""
    assert not [verb.title for verb in Verb if word in verb.title]


ROOMS = ("totebox/vault", "totebox/writer", "totebox/service", "totebox/services")
NAMED = {
    "totebox/vault/life/creation.py": "a vault that was built under a hidden name gets its own, where nothing stands",
    "totebox/vault/life/hand_over.py": "so does a folder to hand over, outside of every vault",
    "totebox/vault/life/record_copy.py": "so does a copy of the record, outside of every vault",
}
"""Files that rename, each with what it renames: never anything that lies in a vault."""


def test_the_vault_calls_nothing_that_destroys(project: Path) -> None:
    """Neither the vault, the writer nor a service calls unlink, rename, truncate or their kin, whichever folder it lies in."""
    files = [path for room in ROOMS for path in (project / room).rglob("*.py")]
    assert len(files) > 100
    found = {str(path.relative_to(project)) for path in files if list(destroying_calls(path))}
    assert found == set(NAMED)


def test_the_search_finds_a_destroying_call(tmp_path: Path) -> None:
    """The search above is able to fail."""
    bad = tmp_path / "bad.py"
    bad.write_text(
        "import os\nos.unlink('x')\nfrom os import rename\npath.unlink()\nplace.rename(other)\nplace.replace(other)\n"
        "text.replace('a', 'b')\nreplace(entry, note='')\ndataclasses.replace(entry, note='')\n"
    )
    assert len(list(destroying_calls(bad))) == 5
