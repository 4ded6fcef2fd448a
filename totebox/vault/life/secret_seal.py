"""The sealed form of `secret/`: one file under a passphrase, for a vault that is carried elsewhere.

    secret/sealed, integers big-endian:

    bytes  field
       16  "totebox-secret-1"
        1  log2 of N, 15 to 20        scrypt (RFC 7914) makes the key of 32 bytes from the passphrase (UTF-8, NFC)
        1  r, always 8
        1  p, always 1
       16  salt
       12  nonce
        n  ChaCha20-Poly1305 (RFC 8439) of the contents; its last 16 bytes are the tag. The 47 bytes before are its associated data.

    the contents

        4  how many files
           of each, by ascending path:
      2 n  path below secret/: length, UTF-8
        2  mode
      4 n  bytes: length, bytes

States: open (the files of `secret/`), sealed (`secret/sealed`, and folders without files), and, where a crash came between, both. Law: no
step takes away a form before the other one is durable and was read back. With `secret/sealed` the vault is sealed, whatever else is there:
it is not served and no key or pairing is written, so both forms agree; the same command again, or the other one, ends what was begun.
"""

import contextlib
import fcntl
import os
import re
import stat
import struct
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from totebox.errors import AlreadyServed, ConfigError
from totebox.files.drafts import forget_file, replace_file, sync_folder
from totebox.files.entrance import files_below, open_file, open_folder, read_file, stat_of
from totebox.vault.life.creation import check_whole, load_identity
from totebox.vault.life.home import lock
from totebox.vault.places import DEVICES, SEALED, SECRET

PREFIX = b"totebox-secret-1"
COST, LEAST_COST, MOST_COST = 17, 15, 20
"""log2 of scrypt's N: that of a new file (128 MiB, about half a second), and the bounds of one that is read (at most 1 GiB)."""
BLOCK_SIZE, PARALLEL = 8, 1
HEADER = struct.Struct(">16sBBB16s12s")
MOST_BYTES = 64 << 20
"""Most bytes of the files of `secret/` together."""
LEAST_LETTERS = 12
DRAFT = re.compile(r"\..*\.[0-9a-f]{16}\.draft")
BUSY = "the pairings are being changed; run the same command again"

Files = Mapping[str, tuple[int, bytes]]
"""By path below `secret/`: the mode and the bytes."""


def checked_passphrase(text: str) -> str:
    """`text`, where it may seal a vault.

    Raises:
        ConfigError: it is too short.
    """
    if len(text) < LEAST_LETTERS:
        raise ConfigError(
            f"a passphrase has at least {LEAST_LETTERS} letters: whoever has the folder can try them offline; take a longer one"
        )
    return text


def seal_secret(root: Path, passphrase: str, *, entropy: Callable[[int], bytes], cost: int = COST) -> int:
    """Put `secret/` of the stopped vault at `root` under `passphrase`. Returns how many files are sealed.

    Where a crash came between, the files that are still there are compared with the sealed ones, and taken away.

    Args:
        entropy: gives n random bytes.
        cost: log2 of scrypt's N.

    Raises:
        ConfigError: not a vault; sealed already; another passphrase than the one that an unfinished sealing had; a file that is none.
        AlreadyServed: a daemon serves the vault, or somebody changes the pairings.
    """
    with _held(root):
        _sweep(root)
        found = dict(_found(root))
        if stat_of(root, SEALED) is None:
            if not found:
                raise ConfigError(f"{root / SECRET} holds no file; restore it from its backup")
            replace_file(root, SEALED, sealed_bytes(found, checked_passphrase(passphrase), entropy, cost))
            # A crash before this line leaves the files and perhaps a draft; after it, both forms.
        elif not found:
            raise ConfigError(f"{root} is sealed already; `os-totebox open-secret {root}` opens it")
        files = _opened(root, passphrase)
        _check_same(root, found, files)
        for path in found:
            forget_file(root, f"{SECRET}/{path}")
            # A crash here leaves the sealed file and some of the others.
        for folder in _folders(found):
            sync_folder(root, folder)
        return len(files)


def open_secret(root: Path, passphrase: str) -> int:
    """Write the files of `secret/` again and take the sealed one away. Returns how many they are. A wrong passphrase changes nothing.

    Raises:
        ConfigError: not a vault; not sealed; a wrong passphrase or a damaged file; a file is there that differs from the sealed one.
        AlreadyServed: a daemon serves the vault, or somebody changes the pairings.
    """
    with _held(root):
        if stat_of(root, SEALED) is None:
            raise ConfigError(f"{root} is not sealed; nothing was changed")
        files = _opened(root, passphrase)
        _sweep(root)
        found = dict(_found(root))
        _check_same(root, found, files)
        for folder in _folders(files):
            if stat_of(root, folder) is None:
                _make_folder(root, folder)
        for path, (mode, data) in files.items():
            if path not in found:
                replace_file(root, f"{SECRET}/{path}", data, mode)
                # A crash here leaves the sealed file and some of the others.
        if dict(_found(root)) != files:
            raise ConfigError(
                f"{root / SECRET}: what was written reads back otherwise; the sealed file stays; look at the disk"
            )
        forget_file(root, SEALED)
        sync_folder(root, SECRET)
        return len(files)


def check_sealable(root: Path) -> None:
    """Check, before somebody is asked for a passphrase, that there is something to seal.

    Raises:
        ConfigError, AlreadyServed: as `seal_secret`.
    """
    with _held(root):
        if stat_of(root, SEALED) is not None and not dict(_found(root)):
            raise ConfigError(f"{root} is sealed already; `os-totebox open-secret {root}` opens it")


