"""Following a rotation of log keys: a Totebox that shows other keys than the pinned ones must prove it with entries
that the pinned keys signed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from console.link.pairing import StoredPairing
from console.model.events import Answer
from console.model.tables import first
from protocol.errors import BinderMismatch, NoteError, ProofError
from protocol.schema import Arguments, Bound, Head, Prove, Receipt, Rows
from protocol.schema.numbers import Log
from protocol.trust.note import VerifierKey, parse_vkey, verify_receipt
from protocol.trust.rotation import follow, read_turn

Ask = Callable[[Arguments], Awaitable[Answer]]
MOST_TURNS = 1_024


async def follow_keys(pairing: StoredPairing, bound: Bound, ask: Ask) -> StoredPairing:
    """`pairing` with the log keys that `bound` shows, after each was proved to be the successor of the pinned one.

    Raises:
        BinderMismatch: an entry that proves it is missing; the pinned keys stay.
        LinkDown: the session ended meanwhile.
    """
    vkey = await _followed(Log.RECORDS, pairing.vkey, bound.vkey, ask)
    audit_vkey = await _followed(Log.AUDIT, pairing.audit_vkey, bound.audit_vkey, ask)
    return replace(pairing, vkey=vkey, audit_vkey=audit_vkey)


async def _followed(log: Log, pinned: str, shown: str, ask: Ask) -> str:
    if pinned == shown:
        return pinned
    why = "no entry that the pinned key signed names it"
    try:
        key, newest = parse_vkey(pinned), parse_vkey(shown)
        for index in _turns(await ask(Head(log, 0))):
            step, trouble = _step(key, newest, await ask(Prove(log, index)))
            key, why = step, trouble or why
    except NoteError as fault:
        why = str(fault)
    else:
        if key == newest:
            return shown
    raise BinderMismatch(
        f"the Totebox shows another key for log {parse_vkey(pinned).name} than the pinned one: {why}. "
        "If it was restored, pair with it anew; else do not trust it"
    )


def _turns(answer: Answer) -> list[int]:
    """The indices of entries about keys, as the Totebox names them. Each of these entries is proved."""
    row = first(answer.table) if isinstance(answer, Rows) else None
    words = row.text("turns").split() if row is not None else []
    return [int(word) for word in words[:MOST_TURNS] if word.isdecimal() and len(word) < 19]


def _step(key: VerifierKey, newest: VerifierKey, answer: Answer) -> tuple[VerifierKey, str]:
    """The key after this entry, and why it stayed the same ('' where it changed)."""
    if not isinstance(answer, Receipt):
        return key, "the Totebox does not prove the entry that names it"
    turn = read_turn(answer.proof.leaf)
    if turn is None or turn.index != answer.proof.leaf_index:
        return key, f"entry {answer.proof.leaf_index} does not speak of keys"
    try:
        verify_receipt(answer.proof, answer.checkpoint, newest)
        return follow(key, turn), ""
    except (NoteError, ProofError) as fault:
        return key, str(fault)
