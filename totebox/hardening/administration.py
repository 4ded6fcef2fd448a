"""Administration of the second wall: `os-totebox harden` sets the attributes, `os-totebox soften` removes them.

`local/walls` records when; the last line is the valid one. Only the attributes themselves protect: a copy of a hardened vault has none.

    hardened 2026-01-31T09:00:00.000000Z
    softened 2026-02-01T10:00:00.000000Z
"""

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from protocol.schema.numbers import AuditKind
from totebox.cage.attributes import Attribute, change_open
from totebox.cage.privileges import as_owner
from totebox.errors import AlreadyServed, ConfigError, ToteboxError
from totebox.files.entrance import open_folder, read_file
from totebox.hardening.walls import Walls, is_hardened, standing
from totebox.vault.api import AuditDraft
from totebox.vault.commit.recovery import recover
from totebox.vault.disk.durable import PRIVATE_MODE, Disk
from totebox.vault.life.creation import load_identity
from totebox.vault.life.home import lock
from totebox.vault.log.audit import LOCAL
from totebox.vault.places import ASSETS
from totebox.vault.places import WALLS as JOURNAL

MOST_BYTES = 1 << 20
"""Most bytes of `local/walls`."""
HARDENED, SOFTENED = "hardened", "softened"
Now = Callable[[], str]


def harden(root: Path, now: Now) -> list[str]:
    """Set the attributes of the second wall on the vault at `root`, or complete them. Returns the lines for the administrator.

    Raises:
        ConfigError: it cannot be done here, and nothing was changed; the message says what is missing.
    """
    load_identity(root)
    check_possible(root)
    again, walls = is_hardened(root), Walls(root)
    try:
        held = lock(root)
    except AlreadyServed:
        if not again:
            raise ConfigError(
                f"{root} is served; stop the daemon once: hardening begins with a row of the audit log"
            ) from None
        return _raised(walls.sweep(), "", root)
    try:
        walls.loosen()
        unsaid = "" if again else _say(root, HARDENED, "chattr: folders append-only, sealed files immutable", now)
        if last_word(root) != HARDENED:
            _note(root, HARDENED, now)
        return _raised(walls.sweep(still=True), unsaid, root)
    finally:
        os.close(held)


def soften(root: Path, now: Now) -> list[str]:
    """Remove the attributes of the second wall. Returns the lines for the administrator. A vault that takes no writes gets no audit row.

    Raises:
        AlreadyServed: a daemon serves the vault, and would set them again.
        ConfigError: this user may not do it.
    """
    load_identity(root)
    if not is_hardened(root) and last_word(root) != HARDENED:
        return [f"{root} has no second wall"]
    check_possible(root)
    held, walls = lock(root), Walls(root)
    try:
        walls.loosen()
        unsaid = _say(root, SOFTENED, "chattr: every attribute was lifted", now)
        changed = walls.lift()
        _note(root, SOFTENED, now)
    finally:
        os.close(held)
    told = [f"the second wall of {root} is down: {changed} attributes were lifted; root can remove and move it now"]
    return told + ([f"not in the audit log: {unsaid}"] if unsaid else [])


def loosen(root: Path) -> None:
    """As `Walls.loosen`, for a stopped vault that is recovered without a daemon. Does nothing where there is no wall, or no right to it."""
    if is_hardened(root):
        with contextlib.suppress(OSError):
            Walls(root).loosen()


def last_word(root: Path) -> str:
    """The last word in `local/walls`, `hardened` or `softened`; '' where there is none."""
    try:
        lines = read_file(root, JOURNAL, MOST_BYTES).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[-1].partition(" ")[0] if lines else ""


def walls_trouble(root: Path) -> str:
    """'' when the second wall is as the administrator left it; else what is wrong and what to do."""
    if not is_hardened(root):
        lost = last_word(root) == HARDENED
        return (
            f"{root} was hardened and has no attributes: a copy loses them; run `os-totebox harden {root}` as root"
            * lost
        )
    missing = ", ".join(standing(root))
    return f"{missing} can be changed; run `os-totebox harden {root}` as root" if missing else ""


def check_possible(root: Path) -> None:
    """Check, on a file without a name, that the file system has such files and that this process can set attributes.

    Raises:
        ConfigError: it cannot; the message says what is missing.
    """
    try:
        folder = open_folder(root, ASSETS)
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_TMPFILE
            descriptor = os.open(".", flags, PRIVATE_MODE, dir_fd=folder)
        finally:
            os.close(folder)
    except (OSError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EROFS, errno.EACCES, errno.ENOENT):
            raise ConfigError(f"{root}/assets: {error.strerror}; nothing was changed") from None
        raise ConfigError(
            f"the file system of {root} has no files without a name ({error}); the second wall would seal unfinished ones"
        ) from None
    try:
        change_open(descriptor, Attribute.IMMUTABLE)
        change_open(descriptor, Attribute(0))
    except OSError as error:
        if error.errno == errno.EPERM:
            missing = "this needs root of the machine (CAP_LINUX_IMMUTABLE), not of a container"
        else:
            missing = f"its file system has no chattr attributes ({error.strerror}); ext4, XFS and btrfs have"
        raise ConfigError(f"{root} cannot be hardened or softened here: {missing}; nothing was changed") from None
    finally:
        os.close(descriptor)


def _say(root: Path, word: str, detail: str, now: Now) -> str:
    """Write an audit row, as the owner of the vault. Returns '' when it is written, else the reason why not."""
    with as_owner(root):
        return _written(root, word, detail, now)


def _written(root: Path, word: str, detail: str, now: Now) -> str:
    try:
        store = recover(root, now)
    except (ToteboxError, OSError) as error:
        return str(error)
    try:
        if store.read_only:
            return store.read_only
        clock = store.planner.plan_clock(now())
        row = store.planner.plan_audit(AuditDraft(AuditKind(word.upper()), LOCAL, "walls", detail), now())
        store.commit([*([clock] if clock else []), row], {})
        store.note(least=1)
    except (ToteboxError, OSError) as error:
        return str(error)
    finally:
        store.close()
    return ""


def _note(root: Path, word: str, now: Now) -> None:
    with as_owner(root):
        Disk(root).add(JOURNAL, f"{word} {now()}\n".encode())


def _raised(changed: int, unsaid: str, root: Path) -> list[str]:
    told = [
        f"the second wall of {root} stands: {changed} attributes were set; nobody can remove, rename or change a record, not even root",
        f"rm -rf, mv and a backup written over it fail from now on; `os-totebox soften {root}` as root takes it down",
    ]
    return told + ([f"not in the audit log: {unsaid}"] if unsaid else [])
