"""Names of payload files, and original names as text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.errors import RecordRejected
from totebox.vault.log.names import MAX_NAME_BYTES, check_word, file_name, name_of, subject_of

DIGEST = bytes.fromhex("1a2b3c4d" + "00" * 28)


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("Lease Agreement.PDF", "00000012-lease-agreement-1a2b3c4d.pdf"),
        ("Übersicht 2030.xlsx", "00000012-ubersicht-2030-1a2b3c4d.xlsx"),
        ("../../etc/passwd", "00000012-etc-passwd-1a2b3c4d"),
        ("", "00000012-original-1a2b3c4d"),
        ("契約", "00000012-original-1a2b3c4d"),
        (".bashrc", "00000012-bashrc-1a2b3c4d"),
        ("a.tar.gz", "00000012-a.tar-1a2b3c4d.gz"),
        ("x" * 400 + ".eml", "00000012-" + "x" * 98 + "-1a2b3c4d.eml"),
    ],
)
def test_names_are_plain(hint: str, name: str) -> None:
    """Lower-case ASCII with the index before and eight hash digits behind."""
    assert file_name(12, hint, "original", DIGEST) == name


@given(st.text(), st.integers(0, 10**12))
def test_any_hint_gives_a_safe_name(hint: str, index: int) -> None:
    """Never longer than 120 bytes, never a separator, never hidden."""
    name = file_name(index, hint, "original", DIGEST)
    assert len(name) <= MAX_NAME_BYTES and not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert name[0].isdigit() and "1a2b3c4d" in name


@given(st.binary())
def test_any_original_name_is_kept(name: bytes) -> None:
    """Bytes that are no text are percent-encoded and come back; text comes back as it was."""
    subject = subject_of(name)
    assert name_of(subject) == name
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in subject)


def test_a_percent_sign_stays_readable() -> None:
    """Only what would be taken for an escape is escaped."""
    assert subject_of(b"100% sure.pdf") == "100% sure.pdf"
    assert subject_of(b"a%41\xff\n") == "a%2541%FF%0A"


@pytest.mark.parametrize("word", ["", "A", "1a", "a/b", "a.b", "a" * 33, "ä", "a\n"])
def test_words_name_folders(word: str) -> None:
    """Lower-case letters, digits and dashes, a letter first."""
    with pytest.raises(RecordRejected):
        check_word(word, "a service")
