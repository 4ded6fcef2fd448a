"""The output of `os-totebox verify`, `status` and `doctor`, as text and JSON. Nothing is printed here."""

import contextlib
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.cage.grade import best
from totebox.cage.kernel import is_filtered
from totebox.cli.owner import serving
from totebox.config import Places, listening, places_of
from totebox.daemon.marks import ProgressFile
from totebox.errors import ConfigError, ToteboxError
from totebox.files.entrance import is_folder, read_given, stat_of
from totebox.gate.names import safe_text
from totebox.hardening.administration import walls_trouble
from totebox.hardening.walls import is_hardened
from totebox.vault.api import Finding
from totebox.vault.check.verification import Report, verify
from totebox.vault.life.card import MOST_BYTES as CARD_BYTES
from totebox.vault.life.card import parse_card
from totebox.vault.life.creation import load_identity
from totebox.vault.life.home import lock_holder, why_not_home
from totebox.vault.log.journal import AUDIT, NOTE_BYTES, RECORDS
from totebox.vault.log.keychain import read_chain
from totebox.vault.log.keys import SERVING, first_keys, load_key, load_signers
from totebox.vault.log.register import FILE_ROWS, list_files
from totebox.vault.log.rows import mark
from totebox.vault.places import ASSETS, DROPS, LEDGER, LOCAL, SECRET, Holding, of_kind

LOW_DISK_BYTES = 256 << 20
BAR = 32
SELF_CONSISTENT = (
    "self-consistent only: give a card that was kept elsewhere with --card, or the key that you noted with --vkey, to prove that it "
    "is the vault you know"
)


def verify_vault(
    directory: Path,
    vkey: str | None,
    checkpoint: Path | None,
    say: Callable[[str], None] | None,
    resume: Path | None = None,
    *,
    card: Path | None = None,
    tiles: bool = False,
) -> Report:
    """Verify. `say(text)` is called with the progress about a hundred times; None where the output is not watched.

    `tiles` says whether the stored tiles are compared, as by the daemon that serves from them; without them nothing in `cache/` is opened.
    `resume` is a file, outside the vault, for the progress of the run; a run that did not end continues from there.
    """
    root = places_of(directory).root
    if resume is not None and Path(os.path.realpath(resume)).is_relative_to(root):
        raise ConfigError(f"{resume} lies in the vault, whose every file has an owner; name a file outside of it")
    note = None if checkpoint is None else _given(checkpoint, NOTE_BYTES, "the checkpoint")
    kept = None if card is None else parse_card(_given(card, CARD_BYTES, "the card"), str(card))
    progress = progress_bar(say) if say else None
    if resume is None:
        return verify(root, vkey=vkey, checkpoint=note, card=kept, progress=progress, tiles=tiles)
    marks = ProgressFile(resume, load_identity(root).vkey)
    report = verify(
        root,
        vkey=vkey,
        checkpoint=note,
        card=kept,
        progress=progress,
        resume=marks.last(),
        keep=marks.keep,
        tiles=tiles,
    )
    marks.end()
    return report


def _given(path: Path, most: int, what: str) -> bytes:
    """The bytes of a file that was named with an option."""
    try:
        return read_given(path, most)
    except OSError as fault:
        raise ConfigError(f"{path}: {fault.strerror}; give the file that holds {what}") from fault


def report_json(report: Report) -> str:
    """The whole report, for programs."""
    records, audit = report.heads
    return json.dumps(
        {
            "clean": not report.findings,
            "entries": report.entries,
            "bytes": report.bytes,
            "self_consistent_only": report.self_consistent_only,
            "resumed_at": report.resumed_at,
            "records": {"origin": records.origin, "size": records.tree_size, "root": records.root.hex()},
            "audit": {"origin": audit.origin, "size": audit.tree_size, "root": audit.root.hex()},
            "findings": [asdict(finding) for finding in report.findings],
            "unlisted": dict(report.unlisted),
        }
    )


def report_lines(report: Report) -> Iterator[str]:
    """The report, for people: one line a finding, and the verdict."""
    for finding in report.findings:
        yield finding_line(finding)
    for severity, count in report.unlisted.items():
        yield f"{severity}: {count} more findings are not listed; mend what is, and verify again"
    records = report.heads[0]
    verdict = f"{report.found} finding{'s' * (report.found != 1)}" if report.findings else "clean"
    yield f"{verdict}: {report.entries} entries, {report.bytes} bytes, root {records.root.hex()} at {records.origin}"
    if report.resumed_at:
        yield f"resumed: payloads of entries below {report.resumed_at} were hashed by the run that was interrupted"
    if report.card_size and not report.findings:
        yield f"agrees with the card: its key leads to the present one, and its root is the log's at size {report.card_size}"
    if report.self_consistent_only:
        yield SELF_CONSISTENT


def finding_line(finding: Finding) -> str:
    """Severity, where, what was expected, what was found, what to do."""
    entry = "" if finding.entry is None else f" entry {finding.entry}"
    offset = "" if finding.offset is None else f" byte {finding.offset}"
    # A name that a stranger chose, or bytes of a damaged row, must not control the auditor's terminal.
    return safe_text(
        f"{finding.severity}: {finding.path}{entry}{offset}: expected {finding.expected}, found {finding.found}; "
        f"{finding.remedy}"
    )


