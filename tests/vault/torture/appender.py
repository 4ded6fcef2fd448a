"""A program that starts the vault in argv[1] and appends until the disk is gone, on four threads. It prints each acknowledged leaf."""

import os
import signal
import sys
from itertools import count
from pathlib import Path
from threading import Event, Lock, Thread

from totebox.clock import now_text
from totebox.errors import ToteboxError
from totebox.vault.api import Appended, AuditDraft, Batch, Draft, Line, Member, Whole
from totebox.vault.commit.group import CommitRequest
from totebox.vault.commit.group_commit import GroupCommit
from totebox.vault.commit.recovery import recover
from totebox.vault.life.home import lock

WRITERS = 4
PATIENCE_S = 180


def batch(writer: int, turn: int) -> Batch:
    """A whole file, a claim that cites it, and one of a hundred segments."""
    mark = f"{os.getpid():08x}{writer:04x}{turn:08x}".ljust(32, "0")
    whole = Draft("minutebook", "original", f"deed {mark}", Whole(os.urandom(1 + turn * 977 % 9_000)), name="deed.bin")
    claim = Draft("people", "claim", mark, Line("claims", ("a", "b"), (mark, "x" * (turn % 700))), source=Member(0))
    audit = AuditDraft("COMMAND", "local", "SEAL", command=mark)
    return Batch("local", mark, b"\1" * 32, audit, (whole, claim))


def write(group: GroupCommit, writer: int, turn: Lock) -> None:
    """Append and tell until something is refused."""
    for number in count():
        done, results = Event(), list[Appended | ToteboxError]()

        def answered(result: Appended | ToteboxError, done: Event = done, results: object = results) -> None:
            results.append(result)  # type: ignore[attr-defined]
            done.set()

        group.submit(CommitRequest(batch(writer, number), answered))
        if not done.wait(PATIENCE_S) or isinstance(results[0], ToteboxError):
            return
        with turn:
            for entry in results[0].entries:
                os.write(1, entry.leaf + b"\n")


def main(root: Path) -> None:
    """Until the disk is gone."""
    signal.alarm(900)
    lock(root)
    group = GroupCommit(recover(root, now_text), lambda: recover(root, now_text), now_text)
    Thread(target=group.run, daemon=True).start()
    turn = Lock()
    writers = [Thread(target=write, args=(group, number, turn), daemon=True) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
