"""Names from outside: nothing hidden, nothing lost."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.gate.names import safe_line, safe_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"/home/u/lease.pdf", "lease.pdf"),
        ("Ünal.pdf".encode(), "Ünal.pdf"),
        (b"50%.pdf", "50%.pdf"),
        (b"50%25.pdf", "50%2525.pdf"),
        ("a\u202egpj.exe".encode(), "a%E2%80%AEgpj.exe"),
        (b"a\x1b[31m.txt", "a%1B[31m.txt"),
        (b"a\nb", "a%0Ab"),
        (b"..", "unnamed"),
        (b"/", "unnamed"),
    ],
)
def test_what_hides_is_written_out(raw: bytes, shown: str) -> None:
    """Control, escape and direction characters are percent-encoded; paths are cut to the last part."""
    assert safe_name(raw) == shown


@given(st.binary(max_size=60))
def test_a_safe_name_is_printable_text_for_any_bytes(raw: bytes) -> None:
    """Whatever comes, what is shown can be printed on one line and encoded."""
    shown = safe_name(raw)
    assert shown.encode() and not any(char < " " or char == "\x7f" for char in shown)


def test_an_undecodable_name_can_be_recovered() -> None:
    """Percent-decoding gives the bytes back."""
    assert unquote_to_bytes(safe_name(b"caf\xe9 100%41.txt")) == b"caf\xe9 100%41.txt"


@given(st.text(max_size=200))
def test_a_line_of_the_log_stays_one_line(text: str) -> None:
    """No break, no control, no surrogate, at most what was asked for."""
    line = safe_line(text, 100)
    assert len(line) <= 100 and line.encode() is not None and len(line.splitlines()) <= 1


def test_a_line_is_cut_after_it_was_normalised() -> None:
    """What composes is counted as it is recorded, what grows is still cut, and no blank stands at the cut."""
    assert safe_line("e\u0301" * 100, 100) == "é" * 100
    assert len(safe_line("\ufb2c" * 100, 100)) == 100
    assert safe_line("\n" * 50 + "reason", 10) == "reason" and safe_line("ab cd", 3) == "ab"
