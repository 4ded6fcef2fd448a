"""`os-totebox seal-secret` and `open-secret`: `secret/` of a stopped vault under a passphrase, and never neither form of it."""

import os
import shutil
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from hashlib import scrypt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tests.patience import WAIT_S
from tests.totebox.vaults import picture
from totebox.errors import ConfigError
from totebox.vault.life.creation import create
from totebox.vault.life.secret_seal import LEAST_COST, open_secret, opened_bytes, seal_secret, sealed_bytes

WORDS = "correct horse battery staple"
SEALED = "secret/sealed"


def secrets(root: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below `secret/` but the sealed one: mode and bytes."""
    return {
        path.relative_to(root).as_posix(): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in sorted((root / "secret").rglob("*"))
        if path.is_file() and path != root / SEALED
    }


def seal(root: Path, words: str = WORDS) -> int:
    return seal_secret(root, words, entropy=os.urandom, cost=LEAST_COST)


@pytest.fixture
def vault(short_dir: Path) -> Path:
    """A stopped vault with a book of pairings and a mailbox's secret."""
    root = short_dir / "v"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now="2030-01-01T00:00:00.000000Z")
    for name, data in (
        ("devices/pairings", b'{"what":"none"}\n'),
        ("devices/pairings.lock", b""),
        ("mail/acme", b"token"),
    ):
        (root / "secret" / name).parent.mkdir(mode=0o700, exist_ok=True)
        (root / "secret" / name).write_bytes(data)
        (root / "secret" / name).chmod(0o600)
    return root


def with_words(program, verb: str, root: Path, words: str = WORDS, *options: str) -> "subprocess.CompletedProcess[str]":
    """The verb, with the passphrase on a descriptor."""
    reading, writing = os.pipe()
    os.write(writing, words.encode() + b"\n")
    os.close(writing)
    try:
        return subprocess.run(
            program.command(verb, root, "--passphrase-fd", reading, *options), env=program.environ, pass_fds=(reading,),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=WAIT_S, check=False,
        )  # fmt: skip
    finally:
        os.close(reading)


def test_sealed_and_opened_it_is_what_it_was(program, vault: Path) -> None:
    """Every file with its bytes and mode; between, one file of 0600 and nothing else, and none of the keys is in it."""
    before = secrets(vault)
    done = with_words(program, "seal-secret", vault)
    assert done.returncode == 0 and "7 files" in done.stdout, done
    assert secrets(vault) == {} and stat.S_IMODE((vault / SEALED).stat().st_mode) == 0o600
    whole = b"".join(path.read_bytes() for path in vault.rglob("*") if path.is_file())
    assert all(data not in whole for _, data in before.values() if len(data) == 32)
    done = with_words(program, "open-secret", vault)
    assert done.returncode == 0 and secrets(vault) == before and not (vault / SEALED).exists(), done


def test_a_vault_that_was_carried_serves_again(program, daemon, short_dir: Path) -> None:
    """Sealed, copied as a whole folder, opened there and moved: the daemon starts."""
    daemon.init()
    assert with_words(program, "seal-secret", daemon.directory).returncode == 0
    assert program.run("verify", daemon.directory).returncode == 0
    assert program.run("copy", daemon.directory, short_dir / "record").returncode == 0
    shutil.copytree(daemon.directory, short_dir / "there", symlinks=True)
    assert with_words(program, "open-secret", short_dir / "there").returncode == 0
    assert program.run("move", short_dir / "there").returncode == 0
    daemon.directory = short_dir / "there"
    daemon.start()
    assert daemon.stop() == 0


def test_the_format_is_the_one_that_is_drawn() -> None:
    """Prefix, parameters, salt, nonce; scrypt and ChaCha20-Poly1305 of other hands open it."""
    files = {"keys/log.key": (0o600, b"k" * 32), "devices/pairings": (0o600, b"")}
    drawn = iter((b"s" * 16, b"n" * 12))
    data = sealed_bytes(files, WORDS, lambda size: next(drawn), LEAST_COST)
    assert data[:47] == b"totebox-secret-1" + bytes((LEAST_COST, 8, 1)) + b"s" * 16 + b"n" * 12
    key = scrypt(WORDS.encode(), salt=b"s" * 16, n=1 << LEAST_COST, r=8, p=1, maxmem=1 << 28, dklen=32)
    plain = ChaCha20Poly1305(key).decrypt(b"n" * 12, data[47:], data[:47])
    assert plain == b"".join(
        (
            b"\0\0\0\2",
            b"\0\x10devices/pairings" + struct.pack(">HI", 0o600, 0),
            b"\0\x0ckeys/log.key" + struct.pack(">HI", 0o600, 32) + b"k" * 32,
        )
    )
    assert opened_bytes(data, WORDS) == files
    assert (
        opened_bytes(sealed_bytes(files, "pässphrase long", os.urandom, LEAST_COST), "pa\u0308ssphrase long") == files
    )


