"""What tests of `os-totebox` verbs need of a vault: every verb's command line, and a picture of every byte below a folder."""

import re
from pathlib import Path

from tests.totebox.hostile import Jobs

READING = ("verify", "export", "copy", "card", "hand-over", "prove", "status", "doctor", "pairings")
"""The verbs that only read, each as `words_of` writes it."""


def words_of(verb: str, root: Path, out: Path) -> list[object]:
    """The command line of `verb` on the vault at `root`; what it writes elsewhere goes below `out`."""
    match verb:
        case "init":
            return ["init", root, "--entity", "Acme", "--kind", "company"]
        case "pair":
            return ["pair", root, "--role", "user"]
        case "prove":
            return ["prove", root, 1]
        case "export":
            return ["export", root, "--tlog", out / "tlog"]
        case "copy":
            return ["copy", root, out / "handed"]
        case "timestamp":
            return ["timestamp", root, "--request", out / "asked"]
        case "hand-over":
            return ["hand-over", root, 1, out / "given"]
        case "check-proof":
            return ["check-proof", out / "proof", root / "totebox.yaml", "--vkey", "a+00000000+AA"]
        case _:
            return [verb, root]


def verbs(jobs: Jobs) -> set[str]:
    """Every verb of `os-totebox`, as its help lists them."""
    return set(re.findall(r"^    ([a-z][a-z-]+)(?: |$)", jobs.run("--help").out, re.MULTILINE))


def picture(root: Path) -> dict[str, tuple[object, ...]]:
    """Of everything below `root`, and of itself: mode, inode, time of the last change, and bytes."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (root, *sorted(root.rglob("*"))):
        seen = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[path.relative_to(root).as_posix()] = (seen.st_mode, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, data)
    return found
