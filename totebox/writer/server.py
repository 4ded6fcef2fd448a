"""Server of the writer process, which holds the vault open for writing and does nothing else. It uses `totebox.writer.messages`.

It starts in this order: lock the vault; write back what a power loss took out of the files, and open the write-ahead log; enter the
cage (totebox/cage); recover; answer READY, or why not. Then the main thread reads requests and answers those that only read. A second
thread commits groups; others copy staged files, two at a time; one counts payload bytes. When the daemon closes its end of the
socketpair, waiting requests are finished, checkpoints are stored, and the process ends. A crash at any point leaves what recovery
handles: see `vault/commit/recovery.py`.
"""

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Semaphore, Thread

from protocol.schema.numbers import Grade, Log
from totebox.cage import writer as cage
from totebox.cage.privileges import become_owner
from totebox.clock import now_text
from totebox.errors import DiskFull, ToteboxError, VaultError
from totebox.files.entrance import read_file
from totebox.process.grants import granted
from totebox.process.surroundings import Surroundings
from totebox.vault.api import Appended, Batch, Staged
from totebox.vault.commit.group import CommitRequest
from totebox.vault.commit.group_commit import GroupCommit
from totebox.vault.commit.recovery import prepare, recover
from totebox.vault.commit.store import Store, payload_bytes
from totebox.vault.disk.durable import FULL, Unnamed
from totebox.vault.disk.write_ahead import Prepared
from totebox.vault.life.home import lock
from totebox.vault.log.cosignatures import check_is_its_own, cosigned, cosigned_row
from totebox.vault.log.journal import NOTE_BYTES
from totebox.vault.places import Process
from totebox.writer import messages as parcel
from totebox.writer.frame import Frames, Word, frame, value

READY = 0
HELD = 16
"""Number of answers that are sent in one system call."""
COPIES = 2
"""Number of requests whose staged files are copied at the same time."""
MAX_LIST = 4_096
RECEIVED_BYTES = 1 << 18
MAX_LIST_BYTES = 8 << 20


def serve(where: Surroundings) -> None:
    """Serve the vault of `where` over the socket that is its first descriptor, until the other end closes.

    `where.grade` is the grade that the operator asked for. A lower grade than KERNEL is reported on stderr with its reason.
    """
    root = where.vault
    assert root is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        # A terminal or a service manager signals the whole process group; the daemon decides when this process ends.
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o022)
    with socket.socket(fileno=where.descriptors[0]) as wire:
        answers = Answers(wire)
        try:
            become_owner(root)
            held = lock(root)
            prepared = prepare(root)
            standing = _shut_in(root, where, prepared)
            store = _open(root, standing, prepared)
        except ToteboxError as error:
            return answers.failed(READY, error)
        except OSError as error:
            return answers.failed(READY, fault(error))
        commit = GroupCommit(store, lambda: _open(root, standing, prepared), now_text, answers.send_held)
        committing = Thread(target=commit.run, name="commit")
        committing.start()
        Thread(target=_count, args=(root, commit), name="count", daemon=True).start()
        answers.done(READY, None)
        try:
            RequestDesk(answers, commit).work(wire)
        finally:
            commit.end()
            committing.join()
        os.close(held)
    return None


def _shut_in(root: Path, where: Surroundings, prepared: Prepared) -> Grade:
    """Enter the cage, where the kernel has one. From then on this process can overwrite the write-ahead log alone."""
    standing = where.settle()
    if standing.is_caged:
        places = granted(root, Process.WRITER)
        overwriting = None if prepared.ahead is None else prepared.ahead.descriptor
        cage.enter(root, places, overwriting, profile=where.profile, log=where.log)
    if standing.grade is not Grade.KERNEL:
        print(f"os-totebox: grade {standing.grade.value}: {standing.reason}", file=sys.stderr, flush=True)  # noqa: T201
    return standing.grade


def _kept(root: Path, path: str) -> bytes | None:
    """The note at `path`; None where there is none. Raises OSError when it is not a plain file."""
    try:
        return read_file(root, path, NOTE_BYTES)
    except FileNotFoundError:
        return None


def _open(root: Path, standing: Grade, prepared: Prepared) -> Store:
    store = recover(root, now_text, prepared=prepared)
    store.grade = standing
    return store


class Answers:
    """Sends answers, from any thread. When the daemon is gone, answers are dropped and its requests are finished all the same."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire, self._turn = wire, Lock()
        self._held: list[bytes] = []
        """Answers to the requests of one group, which are sent together."""

    def done(self, identifier: int, answer: object) -> None:
        """Answer with a value."""
        try:
            self._send(frame(identifier, Word.DONE, answer))
        except VaultError as error:
            self.failed(identifier, error)

    def failed(self, identifier: int, error: ToteboxError) -> None:
        """Answer with an error's code and message."""
        self._send(_failure(identifier, error))

    def hold(self, identifier: int, result: Appended | ToteboxError) -> None:
        """Keep the answer to an append until `send_held`. Called by the committing thread alone."""
        try:
            if isinstance(result, ToteboxError):
                raise result
            self._held.append(frame(identifier, Word.DONE, parcel.appended_value(result)))
        except ToteboxError as error:
            self._held.append(_failure(identifier, error))
        if len(self._held) >= HELD:
            # Sent in parts, so that the first callers of a large group go on while the last are answered.
            self.send_held()

    def send_held(self) -> None:
        """Send the held answers in one system call."""
        held, self._held = self._held, []
        if held:
            self._send(b"".join(held))

    def _send(self, frame: bytes) -> None:
        with self._turn:
            try:
                self._wire.sendall(frame)
            except OSError:
                return


