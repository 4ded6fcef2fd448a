"""os-totebox at the command line: plain words, the right exit status, nothing lost."""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from protocol.trust.pairing import parse_ticket
from tests.patience import PROGRAM_S
from tests.totebox.conftest import Daemon
from totebox.cage.grade import best
from totebox.cli.main import EXAMPLES, _parser
from totebox.process.interpreter import known_faults


def test_init_makes_a_vault_and_prints_a_ticket(daemon) -> None:
    """The three directories, what stands beside them, and one ticket on stdout, nothing else."""
    ticket = parse_ticket(daemon.init())
    root = daemon.directory
    assert {path.name for path in root.iterdir()} == {
        "README.txt",
        "totebox.yaml",
        "app-console-input",
        "assets",
        "cache",
        "ledger",
        "local",
        "secret",
    }
    assert stat.S_IMODE((root / "secret").stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "secret/devices/pairings").stat().st_mode) == 0o600
    assert ticket.address.startswith(f"unix:{daemon.program.environ['XDG_RUNTIME_DIR']}/totebox/")


def test_a_mistyped_kind_is_told_the_nearest(program, short_dir: Path) -> None:
    """One line, exit status 2, and nothing was made."""
    done = program.run("init", short_dir / "v", "--entity", "A", "--kind", "corporaton")
    assert done.returncode == 2 and "did you mean corporation?" in done.stderr
    assert done.stderr.count("\n") == 1 and not (short_dir / "v").exists()


def test_init_touches_nothing_that_is_there(program, short_dir: Path) -> None:
    """A directory with something in it is refused."""
    (short_dir / "v").mkdir()
    (short_dir / "v/mine.txt").write_text("mine")
    done = program.run("init", short_dir / "v", "--entity", "A", "--kind", "person")
    assert done.returncode == 2 and [path.name for path in (short_dir / "v").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "verb", [("serve",), ("pair", "--role", "user"), ("pairings",), ("verify",), ("status",), ("doctor",)]
)
def test_a_directory_that_is_no_totebox_is_named(program, short_dir: Path, verb: tuple[str, ...]) -> None:
    """Every verb says what is missing and how one is made."""
    done = program.run(verb[0], short_dir, *verb[1:])
    assert done.returncode == 2 and "os-totebox init" in done.stderr and done.stderr.count("\n") == 1


def test_an_unknown_role_lists_the_roles(daemon) -> None:
    """What can be said instead."""
    daemon.init()
    done = daemon.program.run("pair", daemon.directory, "--role", "boss")
    assert done.returncode == 2 and "admin, input, user, interface" in done.stderr