def check_openable(root: Path) -> None:
    """As `check_sealable`, before `open_secret`."""
    with _held(root):
        if stat_of(root, SEALED) is None:
            raise ConfigError(f"{root} is not sealed; nothing was changed")


def sealed_bytes(files: Files, passphrase: str, entropy: Callable[[int], bytes], cost: int = COST) -> bytes:
    """The sealed file of `files`. `entropy` gives n random bytes: 16 of the salt, then 12 of the nonce."""
    salt, nonce = entropy(16), entropy(12)
    header = HEADER.pack(PREFIX, cost, BLOCK_SIZE, PARALLEL, salt, nonce)
    parts = [len(files).to_bytes(4, "big")]
    for path, (mode, data) in sorted(files.items()):
        name = path.encode()
        parts.append(struct.pack(f">H{len(name)}sHI", len(name), name, mode, len(data)) + data)
    return header + ChaCha20Poly1305(_key(passphrase, salt, cost)).encrypt(nonce, b"".join(parts), header)


def opened_bytes(sealed: bytes, passphrase: str) -> Files:
    """The files in a sealed file.

    Raises:
        ValueError: it is none, another version wrote it, the passphrase is wrong, or a byte differs; the message says which.
    """
    if len(sealed) < HEADER.size or not sealed.startswith(PREFIX):
        raise ValueError("is no sealed file of this version")
    _, cost, block, parallel, salt, nonce = HEADER.unpack_from(sealed)
    if not LEAST_COST <= cost <= MOST_COST or (block, parallel) != (BLOCK_SIZE, PARALLEL):
        raise ValueError("has other parameters of scrypt than this version reads")
    try:
        plain = ChaCha20Poly1305(_key(passphrase, salt, cost)).decrypt(
            nonce, sealed[HEADER.size :], sealed[: HEADER.size]
        )
    except InvalidTag:
        raise ValueError("does not open: the passphrase is wrong, or a byte of it differs") from None
    return dict(_unpacked(plain))


def _unpacked(plain: bytes) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """The files in the contents. Whoever knew the passphrase made them, so they are bounded and checked all the same."""
    try:
        (count,), place = struct.unpack_from(">I", plain), 4
        for _ in range(count):
            (size,) = struct.unpack_from(">H", plain, place)
            name, mode, length = struct.unpack_from(f">{size}sHI", plain, place + 2)
            place += 2 + size + 6
            path, data = name.decode(), plain[place : place + length]
            if len(data) != length or not _is_path(path) or mode & ~0o700:
                raise ValueError("holds a file that no vault has")
            yield path, (mode, data)
            place += length
    except (struct.error, UnicodeDecodeError):
        raise ValueError("holds something else than files") from None
    if place != len(plain):
        raise ValueError("holds more than its files")


def _is_path(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return (
        "/".join(parts) == path
        and bool(parts)
        and not {"..", "/"} & set(parts)
        and "\0" not in path
        and path != "sealed"
    )


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=1 << cost, r=BLOCK_SIZE, p=PARALLEL).derive(text)


def _opened(root: Path, passphrase: str) -> Files:
    try:
        return opened_bytes(read_file(root, SEALED, 2 * MOST_BYTES), passphrase)
    except ValueError as error:
        raise ConfigError(f"{root / SEALED} {error}; nothing was changed") from None


def _found(root: Path) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """The files below `secret/` but the sealed one; drafts that a crash left are none."""
    total = 0
    for path, seen in files_below(root, SECRET):
        if path == SEALED or DRAFT.fullmatch(path.rpartition("/")[2]):
            continue
        if not stat.S_ISREG(seen.st_mode):
            raise ConfigError(f"{root / path} is no plain file; move it elsewhere, and run the same command again")
        total += seen.st_size
        if total > MOST_BYTES:
            raise ConfigError(
                f"{root / SECRET} holds more than {MOST_BYTES} bytes; find out what was put there, and move it elsewhere"
            )
        yield path.removeprefix(f"{SECRET}/"), (stat.S_IMODE(seen.st_mode) & 0o700, read_file(root, path, MOST_BYTES))


def _sweep(root: Path) -> None:
    """Remove the drafts that a crash left: one may hold a key."""
    for path in [path for path, _ in files_below(root, SECRET) if DRAFT.fullmatch(path.rpartition("/")[2])]:
        forget_file(root, path)


def _check_same(root: Path, found: Files, files: Files) -> None:
    """Check that each file that is there is one of the sealed ones."""
    for path, (_, data) in found.items():
        if path not in files or files[path][1] != data:
            raise ConfigError(
                f"{root / SECRET / path} differs from what is sealed; move it elsewhere, and run the same command again"
            )


def _folders(files: Files) -> list[str]:
    """The folders of these files, each before those that lie in it; `secret` itself first."""
    below = {parent.as_posix() for path in files for parent in PurePosixPath(f"{SECRET}/{path}").parents}
    return sorted(below - {"."})


def _make_folder(root: Path, folder: str) -> None:
    parent, _, name = folder.rpartition("/")
    place = open_folder(root, parent)
    try:
        os.mkdir(name, 0o700, dir_fd=place)
        os.fsync(place)
    finally:
        os.close(place)


@contextlib.contextmanager
def _held(root: Path) -> Iterator[None]:
    """Keep the daemon, and whoever changes the pairings on the host, from the vault meanwhile."""
    load_identity(root)
    check_whole(root)
    with contextlib.ExitStack() as held:
        held.callback(os.close, lock(root, sealed=True))
        for path in (f"{DEVICES}/{name}.lock" for name in ("pairings", "capabilities")):
            with contextlib.suppress(FileNotFoundError):
                descriptor = open_file(root, path)
                held.callback(os.close, descriptor)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise AlreadyServed(f"{root}: {BUSY}") from None
        yield
