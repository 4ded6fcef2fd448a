"""The gate's own tables: intake, claims, drops, chart, pairings, ticket, head and findings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from protocol.schema import Cell, Table
from protocol.schema.chart import Account
from protocol.schema.numbers import Decision, Op
from totebox.gate.door import Pairing, Standing
from totebox.gate.drops import Drop
from totebox.gate.intake import Intake
from totebox.gate.pairing_book import Book, PairingRow, RequestState
from totebox.gate.tickets import Issued, time_text
from totebox.service.contract import Page
from totebox.service.pages import columns, page, whole_page
from totebox.service.query import Query
from totebox.service.table import Key, TableSpec
from totebox.vault.api import Checkpoint, Finding

INTAKE = TableSpec(
    "input.intake",
    columns(
        "intake text", "name text", "media text", "size bytes", "sha256 hash", "sealed index", "trouble text",
        "suggestion text", "reason text", "service text", "step text", "holder text", "account text",
    ),
    own=(
        Key("intake", "about the document with that id"),
        Key("step", "at that step", written=str.lower),
        Key("sealed", "whose bytes are entry N already"),
    ),
    searched=("name", "media", "suggestion", "reason", "holder"),
)  # fmt: skip
CLAIMS = TableSpec(
    "input.claims",
    columns(
        "number int", "attribute text", "value text", "anchor text", "line int", "page int", "start int", "end int",
        "excerpt text", "rule text", "decision text", "because text",
    ),
    own=(
        Key("intake", "of the document with that id in input.intake", needed=True),
        Key("attribute", "of that attribute (person, email, amount ...)", written=str.lower),
        Key("decision", "decided so (yes, no, skip)", written=str.lower),
    ),
    searched=("value", "anchor", "excerpt"),
)  # fmt: skip
DROPS = TableSpec("input.drops", columns("name hash", "shown text", "size bytes", "modified time"), searched=("shown",))
CHART = TableSpec(
    "input.chart",
    columns(
        "number text",
        "profile text",
        "domain text",
        "subdomain text",
        "keywords text",
        "archetype text",
        "service text",
    ),
    own=(Key("number", "of that account"),),
    searched=("number", "profile", "domain", "subdomain", "keywords"),
)
PAIRINGS = TableSpec(
    "gate.pairings",
    columns(
        "fingerprint text", "label text", "role text", "provider text", "state text", "granted time", "ended time",
        "sessions int", "agent text", "words text", "hardware bool", "required bool", "key hash", "said text",
        "by text", "person text",
    ),
    own=(
        Key("fingerprint", "of the device whose fingerprint begins so", op=Op.STARTS),
        Key("role", "of that role", written=str.upper),
        Key("state", "in that state (paired, pending, revoked ...)", written=str.lower),
    ),
    searched=("fingerprint", "label", "role", "provider", "state", "agent", "said"),
)  # fmt: skip
TICKET = columns("text text", "role text", "expires time")
HEAD = columns("checkpoint hash", "path hash", "turns text", "tree_size int", "root hash")
FINDINGS = columns(
    "severity text", "path text", "entry index", "offset int", "expected text", "found text", "remedy text"
)

ALL_FINDINGS = "run `os-totebox verify` where the Totebox runs to see more of them"

_DECISIONS = {Decision.YES: "yes", Decision.SKIP: "skip"}


def intake_page(intakes: Sequence[Intake], query: Query) -> Page:
    """The open documents, oldest first."""
    return whole_page(INTAKE, map(_intake_row, intakes), query)


def _intake_row(intake: Intake) -> tuple[Cell, ...]:
    document = intake.document
    media, trouble = (document.media_type, document.trouble) if document is not None else ("", "")
    return (
        intake.intake, intake.name, media, intake.size_bytes, intake.sha256, intake.sealed, trouble,
        intake.suggestion, intake.reason, intake.service, intake.step, intake.holder,
        intake.account,
    )  # fmt: skip


def claims_page(intake: Intake, query: Query) -> Page:
    """The claims of a document, and the decisions so far. `query` no longer names the document."""
    rows = (
        (
            claim.number, claim.attribute, claim.value, claim.anchor, claim.line, claim.page, claim.start, claim.end,
            claim.excerpt, claim.rule, *_decision(intake.decisions.get(claim.number)),
        )
        for claim in intake.claims
    )  # fmt: skip
    return whole_page(CLAIMS, rows, query)


def _decision(decision: Decision | None) -> tuple[str, str]:
    """What was decided, and why it was rejected."""
    return ("", "") if decision is None else (_DECISIONS.get(decision, "no"), decision.reason)


def drops_page(drops: Sequence[Drop], query: Query) -> Page:
    """The files of the drop folder that have stopped changing."""
    rows = ((drop.name, drop.shown, drop.mark.size_bytes, time_text(drop.mark.mtime_ns // 1_000)) for drop in drops)
    return whole_page(DROPS, rows, query)


def chart_page(chart: Sequence[Account], query: Query) -> Page:
    """The Chart of Accounts."""
    return whole_page(CHART, (account.cells() for account in chart), query)


def pairings_page(book: Book, live: dict[str, tuple[int, str]], now_us: int, query: Query) -> Page:
    """Pending requests, then every pairing that was ever granted, then requests that led to no pairing.

    `live` gives the open sessions and the newest agent by fingerprint. `key` is the device key: algorithm (1 byte) and
    public bytes; `required` says that the role needs a key marked as hardware; `said` is what the device called itself,
    `label` is its name here; `by` is who issued its ticket.
    """
    rows = [*_request_rows(book, now_us, waiting=True), *_pairing_rows(book, live)]
    return whole_page(PAIRINGS, [*rows, *_request_rows(book, now_us, waiting=False)], query)


def _pairing_rows(book: Book, live: dict[str, tuple[int, str]]) -> Iterable[tuple[Cell, ...]]:
    for name, row in book.pairings.items():
        state = "paired" if row.standing is Standing.PAIRED else "revoked"
        sessions, agent = live.get(name, (0, ""))
        pairing = row.pairing
        yield (
            name, pairing.label, pairing.role.name, pairing.provider, state, pairing.granted, row.ended or None,
            sessions, agent, "", name in book.hardware, pairing.role in book.required, _key(pairing), row.said,
            _granter(book, row), row.person,
        )  # fmt: skip


def _granter(book: Book, row: PairingRow) -> str:
    """Who issued the ticket by which it was paired; '' where an operator approved it without a ticket."""
    ticket = book.tickets.get(row.ticket_id)
    return ticket.user if ticket is not None else ""


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
            "", "",
        )  # fmt: skip


def _key(pairing: Pairing) -> bytes:
    return bytes((pairing.key.algorithm,)) + pairing.key.public


def ticket_table(issued: Issued) -> Table:
    """The answer of PAIR_ISSUE, which is shown once."""
    return Table("gate.ticket", TICKET, ((issued.text, issued.role.name, issued.expires),))


def head_table(checkpoint: Checkpoint, path: Sequence[bytes], turns: Sequence[int]) -> Table:
    """The answer of HEAD: the signed note, the consistency path end to end, the entries that name keys, by index, and
    what the note says: the tree size and the root.
    """
    named = " ".join(str(index) for index in turns)
    row = (checkpoint.note, b"".join(path), named, checkpoint.tree_size, checkpoint.root)
    return Table("vault.head", HEAD, (row,))


def findings_page(findings: Sequence[Finding], limit: int) -> Page:
    """The answer of VERIFY. Where the findings do not fit into one page, its last row says how many more there are."""
    found = page(
        "vault.findings", FINDINGS, ((str(number), _finding_row(one)) for number, one in enumerate(findings, 1)), limit
    )
    if not found.more:
        return found
    kept = found.table.rows[:-1]
    first = findings[len(kept)]
    rest = Finding(first.severity, "", None, None, "a list of all", f"{len(findings) - len(kept)} more", ALL_FINDINGS)
    return replace(found, table=replace(found.table, rows=(*kept, _finding_row(rest))))


def _finding_row(one: Finding) -> tuple[Cell, ...]:
    return one.severity, one.path, one.entry, one.offset, one.expected, one.found, one.remedy
