"""The gate's own tables: intake, claims, drops, chart, pairings, ticket, head and findings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from protocol.schema import Cell, Table
from protocol.schema.numbers import Decision
from totebox.gate.door import Pairing, Standing
from totebox.gate.drops import Drop
from totebox.gate.intake import Intake
from totebox.gate.pairing_book import Book, RequestState
from totebox.gate.reading import Account
from totebox.gate.tickets import Issued, time_text
from totebox.service.contract import Page
from totebox.service.pages import columns, page, slices
from totebox.vault.api import Checkpoint, Finding

INTAKE = columns(
    "intake text", "name text", "media text", "size bytes", "sha256 hash", "sealed index", "trouble text",
    "suggestion text", "reason text", "service text", "step text", "holder text",
)  # fmt: skip
CLAIMS = columns(
    "number int", "attribute text", "value text", "anchor text", "line int", "page int", "start int", "end int",
    "excerpt text", "rule text", "decision text",
)  # fmt: skip
DROPS = columns("name hash", "shown text", "size bytes", "modified time")
CHART = columns("number text", "profile text", "domain text", "subdomain text", "keywords text", "archetype text")
PAIRINGS = columns(
    "fingerprint text", "label text", "role text", "provider text", "state text", "granted time", "ended time",
    "sessions int", "agent text", "words text", "hardware bool", "required bool", "key hash", "said text",
)  # fmt: skip
TICKET = columns("text text", "role text", "expires time")
HEAD = columns("checkpoint hash", "path hash", "turns text")
FINDINGS = columns(
    "severity text", "path text", "entry index", "offset int", "expected text", "found text", "remedy text"
)

ALL_FINDINGS = "run `os-totebox verify` where the Totebox runs to see more of them"

_DECISIONS = {Decision.YES: "yes", Decision.NO: "no", Decision.SKIP: "skip"}


def intake_page(intakes: Sequence[Intake], cursor: str, limit: int) -> Page:
    """Documents on their way, oldest first."""
    return page("input.intake", INTAKE, slices(map(_intake_row, intakes), cursor), limit)


def _intake_row(intake: Intake) -> tuple[Cell, ...]:
    document = intake.document
    media, trouble = (document.media_type, document.trouble) if document is not None else ("", "")
    return (
        intake.intake, intake.name, media, intake.size_bytes, intake.sha256, intake.sealed, trouble,
        intake.suggestion, intake.reason, intake.service, intake.step, intake.holder,
    )  # fmt: skip


def claims_page(intake: Intake, cursor: str, limit: int) -> Page:
    """What a document claims, and what was decided so far."""
    rows = (
        (
            claim.number, claim.attribute, claim.value, claim.anchor, claim.line, claim.page, claim.start, claim.end,
            claim.excerpt, claim.rule, _decision(intake.decisions.get(claim.number)),
        )
        for claim in intake.claims
    )  # fmt: skip
    return page("input.claims", CLAIMS, slices(rows, cursor), limit)


def _decision(decision: Decision | None) -> str:
    return "" if decision is None else _DECISIONS[decision]


def drops_page(drops: Sequence[Drop], cursor: str, limit: int) -> Page:
    """The settled files of the drop folder."""
    rows = ((drop.name, drop.shown, drop.mark.size_bytes, time_text(drop.mark.mtime_ns // 1_000)) for drop in drops)
    return page("input.drops", DROPS, slices(rows, cursor), limit)


def chart_page(chart: Sequence[Account], query: str, cursor: str, limit: int) -> Page:
    """The Chart of Accounts; every word of `query` has to stand in a row."""
    words = query.casefold().split()
    rows = (
        (row.number, row.profile, row.domain, row.subdomain, row.keywords, row.archetype)
        for row in chart
        if all(
            word in f"{row.number} {row.profile} {row.domain} {row.subdomain} {row.keywords}".casefold()
            for word in words
        )
    )
    return page("input.chart", CHART, slices(rows, cursor), limit)


def pairings_page(book: Book, live: dict[str, tuple[int, str]], now_us: int, cursor: str, limit: int) -> Page:
    """Requests that wait, then every pairing that was ever granted, then requests that came to nothing.

    `live` gives open sessions and the newest agent by fingerprint. `key` is the device key: algorithm (1) and public bytes;
    `required` says that the role needs a key marked as hardware; `said` is what the device called itself, `label` what it is called.
    """
    rows = [*_request_rows(book, now_us, waiting=True), *_pairing_rows(book, live)]
    return page("gate.pairings", PAIRINGS, slices([*rows, *_request_rows(book, now_us, waiting=False)], cursor), limit)


def _pairing_rows(book: Book, live: dict[str, tuple[int, str]]) -> Iterable[tuple[Cell, ...]]:
    for name, row in book.pairings.items():
        state = "paired" if row.standing is Standing.PAIRED else "revoked"
        sessions, agent = live.get(name, (0, ""))
        pairing = row.pairing
        yield (
            name, pairing.label, pairing.role.name, pairing.provider, state, pairing.granted, row.ended or None,
            sessions, agent, "", name in book.hardware, pairing.role in book.required, _key(pairing), row.said,
        )  # fmt: skip


def _request_rows(book: Book, now_us: int, *, waiting: bool) -> Iterable[tuple[Cell, ...]]:
    for name, row in book.requests.items():
        state = row.state
        if state is RequestState.PENDING and now_us > row.expires_us:
            state = RequestState.EXPIRED
        if state is RequestState.APPROVED or (state is RequestState.PENDING) != waiting:
            continue
        wanted, ended = row.wanted, row.ended or time_text(row.expires_us)
        yield (
            name, wanted.label, wanted.role.name, wanted.provider, state.value, None, ended,
            0, "", row.words, name in book.hardware, wanted.role in book.required, _key(wanted), wanted.label,
        )  # fmt: skip


def _key(pairing: Pairing) -> bytes:
    return bytes((pairing.key.algorithm,)) + pairing.key.public


def ticket_table(issued: Issued) -> Table:
    """The answer of PAIR_ISSUE: shown once."""
    return Table("gate.ticket", TICKET, ((issued.text, issued.role.name, issued.expires),))


def head_table(checkpoint: Checkpoint, path: Sequence[bytes], turns: Sequence[int]) -> Table:
    """The answer of HEAD: the signed note, the consistency path end to end, and the entries that name keys, by index."""
    return Table("vault.head", HEAD, ((checkpoint.note, b"".join(path), " ".join(str(index) for index in turns)),))


def findings_page(findings: Sequence[Finding], limit: int) -> Page:
    """The answer of VERIFY. Where not all of them fit into one page, its last row says how many more there are."""
    found = page("vault.findings", FINDINGS, slices(map(_finding_row, findings), ""), limit)
    if not found.more:
        return found
    kept = found.table.rows[:-1]
    first = findings[len(kept)]
    rest = Finding(first.severity, "", None, None, "a list of all", f"{len(findings) - len(kept)} more", ALL_FINDINGS)
    return replace(found, table=replace(found.table, rows=(*kept, _finding_row(rest))))


def _finding_row(one: Finding) -> tuple[Cell, ...]:
    return one.severity, one.path, one.entry, one.offset, one.expected, one.found, one.remedy