def test_a_wrong_passphrase_changes_nothing(program, vault: Path) -> None:
    """One line, exit status 2; every byte, mode and time is as it was."""
    seal(vault)
    before = picture(vault)
    done = with_words(program, "open-secret", vault, "wrong horse battery staple")
    assert done.returncode == 2 and "the passphrase is wrong" in done.stderr and done.stderr.count("\n") == 1, done
    assert picture(vault) == before


def test_every_bit_of_the_sealed_file_counts(vault: Path) -> None:
    """A flipped bit in any byte, a shorter file and a longer one do not open."""
    seal(vault)
    data = (vault / SEALED).read_bytes()
    places = [*range(16), 17, 18, *range(19, 47, 5), 47, len(data) // 2, len(data) - 1]
    for bent in (
        *(data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :] for at in places),
        data[:-1],
        data + b"x",
        data[:40],
        b"",
    ):
        with pytest.raises(ValueError, match=r"sealed file|parameters|does not open"):
            opened_bytes(bent, WORDS)


@pytest.mark.parametrize("cost", [0, 14, 21, 63, 255])
def test_parameters_that_would_take_all_memory_are_refused(cost: int) -> None:
    """A header from elsewhere says how much memory is needed: at most 1 GiB."""
    data = bytearray(sealed_bytes({"a": (0o600, b"")}, WORDS, os.urandom, LEAST_COST))
    data[16] = cost
    with pytest.raises(ValueError, match="other parameters"):
        opened_bytes(bytes(data), WORDS)


@pytest.mark.parametrize(
    "path", ["../log.key", "/etc/passwd", "keys/../../x", "", "keys//log.key", "sealed", "keys/a\0b"]
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    """Also of somebody who knew the passphrase."""
    data = sealed_bytes({path: (0o600, b"x")}, WORDS, os.urandom, LEAST_COST)
    with pytest.raises(ValueError, match="no vault has"):
        opened_bytes(data, WORDS)


@pytest.mark.parametrize("verb", ["seal-secret", "open-secret"])
def test_a_vault_that_is_served_is_refused(program, daemon, verb: str) -> None:
    """Its daemon holds the keys; nothing changes."""
    daemon.init()
    daemon.start()
    before = secrets(daemon.directory)
    done = with_words(program, verb, daemon.directory)
    assert done.returncode == 2 and "another daemon serves" in done.stderr, done
    assert secrets(daemon.directory) == before and not (daemon.directory / SEALED).exists()


SEALED_OUT = (
    ("serve",), ("pair", "--role", "user"), ("pairings",), ("rotate",), ("restore",), ("move",), ("harden",),
)  # fmt: skip


@pytest.mark.parametrize("verb", SEALED_OUT, ids=lambda verb: verb[0])
def test_a_sealed_vault_says_what_to_do(program, vault: Path, verb: tuple[str, ...]) -> None:
    """Each verb that needs a key or changes a book: one line that names `open-secret`, and nothing is made."""
    seal(vault)
    before = picture(vault)
    done = program.run(verb[0], vault, *verb[1:])
    assert done.returncode == 2 and f"os-totebox open-secret {vault}" in done.stderr, done
    assert len([each for each in done.stderr.splitlines() if each.startswith("os-totebox: ")]) == 1, done
    assert picture(vault) == before


def test_doctor_says_that_it_is_sealed(program, vault: Path) -> None:
    """As trouble with the keys."""
    seal(vault)
    done = program.run("doctor", vault)
    assert "TROUBLE  keys" in done.stdout and "open-secret" in done.stdout


def cut(vault: Path, step: str) -> None:
    """What a crash of sealing or of opening leaves: both forms, with some of the files taken away or not yet there."""
    before = {path: path.read_bytes() for path in (vault / "secret").rglob("*") if path.is_file()}
    seal(vault)
    kept = list(before)[: {"all": len(before), "some": 3, "one": 1}[step]]
    for path in kept:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(before[path])
        path.chmod(0o600)


@pytest.mark.parametrize("step", ["all", "some", "one"])
@pytest.mark.parametrize("way", [seal, lambda root: open_secret(root, WORDS)], ids=["seal again", "open"])
def test_what_a_crash_left_is_ended_either_way(vault: Path, step: str, way: Callable[[Path], int]) -> None:
    """Both forms are there and the vault is sealed: the same verb or the other one ends it, and no file is lost."""
    before = secrets(vault)
    cut(vault, step)
    way(vault)
    if (vault / SEALED).exists():
        assert secrets(vault) == {}
        open_secret(vault, WORDS)
    assert secrets(vault) == before


CALLS = ("rename", "renameat", "renameat2", "unlink", "unlinkat", "fsync", "mkdir", "mkdirat")
SEALS = (
    "import os, sys; from pathlib import Path; from totebox.vault.life.secret_seal import *; root = Path(sys.argv[2]); "
    "seal_secret(root, sys.argv[3], entropy=os.urandom, cost=LEAST_COST) if sys.argv[1] == 'seal' else open_secret(root, sys.argv[3])"
)


@pytest.mark.skipif(not shutil.which("strace"), reason="strace kills at a call")
@pytest.mark.parametrize("way", ["seal", "open"])
def test_killed_at_any_call_it_leaves_a_whole_form(vault: Path, way: str) -> None:
    """At each call that changes a name or makes it durable: every file is there, or the sealed one opens to all of them."""
    before, kinds = secrets(vault), dict[tuple[bool, bool], int]()
    if way == "open":
        seal(vault)
    for call in CALLS:
        count, ended = 0, False
        while not ended:
            count += 1
            copy = vault.parent / f"{call}{count}"
            shutil.copytree(vault, copy)
            killing = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={count}"]
            command = ["strace", "-qq", "-o", os.devnull, *killing, sys.executable, "-c", SEALS, way, str(copy), WORDS]
            ended = subprocess.run(command, timeout=WAIT_S, check=False).returncode == 0
            left = {name: seen for name, seen in secrets(copy).items() if not name.endswith(".draft")}
            form = (copy / SEALED).exists(), left == before
            kinds[form] = kinds.get(form, 0) + (not ended)
            if not form[0]:
                assert left == before, (call, count)
                seal(copy)
            open_secret(copy, WORDS)
            assert secrets(copy) == before, (call, count)
    assert set(kinds) == {(True, True), (True, False), (False, True)} and sum(kinds.values()) > len(before) + 3


def test_another_passphrase_does_not_end_what_was_begun(vault: Path) -> None:
    """The files stay as they are."""
    cut(vault, "some")
    before = picture(vault)
    with pytest.raises(ConfigError, match="the passphrase is wrong"):
        seal(vault, "another passphrase")
    assert {name: seen[-1] for name, seen in picture(vault).items()} == {
        name: seen[-1] for name, seen in before.items()
    }


def test_a_file_that_differs_from_what_is_sealed_is_not_lost(vault: Path) -> None:
    """Neither form is taken away; the file is named."""
    before = secrets(vault)
    cut(vault, "one")
    path = next(path for path in (vault / "secret").rglob("*") if path.is_file() and path != vault / SEALED)
    path.write_bytes(b"another key")
    for way in (seal, lambda root: open_secret(root, WORDS)):
        with pytest.raises(ConfigError, match=path.name):
            way(vault)
    assert path.read_bytes() == b"another key"
    path.unlink()
    open_secret(vault, WORDS)
    assert secrets(vault) == before


def test_what_is_sealed_already_or_not_at_all_is_said(vault: Path) -> None:
    """And nothing is changed."""
    with pytest.raises(ConfigError, match="is not sealed"):
        open_secret(vault, WORDS)
    seal(vault)
    with pytest.raises(ConfigError, match="sealed already"):
        seal(vault)


def test_a_link_among_the_secrets_is_not_followed(vault: Path) -> None:
    """It is named, and nothing is sealed."""
    (vault / "secret/keys/mine").symlink_to("/etc/hostname")
    with pytest.raises(ConfigError, match="secret/keys/mine is no plain file"):
        seal(vault)
    assert not (vault / SEALED).exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("short", "at least 12 letters"),
        ("", "at least 12 letters"),
        ("x" * 2_000, "at most 1024 bytes"),
        ("\xff" * 20, ""),
    ],
)
def test_a_passphrase_that_is_none_is_refused(program, vault: Path, words: str, why: str) -> None:
    """Too short, empty, or a whole file."""
    done = with_words(program, "seal-secret", vault, words)
    assert done.returncode == (2 if why else 0) and why in done.stderr, done
    assert (vault / SEALED).exists() is not bool(why)


