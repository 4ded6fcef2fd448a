"""Verbs that only read open nothing in `cache/` and leave every file of the vault as it was."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from tests.totebox.vaults import READING, picture, words_of
from tests.vault.bench import Bench, line, whole
from totebox.vault.life.creation import create

WATCHED = """
import json, sys
opened = []
def watch(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove", "os.link", "sqlite3.connect"):
        opened.extend(str(each) for each in arguments if isinstance(each, (str, bytes)))
sys.addaudithook(watch)
from totebox.cli.main import main
try:
    status = main(sys.argv[2:])
except SystemExit as ended:
    status = ended.code
sys.stdout.flush()
with open(sys.argv[1], "w") as told:
    json.dump([status, opened], told)
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped vault with records, full tiles and an index."""
    root = tmp_path_factory.mktemp("used") / "v"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    bench = Bench(root)
    bench.append(whole(b"a" * 100))
    bench.append(*(line(f"name {number}") for number in range(300)))
    bench.stop()
    assert list((root / "cache/tiles").rglob("0000"))
    (root / "cache/people.sqlite").write_bytes(b"an index")
    return root


def watched(verb: str, root: Path, out: Path) -> tuple[int, list[str]]:
    """The exit status of a verb, and every path that it opened, listed or changed."""
    words = [str(word) for word in words_of(verb, root, out)]
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(out)}
    subprocess.run(
        [sys.executable, "-c", WATCHED, str(out / "told"), *words], timeout=PROGRAM_S, check=True, env=environ
    )
    status, opened = json.loads((out / "told").read_text())
    return status, opened


@pytest.mark.parametrize("verb", READING)
def test_a_verb_that_reads_changes_nothing(used: Path, tmp_path: Path, verb: str) -> None:
    """No file is made, removed or written, and no time changes; nothing in `cache/` is opened or listed."""
    before = picture(used)
    status, opened = watched(verb, used, tmp_path)
    assert status == 0 and opened
    assert picture(used) == before
    assert [path for path in opened if "cache" in path.split("/") or path.endswith(".sqlite")] == []


@pytest.mark.parametrize("verb", ("verify", "export", "copy", "card", "hand-over", "prove"))
def test_a_verb_that_reads_makes_nothing_in_a_copy_of_the_record(used: Path, tmp_path: Path, verb: str) -> None:
    """Without `secret/`, `local/` and `cache/` it works, and none of them is made."""
    copy = tmp_path / "copy"
    shutil.copytree(used, copy, ignore=shutil.ignore_patterns("secret", "local", "cache", "app-console-input"))
    before = picture(copy)
    status, _ = watched(verb, copy, tmp_path)
    assert status == 0 and picture(copy) == before
