"""A list that is asked for page by page."""

from collections.abc import Mapping

from console.model.paged import Paged, PageRequest, answered, asked, joined, opened, refused, sought

HEARD = (1, 0)


def _page(
    held: Paged[str], page: PageRequest, rows: Mapping[int, str], cursor: str = "", more: bool = False
) -> Paged[str]:
    return answered(asked(held, page, HEARD), dict(rows), cursor, more)


def test_the_next_page_goes_behind_what_is_held() -> None:
    """Its cursor is the Totebox's; after the last page there is no more."""
    held: Paged[str] = _page(Paged(), PageRequest.BEGIN, {9: "i", 8: "h"}, "8", True)
    question = asked(held, PageRequest.EXTEND, HEARD).question
    assert question is not None and question.cursor == "8"
    held = _page(held, PageRequest.EXTEND, {7: "g"})
    assert list(held.rows) == [9, 8, 7] and not held.more


def test_a_renewed_page_stands_first_and_the_rest_stays() -> None:
    """What was loaded by scrolling is not lost to a change; where everything was held, the page is everything."""
    held = _page(Paged(), PageRequest.BEGIN, {3: "c", 2: "b"}, "2", True)
    held = _page(held, PageRequest.EXTEND, {1: "a"}, "1", True)
    assert list(_page(held, PageRequest.RENEW, {4: "d", 3: "c"}, "3", True).rows) == [4, 3, 2, 1]
    whole = _page(Paged(), PageRequest.BEGIN, {3: "c", 2: "b"})
    assert list(_page(whole, PageRequest.RENEW, {3: "c"}).rows) == [3]


def test_rows_that_are_superseded_go() -> None:
    """The list names what its fresh rows take the place of."""
    held = _page(Paged(), PageRequest.BEGIN, {3: "c", 2: "b", 1: "a"}, "1", True)
    after = answered(asked(held, PageRequest.RENEW, HEARD), {4: "b"}, "4", True, lambda fresh: {2})
    assert list(after.rows) == [4, 3, 1]


def test_a_log_keeps_every_row() -> None:
    """What a page of a log does not hold was not taken out of it; its cursor stays behind the oldest."""
    held = _page(Paged(), PageRequest.BEGIN, {3: "c", 2: "b"})
    after = answered(asked(held, PageRequest.RENEW, HEARD), {9: "i"}, "9", True, is_log=True)
    assert set(after.rows) == {9, 3, 2} and (after.cursor, after.more) == ("", False)


def test_a_page_from_the_middle_leaves_the_end_where_it_was() -> None:
    """A gap that is filled does not move the place where the next page begins."""
    held = _page(Paged(), PageRequest.BEGIN, {9: "i", 1: "a"}, "1", True)
    after = answered(asked(held, PageRequest.EXTEND, HEARD, "9"), {8: "h"}, "8", True, is_log=True)
    assert (after.cursor, after.more) == ("1", True) and 8 in after.rows


def test_another_query_drops_what_does_not_answer_it() -> None:
    """So does another date; the same query keeps everything."""
    held = _page(Paged(), PageRequest.BEGIN, {1: "a"})
    assert sought(held, "") is held
    assert not sought(held, "words").rows and not sought(held, "", "2026-11-20").rows


def test_no_serial_is_given_twice_even_to_another_totebox() -> None:
    """An answer of the first one is never taken for one of the second."""
    first = asked(Paged(), PageRequest.BEGIN, HEARD)
    second = asked(opened(first), PageRequest.BEGIN, HEARD)
    assert first.question is not None and second.question is not None
    assert first.question.serial != second.question.serial and not second.rows


def test_an_empty_list_says_which_state_it_is_in() -> None:
    """Never asked, asked, refused, and answered with nothing are four different things."""
    fresh: Paged[str] = Paged()
    assert fresh.why_empty("link lost", "none yet") == "not asked: link lost"
    waiting = asked(fresh, PageRequest.BEGIN, HEARD)
    assert waiting.why_empty("", "none yet") == "asked: the answer is on its way"
    assert (
        refused(waiting, "the vault is being moved").why_empty("", "none yet")
        == "not answered: the vault is being moved"
    )
    assert answered(waiting, {}, "", False).why_empty("link lost", "none yet") == "none yet"


def test_rows_that_came_by_themselves_are_joined_once() -> None:
    """What is held already changes nothing, and costs no new list."""
    held = joined(Paged(), {1: "a"})
    assert held.rows == {1: "a"} and joined(held, {1: "other"}) is held
