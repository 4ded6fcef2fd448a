"""A vault of format 1, which was written before the first release: every verb refuses it in one plain sentence and changes nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.totebox.hostile import Jobs
from tests.totebox.vaults import picture, verbs, words_of
from tests.vault.bench import Bench, line, whole
from totebox.vault.life.creation import create

NEEDS_NO_VAULT = {"check-proof"}


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    with Jobs(tmp_path_factory.mktemp("run", numbered=True)) as running:
        yield running


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A used vault, its places and its format line as version 1 had them."""
    root = tmp_path_factory.mktemp("earlier") / "v"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    bench = Bench(root)
    bench.append(whole(b"a" * 100), line("ada"))
    bench.stop()
    identity = root / "totebox.yaml"
    identity.chmod(0o644)
    identity.write_text(identity.read_text().replace("format: 2\n", "format: 1\n"))
    identity.chmod(0o444)
    (root / "secret/keys").rename(root / "keys")
    (root / "cache").rename(root / "state")
    for name in ("home", "lock"):
        (root / "local" / name).rename(root / "state" / name)
    (root / "local/write-ahead").rename(root / "ledger/write-ahead")
    for folder in ("secret/devices", "secret", "local/serving", "local"):
        (root / folder).rmdir()
    return root


def test_every_verb_refuses_it_and_changes_nothing(jobs: Jobs, earlier: Path, tmp_path: Path) -> None:
    """One line that names the format and what to do, exit status 2; every byte, mode and time is as it was."""
    before = picture(earlier)
    tried = sorted(verbs(jobs) - NEEDS_NO_VAULT)
    assert {"init", "serve", "verify", "move", "restore", "rotate", "harden"} <= set(tried)
    for verb in tried:
        ended = jobs.run(*words_of(verb, earlier, tmp_path))
        said = ended.errors.strip().splitlines()
        assert ended.status == 2 and len(said) == 1, (verb, ended)
        wanted = (
            "is not an empty directory" if verb == "init" else "the vault has format 1, which no release ever wrote"
        )
        assert wanted in said[0], (verb, said)
        assert picture(earlier) == before, verb
    assert not list(tmp_path.iterdir())


def test_the_refusal_says_what_to_do(jobs: Jobs, earlier: Path) -> None:
    """Nothing was touched; another vault is made, and the documents are put in again."""
    said = jobs.run("status", earlier).errors
    assert "Nothing was touched" in said and "os-totebox init" in said
