"""Mutants are what they say, and a tool that tries them can fail."""

import ast

import pytest

from tests.mutants.mutation import count, mutant, mutants

SOURCE = '''
def fits(size: int, most: int = 3) -> bool:
    """Whether it does."""
    if size < most and size != 0:
        note(size)
        return True
    return size + 1 == most
'''


@pytest.mark.parametrize(
    "words",
    [
        "size <= most",
        "size == 0",
        " or ",
        "not (",
        "size - 1",
        "most: int=4",
        "return False",
        "return None",
        "    None\n",
        "size != 1",
    ],
)
def test_each_kind_of_change_is_made(words: str) -> None:
    """A turned comparison, a negated condition, another number, a left-out call and result: there is a mutant of each."""
    assert any(words in one.source for one in mutants(SOURCE))


def test_a_mutant_differs_from_its_source_in_one_place() -> None:
    """Every mutant is Python, differs from the source, and no two are the same."""
    whole = ast.unparse(ast.parse(SOURCE))
    made = [mutant(SOURCE, number).source for number in range(count(SOURCE))]
    assert len(set(made)) == len(made) == count(SOURCE) and whole not in made
    assert all(ast.parse(source) for source in made)
