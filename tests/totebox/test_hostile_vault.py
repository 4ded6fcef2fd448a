"""A vault of a stranger may hold anything: every verb ends with a finding or one clear line, in bounded time and memory."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.totebox.hostile import Ended, Jobs, listing, replace
from tests.vault.bench import Bench, line, whole
from totebox.vault.life.creation import create

IS_ROOT = os.geteuid() == 0
PEAK_KIB = 400 << 10
RECORDS = (
    "a register",
    "the audit register",
    "a checkpoint",
    "a record",
    "a segment",
    "the write-ahead log",
    "totebox.yaml",
)
FILES = {
    "totebox.yaml": "totebox.yaml",
    "a register": "ledger/register/000000000000-1.csv",
    "the audit register": "ledger/audit/register/000000000000-1.csv",
    "a checkpoint": "ledger/checkpoints/4",
    "a record": "assets/minutebook/00000/*",
    "a segment": "assets/people/claims/*",
    "the write-ahead log": "local/write-ahead",
    "the log key": "secret/keys/log.key",
    "the static key": "secret/keys/static.key",
    "the lock": "local/lock",
    "the home": "local/home",
    "the note of where it went": "local/retired",
    "the note of its walls": "local/walls",
    "where it listens": "local/serving/listening",
    "the pairing book": "secret/devices/pairings",
    "its lock": "secret/devices/pairings.lock",
    "the capability book": "secret/devices/capabilities",
    "an index": "cache/index.sqlite",
    "the chart": "chart.csv",
    "the dictionary": "dictionary.csv",
}
FOLDERS = {
    "a service's folder": "assets/minutebook",
    "the register folder": "ledger/register",
    "the checkpoints": "ledger/checkpoints",
    "the drop folder": "app-console-input",
    "the secrets": "secret",
    "the keys": "secret/keys",
    "the books": "secret/devices",
    "the local state": "local",
    "the cache": "cache",
    "the intake": "cache/intake",
    "the tiles": "cache/tiles",
}
READING = (
    "verify",
    "status",
    "doctor",
    "prove",
    "export",
    "copy",
    "card",
    "hand-over",
    "timestamp",
    "pairings",
    "check-proof",
    "carry",
)
CHANGING = (
    "seal-secret",
    "open-secret",
    "pair",
    "revoke",
    "approve",
    "move",
    "restore",
    "rotate",
    "soften",
    "harden",
    "serve",
)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """Who runs the verbs."""
    with Jobs(tmp_path_factory.mktemp("run", numbered=True)) as running:
        yield running


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, jobs: Jobs) -> Path:
    """A small sound vault, its proof beside it."""
    root = tmp_path_factory.mktemp("sound") / "v"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    bench = Bench(root)
    bench.append(whole(b"a" * 100), line("ada"), line("bob"))
    bench.stop()
    assert jobs.run("pair", root, "--role", "user").status == 0
    assert jobs.run("verify", root).status == 0
    proof = jobs.run("prove", root, 1)
    assert proof.status == 0
    (root.parent / "proof").write_text(proof.out)
    return root


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Room for a copy; what lies there may be too deep for Python to clear."""
    yield tmp_path
    if IS_ROOT:
        subprocess.run(["chattr", "-R", "-i", "-a", str(tmp_path)], capture_output=True, check=False)
    for entry in list(tmp_path.iterdir()):
        subprocess.run(["rm", "-rf", "--", str(entry)], check=False)


def words_of(verb: str, root: Path, sound: Path, out: Path) -> list[object]:
    """The command line of `verb` on the vault at `root`."""
    match verb:
        case "prove":
            return ["prove", root, 1]
        case "export":
            return ["export", root, "--tlog", out]
        case "copy":
            return ["copy", root, out.parent / f"{out.name}-copy"]
        case "timestamp":
            return ["timestamp", root, "--request", out.parent / f"{out.name}-asked"]
        case "hand-over":
            return ["hand-over", root, 1, out.parent / f"{out.name}-given"]
        case "pair":
            return ["pair", root, "--role", "user"]
        case "revoke":
            return ["pairings", root, "--revoke", "SHA256:nobody"]
        case "approve":
            return ["pairings", root, "approve", "one-two-three", "user"]
        case "check-proof":
            record = next((root / "assets").glob("minutebook/00000/*"), root / "assets/none")
            return ["check-proof", sound.parent / "proof", record, "--vkey", "Acme+0000+AAAA"]
        case _:
            return [verb, root]


