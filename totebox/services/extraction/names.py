"""People and organisations by conservative rules: missing one is better than inventing one."""

import re
from collections.abc import Iterator

from totebox.services.extraction.hit import Hit, rule
from totebox.services.extraction.patterns import EMAIL

WORD = r"[^\W\d_]{1,40}(?:['’-][^\W\d_]{1,40}){0,3}"
PARTICLE = r"(?:van der|van den|van de|van|von|de la|de|da|di|del|della|den|der|du|la|le|bin|bint|al|el|ter)"
NAME = rf"{WORD}\.?(?: (?:{PARTICLE} )?{WORD}\.?){{1,4}}"
TITLES = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lady|Lord|Judge|Justice|Rev|Captain|Nurse|Monsieur|Madame|Herr|Frau)"
TITLED = re.compile(rf"(?<![\w'’-]){TITLES}\.? (?=(?P<name>{WORD}\.?(?: (?:{PARTICLE} )?{WORD}\.?){{0,3}}))")
SUFFIX = (
    r"(?:Ltd|Limited|LLP|LLC|LP|Inc|Incorporated|Corp|Corporation|GmbH|AG|KG|SE|SA|SAS|SARL|NV|BV|AB|ASA|AS|Oy|ApS|"
    r"plc|PLC|Plc|Pty|Holdings|Foundation|Trust|Partnership|Bank|University|Council|Hospital|Laboratories|Insurance)"
)
JOIN = r"(?:&|of|and(?= (?:Sons|Daughters|Partners|Co\b|Company|Brothers|Associates)))"
CAPITAL = r"[^\W\da-z_][\w'’&.-]*"
ORGANISATION = re.compile(
    rf"(?<![\w&'’.-])(?P<name>{CAPITAL}(?:,? (?:{JOIN} )?{CAPITAL}){{0,5}}?,?(?: {SUFFIX}\.?(?![\w'’-]))+)"
)
LABELS = (
    "account holder|accountant|architect|apologies|approved by|attending|attention|attn|author|auditor|beneficiary|buyer|chair|"
    "chairman|chairperson|chairwoman|claimant|client|clinician|company secretary|consultant|contact|contractor|counsel|"
    "defendant|director|employee|employer|executor|fee earner|from|guarantor|guardian|issuer|judge|landlord|lead|lessee|lessor|"
    "managing agent|minutes taken by|name|nurse|owner|patient|partner|present|prepared by|purchaser|practice manager|"
    "presiding|qualified person|referred by|responsible|reviewed by|secretary|seller|settlor|signed|signed by|solicitor|"
    "supervising partner|supplier|tenant|trustee|trustees|vendor|witness|witnessed by|in attendance|principal|policyholder|"
    "policy holder|customer|insured|gp|referring gp|bookkeeper|chief executive|finance director|treasurer"
)
LABEL = re.compile(
    rf"^(?:[-*> |]|\d{{1,3}}\. ){{0,12}}\**(?P<label>{LABELS})\** *(?::\**|\|) *(?P<rest>[^|\n]{{1,1000}})",
    re.IGNORECASE | re.MULTILINE,
)
ROLES = (
    r"(?:chair(?:man|woman|person)?|vice[- ]chair|(?:non-executive |executive |managing |finance |practice |site |medical )?"
    r"director|company secretary|secretary|treasurer|(?:senior |managing )?partner|trustee|president|vice president|"
    r"chief [a-z]+(?: [a-z]+)? officer|ceo|cfo|coo|cto|general counsel|solicitor|associate|paralegal|trainee|practice manager|"
    r"property manager|asset manager|qualified person|p\.geo|qc|kc|facilities manager|consultant|nurse|gp|bookkeeper|observer)"
)
ROLE = re.compile(rf"(?:,| –| \() ?(?:the )?{ROLES}(?!\w)", re.IGNORECASE)
ADDRESS = re.compile(r" ?<(?P<mail>[^<>\s@]{1,64}@[^<>\s@]{1,255})>")
BEFORE = 90
CLOSING = re.compile(
    r"^(?:yours (?:sincerely|faithfully|truly)|(?:kind|best|warm)(?:est)? (?:regards|wishes)|"
    r"regards|sincerely|many thanks|with thanks),?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
SPLIT = re.compile(r";|,|\band\b|&|\n|/")
HONORIFIC = re.compile(rf"^{TITLES}\.? ")
COMMON_WORDS = (
    "a an the this that these those to from dear between board committee company department office street road lane house "
    "avenue square court place park drive row wharf quay floor suite unit building centre center group team account accounts "
    "agreement lease minutes invoice register report letter statement notice schedule annual general meeting finance legal "
    "property properties landlord tenant client patient trust estate family household practice medical clinic surgery bank "
    "council insurance services service limited ltd llp llc inc corp plc holdings foundation partners january february march "
    "april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday "
    "north south east west reception desk support help info sales billing payments enquiries none nil all both other others "
    "applicable confirmed pending signed date total amount reference ref number no yes director chair secretary manager "
    "partner solicitor trustee officer managing executive senior chief per our your my his her their its re page section "
    "dated as at on in for of by with and or project programme policy plan works contractor supplier customer records "
    "private clients home registrar listings desk newsroom media investor relations filing clerk judge mining minerals resources energy "
    "dr mr mrs ms miss mx prof professor sir dame lady lord justice rev captain nurse monsieur madame herr frau "
    "hm inspector inspectors directors members contact please write ask email mail call cc attention"
)
NOT_A_NAME = frozenset(COMMON_WORDS.split())


def looks_like_person(text: str) -> bool:
    """Two to five capitalised words, none of which is a common noun of business paper."""
    words = text.split()
    proper = [word for word in words if not re.fullmatch(PARTICLE, word)]
    return (
        2 <= len(proper) <= 5
        and len(text) <= 80
        and re.fullmatch(NAME, text) is not None
        and all(_capitalised(word) for word in proper)
        and not any(word.strip(".").lower() in NOT_A_NAME for word in words)
        and any(len(word.strip(".")) > 1 for word in proper[-1:])
    )


def _capitalised(word: str) -> bool:
    return word[0].isupper() and not (len(word) > 4 and word.isupper())


def organisations(text: str) -> Iterator[Hit]:
    """Names that end in a legal form: `Harbour Row Properties Ltd`."""
    for found in ORGANISATION.finditer(text):
        start, name = _without_lead(found.start("name"), found["name"])
        value = name.rstrip(".,") if not name.endswith(("Inc.", "Ltd.", "Corp.", "Co.")) else name.rstrip(",")
        words = value.replace(",", "").split()
        shouted = len(words) >= 3 and value.isupper()
        if (
            len(words) >= 2
            and not shouted
            and not all(re.fullmatch(SUFFIX, word) for word in words)
            and not all(_common(word) for word in words[:-1])
        ):
            end = start + len(value)
            yield Hit(start, end, "organisation", value.replace(",", "").rstrip("."), rule("legal-form"))


def _common(word: str) -> bool:
    return word.lower() in NOT_A_NAME or word.lower() in ("&", "sons", "subsidiary", "parent", "new", "public", "royal")


LEADING_WORDS = "the this that to between from dear and with by for our your at of in on as said per re messrs a an"
LEADS = frozenset(LEADING_WORDS.split())


def _without_lead(start: int, name: str) -> tuple[int, str]:
    while " " in name and name.split(" ", 1)[0].lower().strip(",") in LEADS:
        head, name = name.split(" ", 1)
        start += len(head) + 1
    return start, name


def people(text: str) -> Iterator[Hit]:
    """People by their mail name, label, title, role or signature; each rule is named in the hit."""
    yield from _display_names(text)
    yield from _labelled(text)
    yield from _with_role(text)
    yield from _signatures(text)
    yield from _titled(text)


def _person(text: str, start: int, raw: str, by: str, anchor: str = "") -> Iterator[Hit]:
    offset = len(raw) - len(raw.lstrip(" *_\"'("))
    name = raw.strip(" *_\"'(.").removesuffix(",")
    title = HONORIFIC.match(name)
    if title:
        offset += title.end()
        name = name[title.end() :]
    if looks_like_person(name):
        first = text.find(name, start + offset)
        yield Hit(first, first + len(name), "person", name, rule(by), anchor)


def _display_names(text: str) -> Iterator[Hit]:
    for found in ADDRESS.finditer(text):
        mail = found["mail"].lower()
        before = text[max(0, found.start() - BEFORE) : found.start()].rpartition("\n")[2].rstrip()
        quoted = before.endswith('"')
        raw = before.strip('"').rpartition('"')[2] if quoted else re.split(r"[:;,(|<>\"@]", before)[-1]
        raw = _without_common(raw.strip())
        name = " ".join(reversed([part.strip() for part in raw.split(",")])) if raw.count(",") == 1 else raw
        if EMAIL.fullmatch(mail) and looks_like_person(name):
            start = text.rindex(raw, 0, found.start())
            yield Hit(start, start + len(raw), "person", name, rule("mail-name"), mail)


def _without_common(name: str) -> str:
    words = name.split(" ")
    while len(words) > 2 and (words[0].strip(":,").lower() in NOT_A_NAME or words[0].islower()):
        words = words[1:]
    return " ".join(words)


def _labelled(text: str) -> Iterator[Hit]:
    for found in LABEL.finditer(text):
        if "<" in found["rest"]:
            continue
        position = found.start("rest")
        for piece in _pieces(found["rest"]):
            start, raw = position + piece[0], piece[1]
            yield from _person(text, start, re.sub(r"\s*\(.*$", "", raw), "label")


def _pieces(rest: str) -> Iterator[tuple[int, str]]:
    position = 0
    for found in SPLIT.finditer(rest):
        yield position, rest[position : found.start()]
        position = found.end()
    yield position, rest[position:]


def _with_role(text: str) -> Iterator[Hit]:
    for found in ROLE.finditer(text):
        before = text[max(0, found.start() - BEFORE) : found.start()].rpartition("\n")[2]
        words = re.split(r"[,;:(|]", before)[-1].split(" ")[-6:]
        for skipped in range(len(words) - 1):
            name = " ".join(words[skipped:])
            hits = list(_person(text, found.start() - len(name), name, "role"))
            if hits:
                yield from hits
                break


def _signatures(text: str) -> Iterator[Hit]:
    for found in CLOSING.finditer(text):
        following = re.match(r"\s*([^\n]+)", text[found.end() : found.end() + 200])
        if following:
            yield from _person(text, found.end() + following.start(1), following[1].split(",")[0], "signature")


def _titled(text: str) -> Iterator[Hit]:
    for found in TITLED.finditer(text):
        words: list[str] = []
        for word in found["name"].split(" "):
            if not re.fullmatch(PARTICLE, word) and (not word[0].isupper() or word.strip(".").lower() in NOT_A_NAME):
                break
            words.append(word)
            if word.endswith(".") and len(word) > 2:
                break
        name = " ".join(words).rstrip(".")
        for ending in ("’s", "'s"):
            name = name.removesuffix(ending)
        start = found.start("name")
        if len(name.split()) >= 2 and looks_like_person(name):
            yield Hit(start, start + len(name), "person", name, rule("title"))
        elif len(name.split()) == 1 and len(name) > 2:
            yield Hit(
                found.start(), start + len(name), "person", text[found.start() : start + len(name)], rule("surname")
            )
