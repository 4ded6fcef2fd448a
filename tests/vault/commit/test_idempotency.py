"""Idempotency ids are remembered by actor, and not for ever."""

from totebox.vault.commit.idempotency import REMEMBERED, OnceIds


def test_an_id_belongs_to_its_actor() -> None:
    """Two devices may draw the same id; no id is never found."""
    once = OnceIds()
    once.remember("a", "0a", 7)
    once.remember("a", "", 8)
    assert (once.find("a", "0a"), once.find("b", "0a"), once.find("a", "")) == (7, None, None)


def test_the_oldest_is_forgotten() -> None:
    """Memory is bounded: the newest 16,384 ids are kept."""
    once = OnceIds()
    for number in range(REMEMBERED + 1):
        once.remember("a", str(number), number)
    assert once.find("a", "0") is None and once.find("a", "1") == 1