def test_verify_is_clean_after_init_and_finds_a_changed_byte(daemon) -> None:
    """Exit 0 and 1; the finding names the path."""
    daemon.init()
    assert daemon.program.run("verify", daemon.directory).returncode == 0
    path = daemon.directory / "totebox.yaml"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"corporation", b"corporatiom"))
    done = daemon.program.run("verify", daemon.directory, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and report["findings"][0]["path"] == "totebox.yaml"


def test_verify_with_a_key_from_outside_says_so(daemon) -> None:
    """With the right key it proves more than self-consistency; with another it finds."""
    daemon.init()
    status = daemon.program.run("status", daemon.directory).stdout
    vkey = next(line.split()[1] for line in status.splitlines() if line.startswith("vkey"))
    done = daemon.program.run("verify", daemon.directory, "--vkey", vkey)
    assert done.returncode == 0 and "self-consistent only" not in done.stdout


def test_a_record_is_proved_without_its_vault(daemon, short_dir: Path) -> None:
    """prove and check-proof: the record, the proof and the key are enough. Another file is told apart from one that cannot be read."""
    daemon.init()
    status = daemon.program.run("status", daemon.directory).stdout
    vkey = next(line.split()[1] for line in status.splitlines() if line.startswith("vkey"))
    done = daemon.program.run("prove", daemon.directory, 0)
    (short_dir / "p.tlog-proof").write_text(done.stdout)
    shutil.copy(daemon.directory / "totebox.yaml", short_dir / "record")
    shutil.rmtree(daemon.directory)
    check = ("check-proof", short_dir / "p.tlog-proof", short_dir / "record", "--vkey", vkey)
    assert daemon.program.run(*check).returncode == 0
    (short_dir / "record").chmod(0o644)
    (short_dir / "record").write_text("something else")
    done = daemon.program.run(*check)
    assert done.returncode == 1 and "not the record" in done.stderr
    assert daemon.program.run(*check[:-1], "no key").returncode == 2
    (short_dir / "record").unlink()
    assert daemon.program.run(*check).returncode == 2


def test_export_writes_a_tree_once(daemon, short_dir: Path) -> None:
    """A checkpoint and tiles; a second time the place is taken."""
    daemon.init()
    assert daemon.program.run("export", daemon.directory, "--tlog", short_dir / "out").returncode == 0
    assert (short_dir / "out/checkpoint").is_file() and (short_dir / "out/tile/entries").is_dir()
    assert daemon.program.run("export", daemon.directory, "--tlog", short_dir / "out").returncode == 2


def test_a_copy_serves_reads_only_until_it_is_moved(daemon, short_dir: Path) -> None:
    """doctor says so, move makes it the home."""
    daemon.init()
    shutil.copytree(daemon.directory, short_dir / "copy")
    done = daemon.program.run("doctor", short_dir / "copy")
    assert done.returncode == 1 and "os-totebox move" in done.stdout
    assert daemon.program.run("move", short_dir / "copy").returncode == 0
    assert daemon.program.run("doctor", short_dir / "copy").returncode == 0


def test_who_serves_a_copy_is_told_that_it_takes_no_writes(daemon, program, short_dir: Path) -> None:
    """On stderr, with the reason and what to do, while reads are served; at home nothing is said."""
    daemon.init()
    shutil.copytree(daemon.directory, short_dir / "copy")
    for served, said in ((daemon, 0), (Daemon(program, short_dir / "copy"), 1)):
        served.start()
        assert served.stop() == 0
        assert served.said.count("\n") == said and ("takes no writes" in served.said) is bool(said)
    assert "os-totebox move" in served.said


def test_a_daemon_whose_address_cannot_be_noted_serves(daemon) -> None:
    """As on a disk that is full or mounted for reading alone; it says so and ends in good order."""
    daemon.init()
    (daemon.directory / "local/serving/listening").mkdir()
    daemon.start()
    assert daemon.stop() == 0
    assert "local/serving/listening cannot be written" in daemon.said and "Traceback" not in daemon.said


def test_a_drop_folder_that_a_backup_left_out_is_made(daemon) -> None:
    """It is empty most of the time, and empty folders get lost."""
    daemon.init()
    (daemon.directory / "app-console-input").rmdir()
    daemon.start()
    assert daemon.stop() == 0 and daemon.said == "" and (daemon.directory / "app-console-input").is_dir()


def test_a_directory_may_have_any_name(program, short_dir: Path) -> None:
    """Blanks, letters from anywhere, bytes that are not UTF-8: made, served and verified."""
    for name in (b" a  b ", "sp\u00e4t \u2603".encode(), b"caf\xe9"):
        daemon = Daemon(program, short_dir / os.fsdecode(name))
        daemon.init()
        daemon.start()
        assert daemon.stop() == 0 and daemon.said == ""
        assert program.run("verify", daemon.directory).returncode == 0


@pytest.mark.parametrize("verb", ["doctor", "serve"])
def test_an_old_python_is_said_once_on_stderr_and_fails_nothing(daemon, verb: str) -> None:
    """`doctor` and `serve` say it before anything else; where the Python is new enough they say nothing."""
    daemon.init()
    aged = known_faults(sys.version_info[:3])
    said = f"os-totebox: warning: {aged}\n" if aged else ""
    if verb == "doctor":
        done = daemon.program.run("doctor", daemon.directory)
        assert (done.returncode, done.stderr) == (0, said)
    else:
        process = subprocess.Popen(
            daemon.program.command("serve", daemon.directory),
            env=daemon.program.environ,
            stdout=-1,
            stderr=-1,
            text=True,
        )
        assert process.stdout is not None and process.stdout.readline().startswith("ready ")
        process.terminate()
        assert process.communicate(timeout=PROGRAM_S)[1] == said and process.returncode == 0


def test_doctor_finds_a_key_that_others_can_read(daemon) -> None:
    """And says the command that mends it."""
    daemon.init()
    (daemon.directory / "secret/keys/log.key").chmod(0o644)
    done = daemon.program.run("doctor", daemon.directory)
    assert done.returncode == 1 and "chmod 600" in done.stdout


@pytest.mark.skipif(best().grade is not Grade.KERNEL, reason=best().reason)
def test_doctor_says_the_grade_in_force(daemon) -> None:
    """Not what the kernel could give: a daemon that was told to do without it is trouble while it serves."""
    daemon.init()
    for options, status in (((), 0), (("--grade", "none"), 1)):
        daemon.start(*options)
        done = daemon.program.run("doctor", daemon.directory)
        assert done.returncode == status and ("without --grade" in done.stdout) is bool(status), done.stdout
        walls = "walls      " + ("not kernel" if status else "kernel")
        assert walls in daemon.program.run("status", daemon.directory).stdout.splitlines()
        assert daemon.stop() == 0
    assert daemon.program.run("doctor", daemon.directory).returncode == 0


def test_a_vault_whose_keys_are_all_lost_is_restored(daemon) -> None:
    """doctor names the remedy, restore makes what is missing, and doctor has no complaint afterwards."""
    daemon.init()
    shutil.rmtree(daemon.directory / "secret/keys")
    done = daemon.program.run("doctor", daemon.directory)
    assert done.returncode == 1 and "os-totebox restore" in done.stdout
    done = daemon.program.run("restore", daemon.directory)
    assert done.returncode == 0 and "static.key, device.key" in done.stderr
    assert daemon.program.run("doctor", daemon.directory).returncode == 0
    daemon.start()
    assert daemon.stop() == 0 and daemon.said == ""


@pytest.mark.parametrize("uri", ["http://x", "unix:relative", "tcp:host", "tls:host:1", "unix:/" + "x" * 120])
def test_an_address_that_cannot_be_served_is_named(daemon, uri: str) -> None:
    """Before anything is started or written."""
    daemon.init()
    done = daemon.program.run("serve", daemon.directory, "--listen", uri)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and done.stderr.startswith("os-totebox: ")


def test_a_strangers_protocol_package_is_named(project: Path, tmp_path: Path) -> None:
    """Where it was found, and what to do."""
    (tmp_path / "protocol").mkdir()
    (tmp_path / "protocol/__init__.py").write_text("")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from totebox.cli.main import main; sys.exit(main(['status', '.']))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )
    assert done.returncode == 2 and str(tmp_path) in done.stderr and "shadows ours" in done.stderr