def copied(sound: Path, target: Path) -> Path:
    """A copy that is at home where it lies."""
    return Bench(sound).copy(target).root


def why_wrong(verb: str, ended: Ended) -> str:
    """'' when a verb ended as it should: an exit status of its own, one clear line on stderr where it could not run."""
    if ended.status not in (0, 1, 2):
        return f"ended with {ended.status}: {ended.errors[-300:]}"
    if ended.peak_kib > PEAK_KIB:
        return f"took {ended.peak_kib} KiB"
    if "nothing was decided" in ended.errors or "Traceback" in ended.errors:
        return f"a fault that nobody foresaw: {ended.errors[-300:]}"
    if ended.status == 2 and not ended.errors.splitlines()[-1].startswith("os-totebox: "):
        return f"no clear line: {ended.errors[-300:]!r}"
    if verb == "verify" and ended.status == 1 and not ended.out:
        return "findings, and none was said"
    return ""


def tried(sound: Path, place: Path, jobs: Jobs, target: str, name: str) -> dict[str, str]:
    """What went wrong, by verb, on a vault in which the object `name` stands where `target` was."""
    root, aside = copied(sound, place / "v"), place / "aside"
    aside.mkdir()
    if "*" in target:
        target = next(root.glob(target)).relative_to(root).as_posix()
    replace(root, aside, target, name)
    before, kept, wrong = listing(root), listing(aside), dict[str, str]()
    for verb in READING:
        wrong[verb] = why_wrong(verb, jobs.run(*words_of(verb, root, sound, place / "out")))
        if listing(root) != before:
            wrong[verb] += " changed the vault"
    for verb in CHANGING:
        wrong[verb] = why_wrong(verb, jobs.run(*words_of(verb, root, sound, place / "out")))
    if listing(aside) != kept:
        wrong["all"] = "what the link leads to was changed"
    return {verb: why for verb, why in wrong.items() if why}


ALL = os.environ.get("TORTURE") == "1"
"""Else every eleventh file and every fourth folder: each object, on another place."""
FILE_CASES = [(what, name) for what in FILES for name in ("fifo", "device", "link", "listener", "sparse", "grown")][
    :: 1 if ALL else 11
]
FOLDER_CASES = [(what, name) for what in FOLDERS for name in ("fifo", "link", "nested")][:: 1 if ALL else 4]


@pytest.mark.parametrize(("what", "name"), FILE_CASES)
def test_every_verb_ends_where_a_file_is_none(sound: Path, place: Path, jobs: Jobs, what: str, name: str) -> None:
    """A FIFO, a device, a link, a socket, 200 GiB of nothing in place of a file: no verb hangs, grows, follows, or falls."""
    if name == "device" and not IS_ROOT:
        pytest.skip("only root makes devices")
    assert tried(sound, place, jobs, FILES[what], name) == {}


@pytest.mark.parametrize(("what", "name"), FOLDER_CASES)
def test_every_verb_ends_where_a_folder_is_none(sound: Path, place: Path, jobs: Jobs, what: str, name: str) -> None:
    """The same in place of a folder, and 3,000 folders within one another."""
    assert tried(sound, place, jobs, FOLDERS[what], name) == {}


@pytest.mark.parametrize("what", RECORDS)
@pytest.mark.parametrize("name", ["fifo", "link", "sparse"])
def test_verify_does_not_call_it_clean(sound: Path, place: Path, jobs: Jobs, what: str, name: str) -> None:
    """Where a record or a log is none, verify says so, by its path."""
    root, aside = copied(sound, place / "v"), place / "aside"
    aside.mkdir()
    target = next(root.glob(FILES[what]), root / FILES[what]).relative_to(root).as_posix()
    replace(root, aside, target, name)
    ended = jobs.run("verify", root)
    assert ended.status in (1, 2) and target in ended.out + ended.errors
