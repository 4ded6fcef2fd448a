"""Three words: the same on both screens, other ones where somebody is in between, and nobody chooses them."""

from protocol.trust.words import WORDS, check_commitment, commitment, three_words

H, A, S = b"h" * 32, b"a" * 16, b"s" * 16


def test_the_list_is_256_different_words() -> None:
    """One for each byte, lower case, easily said."""
    assert len(WORDS) == len(set(WORDS)) == 256
    assert all(word.isascii() and word.islower() and 4 <= len(word) <= 8 for word in WORDS if word != "fox")


def test_words_depend_on_the_handshake_and_both_nonces() -> None:
    """Any of the three changed gives others."""
    words = three_words(H, A, S)
    others = {three_words(b"i" * 32, A, S), three_words(H, b"b" * 16, S), three_words(H, A, b"t" * 16)}
    assert words == three_words(H, A, S) and words.count("-") == 2
    assert words not in others and len(others) == 3


def test_a_commitment_holds_for_its_nonce_and_handshake_alone() -> None:
    """Whoever is in between cannot carry it over, nor open it otherwise."""
    committed = commitment(A, H)
    assert check_commitment(committed, A, H)
    assert not check_commitment(committed, S, H) and not check_commitment(committed, A, b"i" * 32)