def test_help_loads_nothing_heavy(project: Path) -> None:
    """No cryptography, no asyncio, no SQLite for a page of help."""
    code = (
        "import sys; from totebox.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'asyncio', 'cryptography', 'msgpack', 'sqlite3', 'textual', 'watchfiles', 'segno'} & set(sys.modules)\n"
        "sys.exit(str(sorted(heavy)) if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=PROGRAM_S, check=False
    )
    assert done.returncode == 0, done.stderr


def test_pair_without_a_daemon_says_that_nobody_serves(daemon) -> None:
    """The ticket is good all the same."""
    daemon.init()
    done = daemon.program.run("pair", daemon.directory, "--role", "input", "--label", "front desk")
    assert done.returncode == 0 and parse_ticket(done.stdout.strip()) and "nobody serves" in done.stderr
    assert "2 unused tickets" in daemon.program.run("pairings", daemon.directory).stdout


def test_a_reader_that_goes_away_is_no_traceback(daemon) -> None:
    """`os-totebox pairings DIR | head -0` ends quietly."""
    daemon.init()
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as out:
        done = subprocess.run(
            daemon.program.command("status", daemon.directory), env=daemon.program.environ, stdout=out,
            stderr=subprocess.PIPE, text=True, timeout=PROGRAM_S, check=False,
        )  # fmt: skip
    assert "Traceback" not in done.stderr


def test_the_help_of_every_verb_ends_with_an_example(program) -> None:
    """It begins with the verb, and its words are ones that the verb takes."""
    listed = program.run("--help").stdout
    names = re.findall(r"^    ([a-z][a-z-]+)(?: |$)", listed, re.MULTILINE)
    assert {"init", "verify", "card", "check-proof"} <= set(names)
    for name in names:
        shown = " ".join(program.run(name, "--help").stdout.split())
        assert f"example: os-totebox {name} " in shown, name
        words = shlex.split(EXAMPLES[name].partition(" > ")[0])
        assert vars(_parser().parse_args([name, *words]))["run"], name
