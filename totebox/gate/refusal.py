"""How a handler refuses: `Refused` becomes a Refusal on the wire and a REFUSED row in the audit log."""

from protocol.schema.numbers import RefusalCode
from protocol.schema.waiting import wait_remedy
from totebox.errors import (
    DiskFull,
    NoSuchEntry,
    OnceConflict,
    ReadOnly,
    RecordRejected,
    ToteboxError,
    UnreadableDocument,
    UploadBroken,
    VaultDamaged,
)
from totebox.service.query import BadQuery


class Refused(Exception):
    """The command is not carried out. `reason` says why, `remedy` what to do next."""

    def __init__(self, code: RefusalCode, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.remedy = remedy


class Unrecorded(Refused):
    """A refusal for which no row is written: the device has no rows left, or the disk has no room. The next row of the
    device counts it.
    """


def too_many(what: str, wait_s: float) -> Unrecorded:
    """The device used up its rows. The remedy states the wait in a form that a console reads
    (`protocol.schema.waiting`).
    """
    return Unrecorded(RefusalCode.TOO_MANY, what, wait_remedy(wait_s, "then ask again; this was not carried out"))


_CODES: dict[type[ToteboxError], tuple[RefusalCode, str]] = {
    NoSuchEntry: (RefusalCode.NOT_FOUND, "ask for an index below the tree size"),
    OnceConflict: (RefusalCode.CONFLICT, "use a new once id for another command"),
    RecordRejected: (RefusalCode.BAD_ARGUMENTS, "change what is named and send it again"),
    ReadOnly: (RefusalCode.READ_ONLY, "reading goes on; run `os-totebox doctor DIR` on the Totebox's host"),
    DiskFull: (RefusalCode.DISK_FULL, "make room on the Totebox's disk; nothing was sealed and nothing is lost"),
    VaultDamaged: (RefusalCode.READ_ONLY, "run `os-totebox verify DIR` on the Totebox's host"),
    UnreadableDocument: (RefusalCode.UNREADABLE, "check the file on its own host and offer it again"),
    UploadBroken: (
        RefusalCode.CANCELLED,
        "offer the file again; in the same session the upload continues where it stopped",
    ),
}


def refusal_of(error: ToteboxError) -> Refused:
    """The refusal that reports `error`. The command that met the error changed nothing."""
    if isinstance(error, BadQuery):
        return Refused(RefusalCode.BAD_ARGUMENTS, error.reason, error.remedy)
    for kind, (code, remedy) in _CODES.items():
        if isinstance(error, kind):
            return Refused(code, str(error), remedy)
    return Refused(RefusalCode.UNAVAILABLE, str(error), "try again; if it persists run `os-totebox doctor DIR`")
