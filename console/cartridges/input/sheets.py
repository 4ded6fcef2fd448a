"""Texts of F12: the steps, a waiting document, a refusal, the destination, the receipt. Pure."""

from textwrap import wrap

from console.chassis.facts import Line, line
from console.chassis.segments import crop
from console.model.cells import number, size
from console.model.input.chart import shown_path
from console.model.input.intake import ClaimCounts, InputStep, Intake, Origin, QueueState, count
from console.model.input.tray import Queued, Sealed, Tray, Work
from console.model.proofs import Verdict
from console.model.safe_text import safe_line
from protocol.schema import Refusal
from protocol.schema.chart import Account
from protocol.schema.numbers import RefusalCode

LABEL = 13

WHAT_TO_DO = {
    RefusalCode.HELD: "Another device works on it. Try again when it is done, or go on with the next document.",
    RefusalCode.ALREADY_SEALED: "Enter opens the entry that holds these bytes. Nothing new was recorded.",
    RefusalCode.TOO_LARGE: "Split the document, or make it smaller, and take it again.",
    RefusalCode.HASH_MISMATCH: "The bytes changed on their way. Enter takes the document again from its beginning.",
    RefusalCode.DISK_FULL: "Make room on the Totebox's host. Enter tries again; nothing is lost.",
    RefusalCode.READ_ONLY: "The Totebox takes no records now: see F11 for the reason. Enter tries again.",
    RefusalCode.UNREADABLE: "Check the file, then Enter tries again.",
    RefusalCode.UNAVAILABLE: "When the link is back Enter tries again; nothing is lost.",
    RefusalCode.NOT_FOUND: "The Totebox no longer has it in staging. Enter takes it again; were it sealed, it would say at which entry.",
    RefusalCode.NOT_PERMITTED: "This device may read, not record. An ADMIN pairs it with the role INPUT at F11.",
    RefusalCode.TOO_MANY: "Finish or abandon a document that was kept for later, then Enter tries again.",
}


def steps(step: InputStep | None, *, sealed: bool = False, narrow: bool = False) -> Line:
    """The five steps on one line: done, present, to come. The signs say the same as the colours."""
    parts: list[tuple[str, str]] = []
    for each in InputStep:
        if parts:
            parts.append(("muted", " › " if not narrow else "›"))
        if sealed or (step is not None and each < step):
            parts.append(("good", f"✓{each.value} {each.name}"))
        elif each is step:
            parts.append(("mark", f"▸{each.value} {each.name} "))
        else:
            parts.append(("muted", f" {each.value} {each.name}"))
    return tuple(parts)


def heading(item: Queued | None, tray: Tray, width: int) -> Line:
    """Which document this is about. A long name is cut; the document's state is not."""
    if tray.correcting:
        index, name = tray.correcting
        said = ("warn", f"CORRECTION of entry {number(index)} {safe_line(name)}")
        return line(said, ("label", "  give the path of the corrected file · Esc: no correction"))
    if item is None:
        return line(("label", "Nothing is a record before step 5. One document at a time, one keystroke a claim."))
    parts = [("label", f"  {item.place.glyph} {item.place.value}")]
    if item.size:
        parts.append(("label", f"  {size(item.size)}"))
    if item.supersedes is not None:
        parts.append(("warn", f"  corrects entry {number(item.supersedes)}"))
    room = width - 2 - sum(len(text) for _, text in parts)
    return (("title", crop(safe_line(item.name), max(12, room))), *parts)


def guide(width: int) -> list[Line]:
    """What to do when nothing is at work."""
    said = [line(("title", "Documents enter here, and nowhere else."), "")]
    for key, text in (
        ("p", "type or paste a path of this console's own host; several at once make a queue"),
        ("drop", "drag files onto the terminal: it pastes their paths"),
        ("folder", "or put them into the Totebox's drop folder app-console-input/"),
        ("Enter", "takes the document under the cursor through the five steps"),
    ):
        said += _labelled(key, text, width)
    return said


def waiting(item: Queued, width: int) -> list[Line]:
    """A document that was not taken yet, or was set aside."""
    said = [line(("title", safe_line(item.name)))]
    if item.origin is Origin.PATH:
        said += _labelled("path", item.path, width)
    else:
        said += _labelled(
            "from",
            f"the Totebox's drop folder, {size(item.size)}" if item.origin is Origin.DROP else "an earlier session",
            width,
        )
    if item.supersedes is not None:
        said += _labelled("corrects", f"entry {number(item.supersedes)}", width, "warn")
    said.append(line(""))
    match item.place:
        case QueueState.KEPT:
            said += _wrapped("Kept for later with all its answers. Enter goes on where it was; a abandons it.", width)
        case QueueState.ABANDONED:
            said += _wrapped("Abandoned: no record was made. Enter takes it again, x takes it off the list.", width)
        case _:
            said += _wrapped("Enter begins: step 1 hashes it while it is sent. x takes it off the list.", width)
    return said


def hashing(item: Queued, work: Work, width: int) -> list[Line]:
    """Step 1 in progress."""
    done, total = work.done, work.total
    share = done * 100 // total if total else 0
    cells = max(10, min(40, width - 16))
    full = cells * share // 100
    where = (
        "the Totebox takes it from its drop folder" if item.origin is Origin.DROP else "hashed here, sent, hashed there"
    )
    said = [line(("title", f"Taking in {safe_line(item.name)}")), line("")]
    if total and item.origin is Origin.PATH:
        said.append(line(("good", "█" * full), ("muted", "░" * (cells - full)), f" {share:3} %"))
        said.append(line(("label", f"{size(done)} of {size(total)}")))
        said.append(line(""))
    said += _wrapped(
        f"{where}; its type is read from its content, its execute bits are gone, its text is read in a cage.", width
    )
    return said


