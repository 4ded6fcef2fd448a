"""A program that forks writers on demand, so that a fault can be put under each system call without starting Python each time.

One JSON order a line on stdin, one JSON answer a line on stdout:

    {"do": "write", "vault": DIR, "acks": FILE}   -> {"pid": N} stopped; it goes on at SIGCONT: starts, appends, acknowledges
    {"do": "wait", "pid": N}                      -> {"status": WAIT_STATUS}
    {"do": "check", "vault": DIR, "acks": FILE}   -> {"trouble": [...]}: starts without a fault and looks for what is missing
"""
# ruff: noqa: T201
# Its answers are its output.

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from threading import Event, Thread

from protocol.schema.numbers import Grade
from totebox.cage import grade, writer
from totebox.clock import now_text
from totebox.errors import ToteboxError
from totebox.process.grants import granted
from totebox.vault.api import Appended, AuditDraft, Batch, Draft, Line, Member, Whole
from totebox.vault.check.verification import verify
from totebox.vault.commit.group import CommitRequest
from totebox.vault.commit.group_commit import GroupCommit
from totebox.vault.commit.recovery import prepare, recover
from totebox.vault.commit.store import Store
from totebox.vault.life.home import lock
from totebox.vault.places import Process

ROUNDS = 2
PATIENCE_S = 180
REFUSED = 3


def batch(number: int) -> Batch:
    """A whole file, and a claim that cites it."""
    whole = Draft("minutebook", "original", f"deed {number}", Whole(b"%d " % number * 700), name=f"deed-{number}.txt")
    claim = Draft("people", "claim", f"a{number}", Line("claims", ("a", "b"), (str(number), "x")), source=Member(0))
    audit = AuditDraft("COMMAND", "local", "SEAL", command=f"{number:032x}")
    return Batch("local", audit.command, bytes([number]) * 32, audit, (whole, claim))


def append(group: GroupCommit, wanted: Batch, told: int | None = None) -> Appended | ToteboxError | OSError:
    """One batch through the committing thread, which also writes down in `told` what was acknowledged."""
    done, results = Event(), list[Appended | ToteboxError | OSError]()

    def answered(result: Appended | ToteboxError) -> None:
        try:
            if told is not None and isinstance(result, Appended):
                os.write(told, b"".join(entry.leaf + b"\n" for entry in result.entries))
            results.append(result)
        except OSError as error:
            results.append(error)
        done.set()

    group.submit(CommitRequest(wanted, answered))
    if not done.wait(PATIENCE_S):
        raise RuntimeError(f"nobody answered within {PATIENCE_S} s")
    return results[0]


def ask(group: GroupCommit, told: int, refused: list[Exception]) -> None:
    """Append, one batch after the other. Makes no call on a disk."""
    try:
        for number in range(1, ROUNDS + 1):
            result = append(group, batch(number), told)
            if isinstance(result, Exception):
                refused.append(result)
    finally:
        group.end()


def write(vault: Path, acks: Path) -> int:
    """What the writer process does: shut itself in, hold the lock, recover, append, tell."""
    told = os.open(acks, os.O_WRONLY | os.O_APPEND)
    caged = grade.best().grade is Grade.KERNEL
    os.kill(os.getpid(), signal.SIGSTOP)
    lock(vault)
    prepared = prepare(vault)
    if caged:
        writer.enter(
            vault, granted(vault, Process.WRITER), None if prepared.ahead is None else prepared.ahead.descriptor
        )

    def opened() -> Store:
        return recover(vault, now_text, prepared=prepared)

    group, refused = GroupCommit(opened(), opened, now_text), list[Exception]()
    asking = Thread(target=ask, args=(group, told, refused), daemon=True)
    asking.start()
    # Start and appends in one thread: strace counts each thread's calls apart, and a fault is to be met under each of all.
    group.run()
    asking.join()
    group.store.close()
    return REFUSED if refused else 0


def check(vault: Path, acks: Path) -> list[str]:
    """What a start after the fault finds missing or wrong; it must also take the same commands again."""
    held = lock(vault)
    store = recover(vault, now_text)
    if store.read_only:
        return [f"read only: {store.read_only}"]

    entries = {entry.leaf: entry for log in store.logs.values() for entry in log.entries(0, 10_000)}
    trouble = []
    for leaf in acks.read_bytes().splitlines():
        entry = entries.get(leaf)
        if entry is None:
            trouble.append(f"acknowledged and lost: {leaf!r}")
        elif len(store.read(entry.index, 0, 1 << 20)) != entry.length:
            trouble.append(f"acknowledged and short: {leaf!r}")
    group = GroupCommit(store, lambda: recover(vault, now_text), now_text)
    committing = Thread(target=group.run)
    committing.start()
    acknowledged = acks.read_bytes()
    for number in range(1, ROUNDS + 2):
        result = append(group, batch(number))
        if isinstance(result, Exception):
            trouble.append(f"refused afterwards: {result}")
        elif b"deed %d," % number in acknowledged and not result.repeated:
            trouble.append(f"command {number} was done twice")
    group.end()
    committing.join()
    group.store.close()
    os.close(held)
    return [*trouble, *(str(finding) for finding in verify(vault).findings)]


def forked(order: dict[str, str]) -> dict[str, object]:
    """Serve one order; a `write` is left stopped."""
    vault, acks = Path(order.get("vault", "")), Path(order.get("acks", ""))
    match order["do"]:
        case "write":
            child = os.fork()
            if not child:
                _leave(lambda: write(vault, acks))
            os.waitpid(child, os.WUNTRACED)
            return {"pid": child}
        case "wait":
            return {"status": os.waitpid(int(order["pid"]), 0)[1]}
        case _:
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                _leave(lambda: _report(writing, check(vault, acks)))
            os.close(writing)
            with os.fdopen(reading) as stream:
                said = stream.read()
            status = os.waitpid(child, 0)[1]
            return {"trouble": json.loads(said) if said else [f"the start after it ended with status {status}"]}


def _report(writing: int, trouble: list[str]) -> int:
    os.write(writing, json.dumps(trouble).encode())
    return 0


def _leave(work) -> None:  # type: ignore[no-untyped-def]
    status = 1
    try:
        status = work()
    except (OSError, ToteboxError) as error:
        print(f"ended by: {error!r}", file=sys.stderr)
        status = REFUSED
    except BaseException:  # noqa: BLE001 - the root of a forked child: it must not return into its parent's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(forked(json.loads(line))), flush=True)
