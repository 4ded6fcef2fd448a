"""A Chart of Accounts with fuzzy search: which accounts fit what a person has typed so far, best first."""

from collections.abc import Sequence

from protocol.schema.chart import Account

_EXACT, _NUMBER, _BEGINS, _INSIDE, _KEYWORD, _SCATTERED = 100, 90, 60, 40, 30, 8


def shown_path(account: Account) -> str:
    """Profile, Domain and Sub-Domain, without those that are empty, as a screen shows them."""
    return " › ".join(part for part in (account.profile, account.domain, account.subdomain) if part)


def keeper(chart: Sequence[Account], account: str, by_type: str) -> str:
    """The service that keeps a document of `account`: the one that the account names, else `by_type`, which the Totebox
    suggested.
    """
    named = next((each.service for each in chart if each.number == account), "")
    return named or by_type


def fitting(chart: Sequence[Account], typed: str, first: str = "") -> tuple[Account, ...]:
    """The accounts that fit every word of `typed`, best first; equal ones in the chart's order.

    With nothing typed, the whole chart, with account number `first` (the suggestion) on top.
    """
    words = typed.casefold().split()
    if not words:
        return tuple(sorted(chart, key=lambda account: account.number != first))
    scored = [(min(_score(account, word) for word in words), account) for account in chart]
    scored = [(score, account) for score, account in scored if score]
    return tuple(account for _, account in sorted(scored, key=lambda pair: -pair[0]))


def _score(account: Account, word: str) -> int:
    """How well one word fits; 0 where it does not."""
    number = account.number.casefold()
    if number == word:
        return _EXACT
    if number.startswith(word):
        return _NUMBER
    parts = " ".join((account.profile, account.domain, account.subdomain, account.archetype)).casefold()
    if any(part.startswith(word) for part in parts.split()):
        return _BEGINS
    if word in parts:
        return _INSIDE
    if any(keyword.casefold().startswith(word) for keyword in account.keywords):
        return _KEYWORD
    return _SCATTERED if len(word) > 1 and _scattered(word, parts) else 0


def _scattered(word: str, text: str) -> bool:
    """Whether the letters of `word` occur in `text` in order, the first one at the beginning of a word."""
    return any(
        _in_order(word, text[at:])
        for at in range(len(text))
        if text[at] == word[0] and (at == 0 or text[at - 1] == " ")
    )


def _in_order(word: str, text: str) -> bool:
    rest = iter(text)
    return all(char in rest for char in word)
