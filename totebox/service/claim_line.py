"""The line that seals a decided claim: one set of columns for verified, stated and rejected claims.

A line can be joined in a spreadsheet: `entry` and `document_entry` are indices of the register, `audit` is one of the audit register.
"""

from totebox.service.contract import Claim, Sealing
from totebox.service.lines import one_line
from totebox.service.segment import segment_columns
from totebox.vault.api import Line, Member, Own

COLUMNS = segment_columns(
    ("entry", "index", "the entry of this line in ledger/register"),
    ("document", "text", "the name of the original"),
    ("document_entry", "index", "the entry of the original in ledger/register"),
    ("document_sha256", "hex", "SHA-256 of the original"),
    ("account", "text", "the number of the account to which the original was routed"),
    ("account_name", "text", "the name of that account, Profile / Domain / Sub-Domain"),
    ("attribute", "word", "what is claimed: person, organisation, email, phone, date, amount, iban"),
    (
        "role",
        "word",
        "what an amount or a date is in the document, such as total or due; empty where that is not known",
    ),
    ("value", "text", "the value; an amount is written with its currency, a date as YYYY-MM-DD"),
    ("sign", "word", "of an amount: plus or minus; else empty"),
    ("anchor", "text", "the person, organisation or account that the claim is about; empty where it stands for itself"),
    ("page", "number", "the page of the original, from 1; 0 where the format has no pages"),
    ("line", "text line", "the line of the extracted text, from 1"),
    ("start", "code points", "where the words begin in the extracted text, from 0"),
    ("end", "code points", "where they end: the place after the last one"),
    ("excerpt", "text", "the line, with the words as they are written between ⟦ and ⟧"),
    ("rule", "word", "the rule that found it, with its version; operator where a person stated it"),
    ("status", "word", "verified, rejected, or stated by a person as a correction"),
    ("reason", "word", "why it was rejected; empty where no reason was given"),
    ("audit", "index", "the row of ledger/audit/register that approved it"),
    ("time", "RFC 3339 UTC", "when it was sealed"),
)
HEADER = tuple(column.name for column in COLUMNS)
_ENTRY, _DOCUMENT_ENTRY, _AUDIT = (HEADER.index(name) for name in ("entry", "document_entry", "audit"))


def claim_line(segment: str, sealing: Sealing, claim: Claim, anchor: str, status: str, reason: str = "") -> Line:
    """The line of `claim`, whose original is member 0 of the batch.

    Args:
        status: `verified` or `rejected`.
        reason: why it was rejected; '' where no reason was given.
    """
    cells = {
        "document": one_line(sealing.name),
        "document_sha256": sealing.sha256.hex(),
        "account": sealing.account,
        "account_name": one_line(sealing.account_name),
        "attribute": claim.attribute,
        "role": claim.role,
        "value": one_line(claim.value),
        "sign": sign_of(claim.attribute, claim.value),
        "anchor": one_line(anchor),
        "page": str(claim.page),
        "line": str(claim.line),
        "start": str(claim.start),
        "end": str(claim.end),
        "excerpt": one_line(claim.excerpt),
        "rule": claim.rule,
        "status": status,
        "reason": reason,
        "time": sealing.time,
    }
    return line_of(segment, cells, Member(0))


def line_of(segment: str, cells: dict[str, str], document: Member | int) -> Line:
    """The line with `cells` by column; a column that is not named is empty. `document` is the entry of the original."""
    cites: tuple[tuple[int, Member | Own], ...] = ((_ENTRY, Own.ENTRY), (_AUDIT, Own.AUDIT))
    if isinstance(document, Member):
        cites += ((_DOCUMENT_ENTRY, document),)
    else:
        cells = {**cells, "document_entry": str(document)}
    return Line(segment, HEADER, tuple(cells.get(name, "") for name in HEADER), cites)


def sign_of(attribute: str, value: str) -> str:
    """`plus` or `minus` of an amount; '' of anything else."""
    if attribute != "amount":
        return ""
    return "minus" if value.lstrip().startswith(("-", "\u2212")) else "plus"
