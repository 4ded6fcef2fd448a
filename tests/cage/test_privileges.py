"""Who a caged process is, what it has left of root, and what it may read of the machine beside its vault."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.patience import PROGRAM_S
from tests.processes import child, told
from totebox.cage import grade
from totebox.cage import machine_files as readable
from totebox.clock import now_text
from totebox.config import default_uri, make_socket_folder
from totebox.vault.life.creation import create

PROGRAM = [sys.executable, "-P", "-m", "totebox.cli.main"]
NONE = "0000000000000000"
SOMEBODY = 65_534
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root has privileges to lose")
caged = pytest.mark.skipif(grade.best().grade is not Grade.KERNEL, reason=grade.best().reason)


def serving(vault: Path, *options: str) -> "subprocess.Popen[str]":
    """A daemon of `vault`, started by this user."""
    program = [*PROGRAM, "serve", str(vault), *options]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def vault(short_dir: Path) -> Path:
    create(short_dir / "v", "Acme", "company", entropy=os.urandom, now=now_text())
    return short_dir / "v"


@as_root
@caged
def test_root_s_daemon_and_writer_have_no_capability(vault: Path) -> None:
    """None effective, permitted or in the bounding set, no new privileges, no core; who starts others keeps what hardening needs."""
    daemon = serving(vault)
    assert daemon.stdout is not None and daemon.stdout.readline().startswith("ready ")
    starter = child(daemon.pid, "totebox.process.launcher_process")
    for pid in (daemon.pid, child(starter, "totebox.writer")):
        status = told(pid, "status")
        assert {f"{name}:\t{NONE}" in status for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {True}
        assert "NoNewPrivs:\t1" in status
        core = next(line for line in told(pid, "limits").splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
    assert f"CapEff:\t{NONE}" not in told(starter, "status")
    daemon.terminate()
    daemon.communicate(timeout=PROGRAM_S)


@as_root
@caged
def test_root_serves_another_s_vault_as_its_owner_or_says_what_to_do(vault: Path) -> None:
    """Where the owner can read the program, daemon and writer are that user; else nothing is served, and the remedy is said."""
    for path in (vault.parent, vault, *vault.rglob("*")):
        shutil.chown(path, SOMEBODY, SOMEBODY)
    daemon = serving(vault, "--listen", f"unix:{vault.parent}/s")
    assert daemon.stdout is not None
    line = daemon.stdout.readline()
    if line:
        starter = child(daemon.pid, "totebox.process.launcher_process")
        for pid in (daemon.pid, child(starter, "totebox.writer")):
            assert f"Uid:\t{SOMEBODY}\t{SOMEBODY}\t{SOMEBODY}\t{SOMEBODY}" in told(pid, "status")
    daemon.terminate()
    _, said = daemon.communicate(timeout=PROGRAM_S)
    if not line:
        assert daemon.returncode == 2 and "cannot read" in said and "run it as that user" in said
    assert {path.stat().st_uid for path in vault.rglob("*")} == {SOMEBODY}, "root left a file of its own"


@caged
def test_a_cage_that_only_logs_is_a_lesser_grade_and_says_so(vault: Path) -> None:
    """`--cage-log` is said aloud on stderr, with grade process; the cages stand all the same."""
    daemon = serving(vault, "--cage-log")
    assert daemon.stdout is not None and daemon.stdout.readline().startswith("ready ")
    assert "Seccomp:\t2" in told(daemon.pid, "status")
    daemon.terminate()
    _, said = daemon.communicate(timeout=PROGRAM_S)
    assert "grade process: --cage-log is on" in said


def test_each_vault_has_a_runtime_folder_of_its_own(tmp_path: Path) -> None:
    """0700, and no other vault's socket lies in it."""
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    folders = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        uri = default_uri(tmp_path / name, environ)
        make_socket_folder(uri)
        folders.append(Path(uri.removeprefix("unix:")).parent)
        assert stat.S_IMODE(folders[-1].stat().st_mode) == stat.S_IMODE(folders[-1].parent.stat().st_mode) == 0o700
    assert folders[0] != folders[1] and folders[0].parent == folders[1].parent


def test_what_is_read_of_the_machine_has_no_source_tree_and_no_home(project: Path) -> None:
    """Of a source tree the packages alone; never the root, a home, /etc or the folder it was started in."""
    found = readable.system()
    assert {project / "totebox", project / "protocol"} <= found
    assert not found & {project, Path("/"), Path("/etc"), Path.home(), Path.cwd()}


def test_a_place_that_contains_a_vault_is_divided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies beside the vault can be read, the vault and vaults beside it not."""
    for name in ("packages/one", "packages/own/keys", "packages/other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "packages/other/totebox.yaml").write_text("x")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    found = {path for path in readable.system((tmp_path / "packages/own",)) if path.is_relative_to(tmp_path)}
    assert found == {tmp_path / "packages/one"}
