"""The account that a document may belong to: the one of which it has most keywords, with these words as the reason."""

import re
from collections import Counter
from collections.abc import Sequence

from protocol.schema.chart import Account
from totebox.reference.chart import Chart
from totebox.service.contract import Document
from totebox.service.keepers import Keeper, Suggestion, keeper_of

READ_CHARACTERS = 200_000
LONGEST_KEYWORD = 4
WORDS = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*")


def suggest(chart: Chart, document: Document, name: str, keepers: Sequence[Keeper] = ()) -> Suggestion:
    """The account whose different keywords weigh most in the name and text, then the one with most hits, then the
    lowest number.

    A keyword of three words weighs three times as much as a keyword of one.

    Args:
        name: the file's name; its words count like the text's.
        keepers: the services that may keep an original; the one for the file's type is suggested. An account may name
            another (column `service` of `input.chart`), which takes precedence when a person has chosen that account.
    """
    spaced = re.sub(r"[-_.]", " ", name)
    counts = _phrases(f"{spaced} \n {document.text[:READ_CHARACTERS]}")
    scored = [(account, _hits(account, counts)) for account in chart.accounts]
    account, hits = max(scored, key=lambda pair: (_weight(pair[1]), pair[1].total(), -_order(pair[0])))
    service = keeper_of(keepers, document.media_type)
    if not hits:
        return Suggestion("", "no keyword of the chart stands in it", service)
    shown = ", ".join(f"{word} ×{count}" if count > 1 else word for word, count in hits.most_common(6))
    return Suggestion(account.number, f"{account.path}: {shown}", service)


def _weight(hits: Counter[str]) -> int:
    return sum(len(keyword.split()) for keyword in hits)


def _order(account: Account) -> int:
    return int(account.number) if account.number.isdigit() else 0


def _phrases(text: str) -> Counter[str]:
    words = [_stem(word) for word in WORDS.findall(text.lower())]
    counts: Counter[str] = Counter()
    for length in range(1, LONGEST_KEYWORD + 1):
        counts.update(" ".join(words[start : start + length]) for start in range(len(words) - length + 1))
    return counts


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _hits(account: Account, counts: Counter[str]) -> Counter[str]:
    keyed = {keyword: " ".join(_stem(word) for word in WORDS.findall(keyword)) for keyword in account.keywords}
    return Counter({keyword: counts[phrase] for keyword, phrase in keyed.items() if counts.get(phrase)})
