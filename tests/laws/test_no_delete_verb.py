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
                elif name in {"unlink", "rmdir", "rmtree", "ftruncate"}:
                    yield f"{path.name}:{node.lineno} {name}"
            case ast.ImportFrom(module="os" | "shutil", names=names):
                yield from (f"{path.name}:{node.lineno} from-import {n.name}" for n in names if n.name in DESTROYERS)


@pytest.mark.parametrize("word", WORDS)
def test_no_verb_of_the_protocol_destroys(word: str) -> None:
    """No command's name contains a word of destruction."""
    assert not [verb.title for verb in Verb if word in verb.title]


def test_the_vault_calls_nothing_that_destroys(project: Path) -> None:
    """Neither the vault nor the process that writes calls unlink, rename, truncate or their kin."""
    files = [*(project / "totebox/vault").glob("*.py"), *(project / "totebox/services/fs").glob("*.py")]
    assert files
    assert not [call for path in files for call in destroying_calls(path)]


def test_the_search_finds_a_destroying_call(tmp_path: Path) -> None:
    """The search above is able to fail."""
    bad = tmp_path / "bad.py"
    bad.write_text("import os\nos.unlink('x')\nfrom os import rename\npath.unlink()\n")
    assert len(list(destroying_calls(bad))) == 3
