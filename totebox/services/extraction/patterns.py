"""Validated patterns: e-mail addresses, phone numbers, IBANs, dates."""

import datetime
import re
from collections.abc import Iterator

from totebox.services.extraction.hit import Hit, rule

EMAIL = re.compile(
    r"(?<![\w.+%@/-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![\w@-])"
)
MAIL_LABEL = re.compile(r"(?<![\w/:.])(?:mailto|mail|e-?mail|courriel|from|to|cc|reply-to):$", re.IGNORECASE)
IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,4})?(?![A-Za-z0-9])"
)
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TR": 26, "AL": 28, "AZ": 28, "BA": 20, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CR": 22, "DJ": 27,
    "DO": 28, "EG": 29, "FK": 18, "FO": 18, "GE": 22, "GL": 18, "GT": 28, "IQ": 23, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LY": 25, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MU": 30, "NI": 28, "OM": 23, "PK": 24, "PS": 29,
    "QA": 29, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "UA": 29,
    "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"),
            ("december", "dec"),
        ),
        1,
    )
    for name in names
}  # fmt: skip
MONTH = "(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\.?"
YEAR = r"(?P<year>(?:1[89]|20|21)\d\d)(?!\d)"
DATES = (
    re.compile(r"(?<![\d-])(?P<year>(?:1[89]|20|21)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: day)?(?: of)? {MONTH},? {YEAR}", re.IGNORECASE),
    re.compile(rf"(?<!\w){MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? {YEAR}", re.IGNORECASE),
)
WRITTEN_SHORT = re.compile(
    rf"(?<![\w./-])(?P<day>\d{{1,2}})(?P<mark>[-/]){MONTH}(?P=mark){YEAR}(?![\w/-])", re.IGNORECASE
)
NUMERIC = re.compile(
    r"(?<![\w./-])(?:(?P<year>(?:1[89]|20|21)\d\d)(?P<mark>[/.])(?P<m>\d\d?)(?P=mark)(?P<d>\d\d?)"
    r"|(?P<a>\d\d?)(?P<sep>[./-])(?P<b>\d\d?)(?P=sep)(?P<y>(?:1[89]|20|21)\d\d|\d\d))(?![\w/-])(?!\.\d)",
    re.ASCII,
)
CENTURY = 2000
"""A year of two digits is one of this century."""
DATE_VERSION = 2
PHONE_LIKE = re.compile(r"\+[\d(][\d\s().-]{6,}\d")


def emails(text: str) -> Iterator[Hit]:
    """E-mail addresses, lower-cased; behind a colon only where a word such as `mailto` stands before it."""
    for found in EMAIL.finditer(text):
        local = found[0].split("@")[0]
        before = text[max(0, found.start() - 12) : found.start()]
        if before.endswith(":") and not MAIL_LABEL.search(before):
            continue
        if ".." not in local and not local.endswith("."):
            value = found[0].lower()
            yield Hit(found.start(), found.end(), "email", value, rule("email", 2))


def ibans(text: str) -> Iterator[Hit]:
    """IBANs with the right length for their country and a remainder of 1 modulo 97, in capitals, without spaces and hyphens."""
    for found in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(found[0][:2].upper())
        end = _end_of(found, length)
        value = text[found.start() : end].replace(" ", "").replace("-", "").upper()
        if length == len(value) and mod97(value) == 1 and not text[end : end + 1].isalnum():
            yield Hit(found.start(), end, "iban", value, rule("iban", 2))


def _end_of(found: re.Match[str], length: int | None) -> int:
    count = 0
    for offset, character in enumerate(found[0]):
        count += character not in " -"
        if count == length:
            return found.start() + offset + 1
    return found.end()


def mod97(iban: str) -> int:
    """ISO 7064 remainder of an IBAN without spaces; 1 means that its check digits are right."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97


def dates(text: str) -> Iterator[Hit]:
    """ISO, written and numeric dates that exist, as `YYYY-MM-DD`. Where day and month cannot be told (`03/04/2026`) there is
    none.
    """
    for pattern in (*DATES, WRITTEN_SHORT):
        for found in pattern.finditer(text):
            month = MONTHS.get(found["month"].lower()) or int(found["month"])
            yield from _date(found, int(found["year"]), month, int(found["day"]))
    for found in NUMERIC.finditer(text):
        if found["year"]:
            yield from _date(found, int(found["year"]), int(found["m"]), int(found["d"]))
            continue
        first, second, year = int(found["a"]), int(found["b"]), found["y"]
        if len(year) == 4 and (found["sep"] == "." or first > 12 or first == second):
            yield from _date(found, int(year), second, first)
        elif len(year) == 4 and second > 12:
            yield from _date(found, int(year), first, second)
        elif found["sep"] == "." and first > 12 and len(found["b"]) == 2:
            yield from _date(found, CENTURY + int(year), second, first)


def _date(found: re.Match[str], year: int, month: int, day: int) -> Iterator[Hit]:
    try:
        value = datetime.date(year, month, day).isoformat()
    except ValueError:
        return
    yield Hit(found.start(), found.end(), "date", value, rule("date", DATE_VERSION))


def phones(text: str) -> Iterator[Hit]:
    """Phone numbers with their country code, valid in their country, as E.164. Loads phonenumbers only when the text
    may have one.
    """
    if not PHONE_LIKE.search(text):
        return
    import phonenumbers

    for found in phonenumbers.PhoneNumberMatcher(text, None):
        value = phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)
        yield Hit(found.start, found.end, "phone", value, rule("phone"))