def status_lines(directory: Path) -> Iterator[str]:
    """The Totebox's identity, whether it is served, and what its folder holds."""
    places = places_of(directory)
    who = load_identity(places.root)
    uris = listening(places)
    yield f"entity     {who.entity} ({who.kind}), since {who.created}"
    key = read_chain(places.root, RECORDS.register, first_keys(who)[0]).newest
    yield f"log        {key.name}"
    yield f"vkey       {key.text()}"
    yield f"served     {', '.join(uris) if uris else 'no'}"
    away = why_not_home(places.root)
    yield f"writes     {f'no: {away}' if away else 'yes'}"
    yield f"walls      {_grade(places)[0]}{' + chattr' if is_hardened(places.root) else ''}"
    files = list_files(places.root, RECORDS.register)
    rows = sum(mark(places.root, file.path, FILE_ROWS if file is files[-1] else file.rows).rows for file in files)
    yield f"entries    {rows}"
    yield f"disk free  {shutil.disk_usage(places.root).free} bytes"


def doctor_lines(directory: Path) -> tuple[list[str], bool]:
    """What is wrong, each with its remedy; and whether nothing is wrong. Changes nothing and reads no records."""
    places = places_of(directory)
    checks: list[tuple[str, Callable[[Places], str]]] = [
        ("identity", _identity),
        ("keys", _keys),
        ("home", lambda at: why_not_home(at.root)),
        ("folders", _folders),
        ("walls", lambda at: walls_trouble(at.root)),
        ("private", _private),
        ("disk", _disk),
        ("search", lambda at: _search()),
    ]
    lines, healthy = [], True
    for name, check in checks:
        try:
            trouble = check(places)
        except (ToteboxError, OSError) as fault:
            trouble = str(fault)
        healthy = healthy and not trouble
        lines.append(f"{'ok     ' if not trouble else 'TROUBLE'}  {name:<9} {trouble}".rstrip())
    (grade, reason, trouble), second = _grade(places), " + chattr" if is_hardened(places.root) else ""
    lines.append(f"{'TROUBLE' if trouble else 'ok     '}  {'grade':<9} {grade}{second}: {trouble or reason}")
    return lines, healthy and not trouble


def _grade(places: Places) -> tuple[str, str, str]:
    """The grade in force, or, where no daemon serves, the one that will be; what it rests on; and what is wrong with
    it.
    """
    standing = best()
    # The daemon names its writer and its grade; the kernel says that this process holds the lock, and whether it is filtered.
    holder, said = lock_holder(places.lock), serving(places.root)
    if standing.grade is not Grade.KERNEL or holder not in said.writers:
        return standing.grade.value, standing.reason, ""
    if is_filtered(holder) is False:
        trouble = "the running daemon was started with a lower grade than the kernel can enforce; start it again without --grade"
        return "not kernel", "", trouble
    if said.grade is not Grade.KERNEL:
        return said.grade.value, "", said.why or "the daemon that serves it now says no more; start it again"
    return standing.grade.value, standing.reason, ""


def _identity(places: Places) -> str:
    load_identity(places.root)
    return ""


def _keys(places: Places) -> str:
    load_signers(places.root, load_identity(places.root), (RECORDS.register, AUDIT.register))
    for name in SERVING:
        load_key(places.root, name)
    return ""


def _folders(places: Places) -> str:
    for name in (DROPS, ASSETS, LEDGER, SECRET, LOCAL):
        path = places.root / name
        if path.is_symlink():
            return f"{path} is a symbolic link and is not followed; put a folder there, or mount one"
        if not is_folder(places.root, name):
            return f"{path} is missing; restore it from a copy of the vault"
        if not os.access(path, os.W_OK | os.X_OK):
            return f"{path} cannot be written by uid {os.getuid()}; run as its owner, or mend its permissions"
    return ""


def _private(places: Places) -> str:
    secrets = [place.name for place in of_kind(Holding.SECRET) if "*" not in place.name]
    for name in (SECRET, *secrets):
        found, path = stat_of(places.root, name), places.root / name
        if found is not None and stat.S_IMODE(found.st_mode) & 0o077:
            return f"{path} can be read by others; run `chmod go= {path}`"
    return ""


def _disk(places: Places) -> str:
    free = shutil.disk_usage(places.root).free
    return "" if free > LOW_DISK_BYTES else f"{free} bytes are free; make room before the vault refuses to write"


def _search() -> str:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        found = database.execute("select sqlite_compileoption_used('ENABLE_FTS5')").fetchone()
    return "" if found[0] else "this Python's SQLite has no FTS5; documents cannot be searched"


def progress_bar(say: Callable[[str], None]) -> Callable[[int, int], None]:
    """A progress that draws a bar with `say` whenever another percent is done."""
    told = -1

    def progress(done: int, total: int) -> None:
        nonlocal told
        percent = 100 if total <= 0 else min(100, done * 100 // total)
        if percent != told:
            told = percent
            filled = BAR * percent // 100
            say(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {percent:3d} %")

    return progress
