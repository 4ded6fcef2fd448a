"""Amounts of money: a number with its unit before or behind it, its sign, its scale, and what it is in the document.

An amount whose number, sign or unit cannot be told gives no claim: `2 150.00 EUR` may be two pieces at 150.00.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from totebox.services.extraction.hit import Hit, rule
from totebox.services.extraction.numbers import Number, NumberScanner

VERSION = 2
CODES = [
    "EUR",
    "GBP",
    "USD",
    "CAD",
    "AUD",
    "NZD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "ISK",
    "JPY",
    "CNY",
    "HKD",
    "SGD",
    "TWD",
    "KRW",
    "THB",
    "MYR",
    "IDR",
    "VND",
    "ZAR",
    "NGN",
    "KES",
    "GHS",
    "EGP",
    "INR",
    "PKR",
    "LKR",
    "BDT",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "RSD",
    "UAH",
    "RUB",
    "BRL",
    "MXN",
    "AED",
    "SAR",
    "QAR",
    "ILS",
    "TRY",
]
WRITTEN = {
    "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "US$": "USD", "HK$": "HKD", "S$": "SGD", "R$": "BRL",
    "£": "GBP", "€": "EUR", "₦": "NGN", "₹": "INR", "₽": "RUB", "₴": "UAH", "₺": "TRY", "₪": "ILS", "₩": "KRW", "₱": "PHP",
    "₫": "VND", "$": "$", "¥": "¥", "SFr.": "CHF", "zł": "PLN", "Kč": "CZK", "kr.": "kr", "kr": "kr", "euros": "EUR",
    "euro": "EUR", "Euros": "EUR", "Euro": "EUR", "pounds sterling": "GBP", "pounds": "pounds",
    **{code: code for code in CODES},
}  # fmt: skip
"""The units as they are written, by the currency that each means: `$` and `kr` do not say which."""
BEHIND_ONLY = frozenset({"euros", "euro", "Euros", "Euro", "pounds sterling", "pounds", "zł", "Kč"})
DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN"})
COMMA_GROUPS = frozenset(
    [
        "GBP",
        "USD",
        "CAD",
        "AUD",
        "NZD",
        "HKD",
        "SGD",
        "TWD",
        "JPY",
        "CNY",
        "KRW",
        "THB",
        "MYR",
        "NGN",
        "KES",
        "GHS",
        "EGP",
        "INR",
        "PKR",
        "LKR",
        "BDT",
        "MXN",
        "AED",
        "SAR",
        "QAR",
        "ILS",
        "PHP",
        "$",
        "¥",
    ]
)
"""Currencies whose countries write `1,250` for a thousand and more."""
DOT_GROUPS = frozenset({"BRL", "IDR", "VND"})
"""Currencies whose countries write `1.250` for a thousand and more."""
UNIT = re.compile(
    r"(?<![^\W\d])(?<!\$)(?:"
    + "|".join(
        re.escape(unit) + (r"(?![^\W\d])" if unit[-1].isalpha() else "") for unit in sorted(WRITTEN, key=len)[::-1]
    )
    + ")"
)
ZEROS = {
    "k": 3, "K": 3, "thousand": 3, "Tsd": 3, "lakh": 5, "m": 6, "mn": 6, "mln": 6, "million": 6, "Mio": 6, "Millionen": 6,
    "millions": 6, "crore": 7, "bn": 9, "mld": 9, "billion": 9, "Mrd": 9, "Milliarden": 9, "milliards": 9,
}  # fmt: skip
UNKNOWN_SCALES = frozenset(
    [
        "hundred",
        "dozen",
        "mille",
        "mil",
        "tusen",
        "tys",
        "trillion",
        "millones",
        "miljoner",
        "miljoen",
        "tisíc",
        "тыс",
        "млн",
        "млрд",
    ]
)
WORD = re.compile(r"[ \u2009]?([^\W\d_]{1,12})(?!\w)")
GAP = re.compile(r"[ \u2009]?([-\u2212+(]?)([ \u2009]?)")
HYPHENS, DASHES = "-\u2212", "–—"
SIDE = re.compile(r" ?\(?(?:DR|CR|Dr|Cr)(?!\w)")
"""Debit and credit mean minus on a bank's statement and plus on a supplier's: the sign cannot be told."""
NEGATIVE = re.compile(r"\b(?:brackets|negative|loss|deficit|overdrawn)\b", re.IGNORECASE)
JOINING = frozenset(["and", "or", "of", "to", "is", "was", "und", "oder", "von", "et", "ou", "de", "och"])
"""Words behind which a number of pieces does not stand directly before a price."""
MONEY = re.compile(r"[£€$]|\b(?:EUR|GBP|USD|euros?|pence)\b", re.IGNORECASE)
SEEN = 120
"""How far a sign, a line or a word around an amount is looked for."""
ROLES = {
    "total": "total", "totals": "total", "gesamtbetrag": "total", "net": "net", "netto": "net", "vat": "tax", "tax": "tax",
    "gst": "tax", "mwst": "tax", "ust": "tax", "tva": "tax", "balance": "balance", "saldo": "balance", "rent": "rent",
    "miete": "rent", "loyer": "rent",
}  # fmt: skip
LINKING = frozenset(
    [
        "of",
        "is",
        "was",
        "due",
        "amount",
        "payable",
        "price",
        "sum",
        "to",
        "pay",
        "the",
        "a",
        "an",
        "now",
        "comes",
        "are",
    ]
)
WITHOUT, WITH = (
    frozenset(["excl", "excluding", "ex", "without", "before", "less"]),
    frozenset(["incl", "including", "inc", "with"]),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    start: int
    end: int
    written: str

    @property
    def currency(self) -> str:
        return WRITTEN[self.written]


@dataclass(frozen=True, slots=True)
class _Money:
    """A number and the currency that belongs to it, over `text[start:end]`."""

    number: Number
    start: int
    end: int
    currency: str
    unit: _Unit
    scale: str
    inner_sign: str


def amounts(text: str) -> Iterator[Hit]:
    """Amounts as exact decimals with their currency and sign: `-1250.00 EUR`. A bare `$` or `kr` stays so, because it
    does not say which. The hit's role is what the words before it say (`total`, `rent`).
    """
    units = [_Unit(found.start(), found.end(), found[0]) for found in UNIT.finditer(text)]
    if not units:
        return
    numbers = list(NumberScanner(text).numbers())
    for money in _paired(text, numbers, units):
        value = _value(text, money)
        if value:
            span = _signed_span(text, money, value)
            yield Hit(*span, "amount", value, rule("amount", VERSION), role=role(text, money.start))


def _paired(text: str, numbers: list[Number], units: list[_Unit]) -> Iterator[_Money]:
    """Each number with its unit. A unit between two numbers belongs to the side on which it stands elsewhere in this text;
    where that does not tell, and where a number has two units, there is nothing.
    """
    rows = list(_rows(text, numbers, units))
    before = {row[0].written for row in rows if len(row) == 2 and isinstance(row[0], _Unit)}
    behind = {row[1].written for row in rows if len(row) == 2 and isinstance(row[1], _Unit)}
    for row in rows:
        if len(row) == 3 and isinstance(row[1], _Unit):
            side = (row[1].written in before) - (row[1].written in behind)
            row = {1: row[1:], -1: row[:2], 0: row}[side]
        yield from _told(text, row)


def _rows(text: str, numbers: list[Number], units: list[_Unit]) -> Iterator[list[Number | _Unit]]:
    """The longest rows in which numbers and units alternate side by side."""
    starts = [number.start for number in numbers]
    row: list[Number | _Unit] = []
    for unit in units:
        at = bisect_left(starts, unit.start)
        left = numbers[at - 1] if at and _behind(text, numbers[at - 1], unit) is not None else None
        right = numbers[at] if at < len(numbers) and _before(text, unit, numbers[at]) is not None else None
        if left is not None and right is not None and (left.end == unit.start) != (unit.end == right.start):
            left, right = (left, None) if left.end == unit.start else (None, right)
        if row and (left is None or row[-1] is not left):
            yield row
            row = []
        if left is not None and not row:
            row.append(left)
        row.append(unit)
        if right is not None:
            row.append(right)
    yield row


def _told(text: str, row: list[Number | _Unit]) -> Iterator[_Money]:
    """The amounts of a row in which numbers and units alternate, where it can be told which belong together."""
    if len(row) % 2 == 0:
        for first, second in zip(row[::2], row[1::2], strict=True):
            if isinstance(first, _Unit) and isinstance(second, Number):
                yield _with_unit_before(text, first, second, first.currency)
            elif isinstance(first, Number) and isinstance(second, _Unit):
                yield _with_unit_behind(text, first, second)
    elif len(row) == 3 and isinstance(row[0], _Unit) and isinstance(row[1], Number) and isinstance(row[2], _Unit):
        currency = _same(row[0].currency, row[2].currency)
        if currency:
            yield _with_unit_before(text, row[0], row[1], currency, row[2].end)


def _same(first: str, second: str) -> str:
    if first == second:
        return first
    return second if first == "$" and second in DOLLARS else ""


def _before(text: str, unit: _Unit, number: Number) -> str | None:
    """The sign between a unit and the number behind it (`(` for a bracket); None where they do not belong together."""
    if number.start - unit.end > 3 or unit.written in BEHIND_ONLY:
        return None
    gap = GAP.fullmatch(text, unit.end, number.start)
    if gap is None or (gap[2] and not gap[1] and len(gap[0]) > 1):
        return None
    return gap[1]


def _behind(text: str, number: Number, unit: _Unit) -> str | None:
    """The scale word between a number and its unit; None where they do not belong together."""
    end = number.end
    if unit.start - end > 16:
        return None
    scale = _scale(text, end)
    end += len(scale)
    if text[end : end + 1] == "-" and number.cents:
        end += 1
    return scale.strip() if text[end : unit.start] in ("", " ", "\u2009") else None


def _scale(text: str, at: int) -> str:
    found = WORD.match(text, at)
    return found[0] if found and found[1] in ZEROS else ""


def _with_unit_before(text: str, unit: _Unit, number: Number, currency: str, end: int = 0) -> _Money:
    scale = _scale(text, number.end)
    sign = _before(text, unit, number) or ""
    return _Money(number, unit.start, end or number.end + len(scale), currency, unit, scale.strip(), sign)


def _with_unit_behind(text: str, number: Number, unit: _Unit) -> _Money:
    scale = _behind(text, number, unit) or ""
    sign = "trailing" if text[number.end : number.end + 1] == "-" else ""
    return _Money(number, number.start, unit.end, unit.currency, unit, scale, sign)


def _value(text: str, money: _Money) -> str:
    number = money.number
    whole = _thousands(text, money) if number.one_mark or number.spaced else number.whole
    if not whole or not _stands_alone(text, money):
        return ""
    sign = _sign(text, money)
    currency = money.currency
    if currency == "pounds":
        currency = "GBP" if MONEY.search(_line(text, money.start, money.end)) else ""
    if sign is None or not currency or (money.unit.written == "TRY" and not number.cents):
        return ""
    zeros, cents = ZEROS.get(money.scale, 0), number.cents or "00"
    if zeros:
        whole, cents = whole + cents.ljust(zeros, "0"), "00"
    digits = str(int(whole))
    return f"{sign if digits.strip('0') or cents.strip('0') else ''}{digits}.{cents} {currency}"


def _thousands(text: str, money: _Money) -> str:
    """The digits of `1,250`, `1.250` and `1 250,00`, where the rest says that they are a thousand; else ''."""
    number, before = money.number, money.unit.start < money.number.start
    if text[money.end : money.end + 1] == "/" or text[money.end : money.end + 4] == " per":
        return ""
    if number.one_mark == ",":
        return number.whole if before or money.currency in COMMA_GROUPS else ""
    if number.one_mark == ".":
        behind_sign = money.unit.written == "€" and not before
        return number.whole if behind_sign or money.currency in DOT_GROUPS else ""
    left, right = text[max(0, money.start - SEEN) : money.start].rstrip(" "), text[money.end : money.end + 2]
    in_cell = left.endswith("|") and right.lstrip(" ").startswith("|")
    word = left.rpartition(" ")[2].lower() if text[money.start - 1 : money.start] == " " else ""
    long = text.count(" ", number.start, number.end) > 1
    told = in_cell or (not before and long and word in JOINING)
    return number.whole if told and number.mark == "," else ""


def _stands_alone(text: str, money: _Money) -> bool:
    """Whether no letter, digit, percent sign or mark beside the amount makes it a part of something else."""
    number = money.number
    before, behind = text[max(0, money.start - 2) : money.start], text[number.end : number.end + 2]
    if money.unit.start > number.start:
        tight = before[-1:]
        if tight.isalnum() or (tight and tight in "_.,'’/:%#$£€") or (tight in ("-", *DASHES) and before[0].isalnum()):
            return False
    elif before[-1:].isdigit() or (before[-1:] in (".", ",") and before[:1].isdigit()):
        return False
    if not money.scale and (behind[:1].isalnum() or behind[:1] in ("_", "%") or behind == " %"):
        return money.unit.start == number.end
    if behind[:1] and behind[:1] in "-–/:'’" + HYPHENS and behind[1:].isdigit():
        return False
    after = text[money.end : money.end + 1]
    end = money.end + (after in (")", "-"))
    word = WORD.match(text, end)
    scaled = word is not None and (word[1] in UNKNOWN_SCALES or (word[1] in ZEROS and len(word[1]) > 2))
    return not (after.isalnum() or after in ("%", "_")) and not scaled and SIDE.match(text, end) is None


def _sign(text: str, money: _Money) -> str | None:
    """`-` or ''; None where it cannot be told."""
    start, end = money.start, money.end
    before, behind = text[max(0, start - 3) : start], text[end : end + 2]
    signs = [_sign_before(text, start, before)]
    if money.inner_sign == "trailing" or (behind[:1] == "-" and money.unit.start < money.number.start):
        follows = behind[1:] if money.inner_sign != "trailing" else ""
        if not (follows and (follows.isalnum() or follows in "£€$¥")):
            signs.append("-" if money.number.cents else None)
    match money.inner_sign:
        case "-" | "\u2212":
            tight = text[money.unit.end : money.number.start]
            joined = money.unit.written.isalpha() and len(tight) == 1
            signs.append(None if joined or len(tight) == 3 else "-")
        case "(":
            signs.append("-" if behind[:1] == ")" else None)
        case _:
            pass
    if before.endswith("(") and behind.startswith(")") and money.inner_sign != "(":
        signs.append(_bracketed(text, start - 1, end + 1))
    if None in signs or signs.count("-") > 1:
        return None
    return "-" if "-" in signs else ""


def _sign_before(text: str, start: int, before: str) -> str | None:
    sign = before[-1:]
    if sign == " " and before[-2:-1]:
        mark, further = before[-2], before[:-2]
        if mark == "\u2212":
            return None if further.strip() else "-"
        if mark == "-" and (not further or further[-1:] in " \n|"):
            return "-" if re.search(r"\+ ?\S", _line(text, start, start)) else _after_list_mark(text, start)
        return ""
    if sign and sign in HYPHENS + DASHES:
        previous = before[-2:-1]
        if previous.isdigit():
            return ""
        return "-" if not previous or previous in " \n|(:" else None
    return ""


def _after_list_mark(text: str, start: int) -> str | None:
    """'' where a hyphen with a blank begins a list item of several words; None elsewhere: a dash, or a minus."""
    line = text[max(0, start - 3) : start]
    at_start = line.rpartition("\n")[2] == "- " and (start < 3 or "\n" in line)
    rest = text[start : start + SEEN].partition("\n")[0]
    return "" if at_start and sum(word.isalpha() for word in rest.split()) > 1 else None


def _bracketed(text: str, start: int, end: int) -> str | None:
    """`-` where brackets are those of bookkeeping: alone in a cell of a table, or called so; None elsewhere."""
    left, right = text[max(0, start - SEEN) : start].rstrip(" "), text[end : end + SEEN].lstrip(" ")
    alone = left.endswith("|") and right.startswith("|")
    return "-" if alone or NEGATIVE.search(_line(text, start, end)) else None


def _signed_span(text: str, money: _Money, value: str) -> tuple[int, int]:
    """The place of the amount with its sign or bracket."""
    start, end = money.start, money.end
    if start and (text[start - 1] == "+" or (value.startswith("-") and text[start - 1] in HYPHENS + DASHES)):
        start -= 1
    if money.inner_sign == "(" and text[end : end + 1] == ")":
        end += 1
    return start, end


def _line(text: str, start: int, end: int) -> str:
    """The line around `text[start:end]`, at most SEEN characters to each side."""
    left = text[max(0, start - SEEN) : start].rpartition("\n")[2]
    return left + text[start:end] + text[end : end + SEEN].partition("\n")[0]


def role(text: str, start: int) -> str:
    """What the words directly before `start` say that an amount is: total, net, tax, balance or rent; else ''."""
    left = text[max(0, start - 60) : start].rpartition("\n")[2]
    words = [word.strip(":|=()*.,-").lower() for word in left.split()]
    words = [word for word in words if word]
    while words and words[-1] in LINKING:
        words.pop()
    if not words or (re.search(r"[.;] [^:|]*$", left.rstrip()) and not re.search(r"(?:excl|incl|inc|ex)\. ", left)):
        return ""
    found, previous = ROLES.get(words[-1], ""), words[-2] if len(words) > 1 else ""
    if found == "tax" and previous in WITHOUT:
        return "net" if previous != "less" else "tax"
    if found == "tax" and previous in WITH:
        return "total"
    if found == "total":
        return {"net": "net", "sub": ""}.get(previous, "total")
    return found
