"""E-mail addresses behind a colon, and IBANs as people write them."""

from totebox.services.extraction.patterns import emails, ibans


def test_an_address_may_stand_behind_the_colon_of_its_label() -> None:
    """The password of a URL is no address."""
    text = "Email:jane.roe@acme.example E-mail:mark.poe@acme.example, mailto:lena.foe@acme.example"
    found = [hit.value for hit in emails(text)]
    assert found == ["jane.roe@acme.example", "mark.poe@acme.example", "lena.foe@acme.example"]
    assert not list(emails("https://user:pw@host.example ftp://to:pw@host.example root:pw@host.example"))


def test_an_iban_is_found_as_it_is_written() -> None:
    """With hyphens, in small letters, before a word; a longer run of letters and digits is none."""
    text = "DE89-3704-0044-0532-0130-00\nat61 1904 3002 3457 3201 here\nFR14 2004 1010 0505 0001 3M02 606 here."
    assert [hit.value for hit in ibans(text)] == [
        "DE89370400440532013000", "AT611904300234573201", "FR1420041010050500013M02606",
    ]  # fmt: skip
    assert not list(ibans("AT6119043002345732019 AT61190430023457320a"))