class RequestDesk:
    """Receives requests: it answers reads itself and passes writes to the committing thread."""

    def __init__(self, answers: Answers, commit: GroupCommit) -> None:
        self._answers, self._commit = answers, commit
        self._copying = Semaphore(COPIES)
        self._copies: list[Thread] = []

    def work(self, wire: socket.socket) -> None:
        """Handle requests until the other end closes."""
        frames = Frames()
        # A daemon that was killed with unread answers resets the socket: that ends the work too. So do bytes that are not a frame.
        with contextlib.suppress(ConnectionError, VaultError):
            while data := wire.recv(RECEIVED_BYTES):
                for identifier, word, body in frames.feed(data):
                    self._take(identifier, word, body)
        for thread in self._copies:
            thread.join()

    def _take(self, identifier: int, word: int, body: bytes) -> None:
        try:
            self._handle(identifier, Word(word), value(body))
        except ToteboxError as error:
            self._answers.failed(identifier, error)
        except OSError as error:
            self._answers.failed(identifier, fault(error))
        except Exception as error:  # noqa: BLE001 - the root of one request: the others go on
            self._answers.failed(
                identifier, VaultError(f"a fault in the vault's writer: {type(error).__name__}: {error}")
            )

    def _handle(self, identifier: int, word: Word, asked: object) -> None:
        match word, asked:
            case Word.APPEND, batch:
                self._append(identifier, parcel.get_batch(batch))
            case Word.AUDIT, (row, bool(durable)):
                self._commit.submit(CommitRequest(parcel.get_audit(row), self._answering(identifier), durable))
            case Word.COSIGN, (int(log), bytes(note), str(vkey), str(actor)):
                self._cosign(identifier, Log(log), note, vkey, actor)
            case _:
                self._answers.done(identifier, self._read(word, asked))

    def _read(self, word: Word, asked: object) -> object:
        store = self._commit.store
        match word, asked:
            case Word.READ, (int(index), int(offset), int(size)):
                return store.read(index, offset, size)
            case Word.LIST, (int(log), int(start), int(limit)):
                leaves = store.logs[Log(log)].leaves(start, min(max(limit, 0), MAX_LIST))
                return leaves[: _fitting(leaves)]
            case Word.PROVE, (int(log), int(index)):
                return parcel.proven_value(store.prove(Log(log), index))
            case Word.CONSISTENCY, (int(log), int(old)):
                return parcel.consistency_value(*store.consistency(Log(log), old))
            case Word.HEAD, None:
                return parcel.head_value(store.head())
        raise VaultError(f"the writer cannot answer {word.name} in this form")

    def _append(self, identifier: int, batch: Batch) -> None:
        request = CommitRequest(batch, self._answering(identifier))
        staged = [draft.payload for draft in batch.drafts if isinstance(draft.payload, Staged)]
        if not staged or self._commit.store.read_only:
            self._commit.submit(request)
            return
        thread = Thread(target=self._prepare, args=(identifier, request, staged), name="copy")
        self._copies = [copy for copy in self._copies if copy.is_alive()] + [thread]
        thread.start()

    def _cosign(self, identifier: int, log: Log, note: bytes, vkey: str, actor: str) -> None:
        store, tell = self._commit.store, self._answering(identifier)
        since = max(store.turns[log is Log.AUDIT], default=-1) + 1
        journal = store.logs[log]
        name, stored = cosigned(journal.head, since, note, vkey)
        row = cosigned_row(journal.places, name, vkey, actor)
        check_is_its_own(name, _kept(store.disk.root, row.subject), vkey)

        def answer(result: Appended | ToteboxError) -> None:
            if not isinstance(result, ToteboxError):
                try:
                    # The row that says so is durable; a crash here leaves a row about a file that never came, which is no harm.
                    kept = _kept(store.disk.root, row.subject)
                    check_is_its_own(name, kept, vkey)
                    if kept is None:
                        store.disk.seal(row.subject, (stored,))
                except ToteboxError as error:
                    result = error
                except OSError as error:
                    result = fault(error)
            tell(result)

        self._commit.submit(CommitRequest(row, answer))

    def _prepare(self, identifier: int, request: CommitRequest, staged: list[Staged]) -> None:
        """Copy the staged files before the request joins a group, so that a large original delays no other request."""
        ready: dict[str, Unnamed] = {}
        try:
            with self._copying:
                for payload in staged:
                    unnamed = self._commit.store.files.prepare(payload)
                    if unnamed is not None:
                        ready[payload.name] = unnamed
        except (ToteboxError, OSError) as error:
            for unnamed in ready.values():
                unnamed.discard()
            self._answers.failed(identifier, error if isinstance(error, ToteboxError) else fault(error))
            return
        request.prepared = ready
        self._commit.submit(request)

    def _answering(self, identifier: int) -> Callable[[Appended | ToteboxError], None]:
        return lambda result: self._answers.hold(identifier, result)


def _failure(identifier: int, error: ToteboxError) -> bytes:
    return frame(identifier, Word.FAILED, (error.code, str(error)))


def fault(error: OSError) -> ToteboxError:
    """The error that is sent to the caller for an error of the operating system."""
    if error.errno in FULL:
        return DiskFull("the disk is full: nothing was appended; free some space and try again")
    where = f" at {error.filename}" if error.filename else ""
    return VaultError(f"the disk failed{where}: {error.strerror or error}")


def _fitting(leaves: list[bytes]) -> int:
    room, count = MAX_LIST_BYTES, 0
    for leaf in leaves:
        room -= len(leaf)
        if room < 0 and count:
            break
        count += 1
    return count


def _count(root: Path, commit: GroupCommit) -> None:
    """Count the payload bytes, in a thread of its own."""
    try:
        commit.store.payload_bytes = payload_bytes(root)
    except OSError:
        return
