"""The messages of `os-totebox` about errors: one line with what happened, where, and what to do. Nothing is printed
here.
"""

import errno
import os
from pathlib import Path

from protocol.errors import PspError
from totebox.errors import ToteboxError
from totebox.files.entrance import Planted, TooLarge
from totebox.gate.names import safe_text

FAILED = 2
KNOWN = (ToteboxError, PspError, OSError)
_FULL = "make room there and try again"
_NOT_ALLOWED = "run as the owner of the vault, or mend the permissions"
_REMEDIES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: "mount it for writing, or work on a copy elsewhere",
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EIO: "the disk fails: copy the vault to another one and verify the copy",
}


def said(fault: BaseException, directory: Path | None) -> tuple[str, int]:
    """The line and the exit status for an exception of a verb; `directory` is the DIR that the verb was about.

    An unexpected exception is a fault of this program: its line names the place in the program, and its status is never
    one with which a verb states a result.
    """
    known = _known(fault)
    match known:
        case ToteboxError():
            return str(known), known.exit_status
        case PspError():
            return str(known), FAILED
        case OSError():
            return _world(known, directory), FAILED
        case _:
            return f"{_ours(_leaf(fault))}; nothing was decided: report this line to whoever made this program", FAILED


def foreseen(fault: BaseException) -> bool:
    """Whether the cause of the exception lies outside this program."""
    return _known(fault) is not None


def _known(fault: BaseException) -> BaseException | None:
    if not isinstance(fault, BaseExceptionGroup):
        return fault if isinstance(fault, KNOWN) else None
    found = fault.subgroup(KNOWN)
    return None if found is None else _leaf(found)


def _leaf(fault: BaseException) -> BaseException:
    return _leaf(fault.exceptions[0]) if isinstance(fault, BaseExceptionGroup) else fault


def _world(fault: OSError, directory: Path | None) -> str:
    """The line for what the system refused. A name that is no absolute path is shown below its directory."""
    name = os.fsdecode(fault.filename) if isinstance(fault.filename, (str, bytes)) else ""
    where = ": ".join(part for part in ("" if Path(name).is_absolute() else str(directory or ""), name) if part)
    remedy = _REMEDIES.get(fault.errno or 0, "check the path, its permissions and the disk")
    if isinstance(fault, Planted | TooLarge):
        remedy = fault.remedy
    return f"{safe_text(where)}{': ' if where else ''}{fault.strerror or fault}; {remedy}"


def _ours(fault: BaseException) -> str:
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}" if trace else ""
    return f"a fault of this program{place}: {type(fault).__name__}: {safe_text(str(fault))}"
