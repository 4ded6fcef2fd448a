"""Tickets: what a person copies comes back, and a miscopy says what is wrong with it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import AddressError, TicketError
from protocol.testing import counted_entropy
from protocol.trust.pairing import Ticket, issue_ticket, parse_ticket, psk_of, ticket_psk

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def _ticket(address: str = "tcp:vault.example:7117") -> Ticket:
    return issue_ticket(b"S" * 32, address, 1_700_000_000, counted_entropy())


@pytest.mark.parametrize("address", ["unix:/run/user/1000/totebox/ab12.sock", "tcp:vault.example:7117", "tcp:[::1]:1"])
def test_ticket_comes_back(address: str) -> None:
    """Text and back, with everything that it holds."""
    ticket = _ticket(address)
    assert parse_ticket(ticket.text()) == ticket
    assert ticket.text().startswith("psp://1/")


def test_how_people_copy_does_not_matter() -> None:
    """Upper case, line breaks, blanks and hyphens in between, and 0, 1, 8 for o, l, b are all read."""
    ticket = _ticket()
    text = ticket.text()
    wrapped = "  " + "\n ".join(text[at : at + 30] for at in range(0, len(text), 30)) + "\n"
    head, body = text[:8], text[8:]
    assert parse_ticket(wrapped) == parse_ticket(text.upper()) == ticket
    assert parse_ticket(head + body.replace("o", "0").replace("l", "1").replace("b", "8")) == ticket


def test_every_cut_is_named() -> None:
    """A ticket that lost its end says cut off (or that it is no ticket at all), wherever the cut is."""
    text = _ticket().text()
    for size in range(len(text)):
        with pytest.raises(TicketError, match=r"cut off|no ticket"):
            parse_ticket(text[:size])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_every_typo_is_refused(data: st.DataObject) -> None:
    """One character changed, lost, doubled or swapped with its neighbour: TicketError that says so."""
    text = _ticket().text()
    at = data.draw(st.integers(8, len(text) - 2))
    other = data.draw(st.sampled_from(ALPHABET))
    typo = data.draw(
        st.sampled_from(
            [
                text[:at] + other + text[at + 1 :],
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            ]
        )
    )
    if typo == text:
        return
    with pytest.raises(TicketError, match=r"mistyped|missing|doubled|cut off"):
        parse_ticket(typo)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no ticket"),
        ("hello", "no ticket"),
        ("https://example.org", "no ticket"),
        ("psp://", "cut off"),
        ("psp://1", "cut off"),
        ("psp://2/abc/def", "version '2'"),
        ("psp://1/ab!c/abcdefgh", "'!' is not a character"),
        ("psp://1//abcdefgh", "missing"),
    ],
)
def test_what_is_no_ticket_says_why(text: str, says: str) -> None:
    """Each way of being wrong has its sentence."""
    with pytest.raises(TicketError, match=says):
        parse_ticket(text)


@given(st.text(max_size=200))
def test_any_text_is_a_ticket_or_an_error(text: str) -> None:
    """Nothing but TicketError leaves the parser."""
    try:
        assert parse_ticket(text).text()
    except TicketError as fault:
        assert str(fault)


def test_psk_depends_on_secret_and_id() -> None:
    """The psk is 32 bytes of HKDF over both; the text's other parts do not enter."""
    ticket = _ticket()
    assert ticket_psk(ticket) == psk_of(ticket.secret, ticket.ticket_id) == ticket_psk(_ticket("unix:/elsewhere"))
    assert len({ticket_psk(ticket), psk_of(b"x" * 16, ticket.ticket_id), psk_of(ticket.secret, b"y" * 8)}) == 3


def test_psk_is_rfc_5869() -> None:
    """The same bytes as an independent HKDF-SHA256 without salt."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    ticket = _ticket()
    expected = HKDF(SHA256(), 32, None, b"PSP-ticket-1" + ticket.ticket_id).derive(ticket.secret)
    assert ticket_psk(ticket) == expected


def test_secret_is_not_shown() -> None:
    """A ticket in a log line does not give its secret away."""
    assert "secret" not in repr(_ticket()) and repr(_ticket().secret) not in repr(_ticket())


def test_ticket_to_nowhere_is_not_issued() -> None:
    """An address that nobody could dial is refused when the ticket is made."""
    with pytest.raises(AddressError):
        _ticket("vault.example")
