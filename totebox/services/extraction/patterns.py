"""Validated patterns: e-mail addresses, phone numbers, IBANs, dates, amounts with a currency."""

import datetime
import re
from collections.abc import Iterator

from totebox.services.extraction.hit import Hit, rule

EMAIL = re.compile(
    r"(?<![\w.+%@/:-])[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24}(?![\w@-])"
)
IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])")
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21,
    "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "TR": 26,
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
CODES = "EUR|GBP|USD|CAD|AUD|NZD|CHF|SEK|NOK|DKK|JPY|CNY|HKD|SGD|ZAR|NGN|KES|INR|PLN|CZK|HUF|BRL|MXN|AED|ILS|TRY"
SYMBOLS = {"C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "US$": "USD", "HK$": "HKD", "S$": "SGD",
           "£": "GBP", "€": "EUR", "₦": "NGN", "₹": "INR", "$": "$", "¥": "¥"}  # fmt: skip
SYMBOL = "|".join(re.escape(symbol) for symbol in sorted(SYMBOLS, key=len, reverse=True))
NUMBER = r"\d{1,3}(?:[ ,.'’]\d{3})+(?:[.,]\d{2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
SCALE = r"(?: ?(?P<scale>million|billion|m|bn)(?!\w))?"
AMOUNTS = (
    re.compile(rf"(?<![\w$])(?P<unit>(?:{CODES})(?= ?\d)|{SYMBOL}) ?(?P<number>{NUMBER}){SCALE}(?![\w%])"),
    re.compile(rf"(?<![\w.,$£€])(?P<number>{NUMBER}){SCALE} ?(?P<unit>{CODES}|€)(?!\w)"),
)
PHONE_LIKE = re.compile(r"\+[\d(][\d\s().-]{6,}\d")


def emails(text: str) -> Iterator[Hit]:
    """E-mail addresses, lower-cased."""
    for found in EMAIL.finditer(text):
        local = found[0].split("@")[0]
        if ".." not in local and not local.endswith("."):
            value = found[0].lower()
            yield Hit(found.start(), found.end(), "email", value, rule("email"))


def ibans(text: str) -> Iterator[Hit]:
    """IBANs with the right length for their country and a remainder of 1 modulo 97, without spaces."""
    for found in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(found[0][:2])
        end = _end_of(found, length)
        value = text[found.start() : end].replace(" ", "")
        if length == len(value) and mod97(value) == 1:
            yield Hit(found.start(), end, "iban", value, rule("iban"))


def _end_of(found: re.Match[str], length: int | None) -> int:
    count = 0
    for offset, character in enumerate(found[0]):
        count += character != " "
        if count == length:
            return found.start() + offset + 1
    return found.end()


def mod97(iban: str) -> int:
    """ISO 7064 remainder of an IBAN without spaces; 1 means that its check digits are right."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97


def dates(text: str) -> Iterator[Hit]:
    """ISO and written dates that exist, as `YYYY-MM-DD`."""
    for pattern in DATES:
        for found in pattern.finditer(text):
            month = MONTHS.get(found["month"].lower()) or int(found["month"])
            try:
                value = datetime.date(int(found["year"]), month, int(found["day"])).isoformat()
            except ValueError:
                continue
            yield Hit(found.start(), found.end(), "date", value, rule("date"))


def amounts(text: str) -> Iterator[Hit]:
    """Amounts with a currency, as exact decimals: `1250.00 EUR`. A bare `$` stays `$`, because it does not say which
    dollar.
    """
    for pattern in AMOUNTS:
        for found in pattern.finditer(text):
            number = decimal(found["number"])
            if number:
                unit = SYMBOLS.get(found["unit"], found["unit"])
                value = f"{_scaled(number, found['scale'])} {unit}"
                yield Hit(found.start(), found.end(), "amount", value, rule("amount"))


def decimal(written: str) -> str:
    """`1,250` `1.250,00` `1'250.00` as `1250.00`; '' where the meaning is not certain (`1.250`)."""
    text = written.replace(" ", "").replace("'", "").replace("’", "")
    tail = re.search(r"[.,](\d{1,2})$", text)
    whole = text[: tail.start()] if tail else text
    marks = set(re.findall(r"[.,]", whole))
    if len(marks) > 1 or (tail and marks and tail[0][0] in marks):
        return ""
    if not tail and marks == {"."} and whole.count(".") == 1:
        return ""
    cents = tail[1].ljust(2, "0") if tail else "00"
    return f"{re.sub('[.,]', '', whole)}.{cents}"


def _scaled(number: str, scale: str | None) -> str:
    zeros = {"million": 6, "m": 6, "billion": 9, "bn": 9}.get(scale or "", 0)
    whole, cents = number.split(".")
    if not zeros:
        return f"{int(whole)}.{cents}"
    return f"{int(whole + cents.ljust(zeros, '0'))}.00"


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