def test_the_passphrase_is_no_argument_and_needs_a_terminal_or_a_descriptor(program, vault: Path) -> None:
    """Without either one line says so; a descriptor that is not open, and one that says nothing, too."""
    for words in ([], ["--passphrase-fd", "99"], ["--passphrase-fd", "-1"]):
        done = subprocess.run(
            program.command("seal-secret", vault, *words), env=program.environ, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=WAIT_S, check=False, start_new_session=True,
        )  # fmt: skip
        assert done.returncode == 2 and "--passphrase-fd" in done.stderr and done.stderr.count("\n") == 1, done
    assert program.run("seal-secret", vault, WORDS).returncode == 2 and not (vault / SEALED).exists()


def test_the_prompt_asks_twice_and_shows_nothing(program, vault: Path) -> None:
    """At a terminal: what differs is refused, what agrees seals; the letters are not echoed."""
    for second, status in (("another passphrase", 2), (WORDS, 0)):
        said, ended = at_a_terminal(program.command("seal-secret", vault), program.environ, (WORDS, second))
        assert ended == status and WORDS not in said, said
    assert (vault / SEALED).exists()


def at_a_terminal(command: list[str], environ: dict[str, str], answers: tuple[str, ...]) -> tuple[str, int]:
    """Run it on a terminal of its own and answer each prompt; what the terminal showed, and the exit status."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environ)
    shown = b""
    for answer in answers:
        asked = shown.count(b": ")
        while shown.count(b": ") == asked:
            shown += os.read(terminal, 4_096)
        os.write(terminal, answer.encode() + b"\n")
    try:
        while piece := os.read(terminal, 4_096):
            shown += piece
    except OSError:
        pass  # the other end was closed
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return shown.decode(), status
