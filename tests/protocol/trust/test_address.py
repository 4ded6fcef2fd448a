"""Addresses: one grammar, and a sentence for each mistake."""

import pytest

from protocol.errors import AddressError
from protocol.trust.address import Address, Scheme, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/x.sock", Address(Scheme.UNIX, path="/run/x.sock")),
        ("tcp:localhost:7117", Address(Scheme.TCP, host="localhost", port=7117)),
        ("tcp:[::1]:0", Address(Scheme.TCP, host="::1", port=0)),
        ("tls:vault.example:443", Address(Scheme.TLS, host="vault.example", port=443)),
        ("ssh:vault.example/srv/acme", Address(Scheme.SSH, host="vault.example", path="/srv/acme")),
        ("ssh:me@[::1]:2222/a b'c", Address(Scheme.SSH, host="::1", port=2222, user="me", path="/a b'c")),
    ],
)
def test_address_comes_back(text: str, address: Address) -> None:
    """Read and written again it is the same text."""
    assert parse_address(text) == address and str(address) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no address"),
        ("/run/x.sock", "no address"),
        ("http://x", "no address"),
        ("unix:x.sock", "absolute path"),
        ("unix:/a\0b", "absolute path"),
        ("unix:/" + "x" * 107, "the kernel holds 107"),
        ("tcp:host", "host:port"),
        ("tcp:host:99999", "host:port"),
        ("tcp:::1:80", "host:port"),
        ("tcp:ho st:80", "host:port"),
        ("exec:rm -rf /", "no address"),
        ("ssh:host", "ssh:.user@.host"),
        ("ssh:host/a\nb", "ssh:.user@.host"),
        ("ssh:host:0/a", "ssh:.user@.host"),
        ("ssh:-oProxyCommand=x/a", "ssh:.user@.host"),
        ("ssh:-l@host/a", "ssh:.user@.host"),
    ],
)
def test_mistake_is_named(text: str, says: str) -> None:
    """Each says what is wrong and how an address is written."""
    with pytest.raises(AddressError, match=says):
        parse_address(text)


def test_longest_socket_path_fits() -> None:
    """107 bytes are allowed, counted as bytes."""
    assert parse_address("unix:/" + "x" * 106).path
    with pytest.raises(AddressError):
        parse_address("unix:/" + "é" * 54)