def refused(refusal: Refusal, width: int, index: int | None = None) -> list[Line]:
    """A refusal: the word, the reason, and what to do."""
    said = [line(("bad", f"✗ {refusal.code.name}")), line("")]
    said += _labelled("why", refusal.reason, width)
    if index is not None:
        said += _labelled("entry", number(index), width, "notice")
    if refusal.remedy:
        said += _labelled("remedy", refusal.remedy, width)
    advice = WHAT_TO_DO.get(refusal.code, "Enter tries again; nothing was recorded and nothing is lost.")
    return [*said, line(""), *_wrapped(advice, width)]


def leaving(item: Queued, width: int) -> list[Line]:
    """The question what happens to an unfinished document."""
    return [
        line(("warn", f"Leave {safe_line(item.name)} half-way?")),
        line(""),
        *_labelled("l", "keep it for later: every answer stays, the Totebox holds it for this device", width),
        *_labelled(
            "a", "abandon it: its staging is cleared, no record is made; answers given stay in the audit log", width
        ),
        *_labelled("Esc", "go on with it", width),
    ]


def destination(item: Queued, work: Work, account: Account | None, entity: str, width: int) -> list[Line]:
    """Step 5: what will be sealed, and where."""
    counts = count(work.claims)
    where = f"{work.account} {shown_path(account)}" if account else work.account
    intake = work.intake
    assert intake is not None, "there is no step 5 without an intake"
    said = refused(work.refusal, width) if work.refusal is not None else []
    said += [line(("mark", " Seal this document? "), "  y seals it · Esc goes back · a abandons it"), line("")]
    said += _labelled("document", item.name, width)
    said += _labelled("into", f"{entity}, service {work.service}", width)
    said += _labelled("account", where, width)
    if account and account.archetype:
        said += _labelled("anchor", account.archetype, width)
    said += _labelled("bytes", f"{number(intake.size)}, {intake.media or 'unknown type'}", width)
    said += _labelled("sha256", intake.sha256.hex(), width, "notice")
    said += _hash_verdict(work, intake, width)
    said += _claim_lines(counts, width)
    if item.supersedes is not None:
        said += _labelled("supersedes", f"entry {number(item.supersedes)}, which stays as it is", width, "warn")
    return said


def _hash_verdict(work: Work, intake: Intake, width: int) -> list[Line]:
    if not work.sha256:
        return _labelled("", "? hashed by the Totebox; this console did not see these bytes", width, "muted")
    if work.sha256 == intake.sha256:
        return _labelled("", "✓ the same that this console computed", width, "good")
    return _labelled("", f"✗ this console computed {work.sha256.hex()}", width, "bad")


def _claim_lines(counts: ClaimCounts, width: int) -> list[Line]:
    said = _labelled(
        "claims",
        f"✓ {counts.approved} approved: they become verified records",
        width,
        "good" if counts.approved else "",
    )
    said += _labelled("", f"✗ {counts.rejected} rejected: they go to quarantine, with the rejection", width)
    return said + _labelled("", f"? {counts.pending} pending: nothing is written of them", width)


def receipt(sealed: Sealed, verdict: Verdict, width: int) -> list[Line]:
    """The receipt: index, proof, checkpoint, each with the result of this console's check."""
    row, head = verdict.row, verdict.head
    good = verdict.holds and not sealed.trouble
    said = [
        line(
            (
                "good" if good else "bad",
                f"{'✓ SEALED' if good else '✗ NOT PROVEN'}  {safe_line(sealed.name)} is entry {number(sealed.receipt.index)}",
            )
        )
    ]
    said.append(line(""))
    if row is not None:
        said += _labelled("time", row.time, width)
        said += _labelled("path", row.path, width)
        said += _labelled("sha256", row.sha256.hex(), width, "notice")
    if head is not None:
        said += _labelled("tree", f"{number(head.tree_size)} entries, root {head.root.hex()}", width)
    counts = count(sealed.work.claims)
    said += _labelled(
        "claims", f"{counts.approved} approved, {counts.rejected} rejected, {counts.pending} pending", width
    )
    said += [line(""), line(("title", "Verified by this console, not believed"))]
    for check in verdict.checks:
        tone = "muted" if check.holds is None else "good" if check.holds else "bad"
        said += _labelled(check.what, f"{check.glyph} {check.detail}", width, tone, column=18)
    if sealed.trouble:
        said += _labelled("trouble", sealed.trouble, width, "bad", column=18)
    return [
        *said,
        line(""),
        *_wrapped("Enter: the next document · o: open it in F5 · w: save this receipt", width),
    ]


def _labelled(label: str, value: str, width: int, tone: str = "", *, column: int = LABEL) -> list[Line]:
    """A label and its value, wrapped under itself."""
    pieces = wrap(safe_line(value), max(12, width - column - 2)) or [""]
    first = line(("label", f"{label:<{column}}"), (tone, pieces[0]))
    return [first, *(line(("", " " * column), (tone, piece)) for piece in pieces[1:])]


def _wrapped(text: str, width: int) -> list[Line]:
    return [line(("label", piece)) for piece in wrap(text, max(12, width - 2))]
