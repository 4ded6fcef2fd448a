"""The code for the other direction is absent: a Totebox serves without it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.patience import PROGRAM_S

SERVE = "import sys; from totebox.cli.main import main; sys.exit(main(sys.argv[1:]))"


def test_a_totebox_serves_with_the_authority_side_deleted(project: Path, short_dir: Path) -> None:
    """With `protocol/authority/` and `console/` deleted from a copy, init and serve still work."""
    tree = short_dir / "t"
    for room in ("protocol", "totebox"):
        shutil.copytree(project / room, tree / room, ignore=shutil.ignore_patterns("__pycache__", "authority"))
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1", "XDG_RUNTIME_DIR": str(short_dir)}
    run = [sys.executable, "-c", SERVE]
    vault = str(short_dir / "v")
    made = subprocess.run(
        [*run, "init", vault, "--entity", "Acme", "--kind", "corporation"],
        env=env,
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
    )
    assert made.returncode == 0, made.stderr
    where = subprocess.run(
        [sys.executable, "-c", "import totebox; print(totebox.__file__)"],
        env=env,
        cwd=tree,
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(tree)), "the copy was not what ran"
    daemon = subprocess.Popen(
        [*run, "serve", vault], env=env, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert daemon.stdout is not None
        assert daemon.stdout.readline().startswith("ready ")
    finally:
        daemon.terminate()
        _, errors = daemon.communicate(timeout=PROGRAM_S)
    assert daemon.returncode == 0, errors
