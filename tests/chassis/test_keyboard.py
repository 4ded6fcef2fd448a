"""Keys: which may be given away, which clash, how people read them, and what the command line makes of a few letters."""

import pytest

from console.chassis.anchor import ANCHOR, FIXED, keyboard, remapped
from console.chassis.keys import ANYWHERE, IN_LISTS, TWINS, KeyCommand, clashes, key_name, matches
from console.chassis.palette import MOST, Destination, rank
from console.chassis.strip import StripKey, pieces
from console.errors import ConfigError
from tests.chassis.stage import TITLES


def command(id_: str, key: str, title: str = "Do", help_: str = "Does it.") -> KeyCommand:
    return KeyCommand(id_, title, key, help_, "act")


FIRST, SECOND = (command("one.a", "a"), command("one.b", "b,B")), (command("two.a", "a"),)


def keys_of(found: tuple[KeyCommand, ...]) -> dict[str, str]:
    return {each.id: each.key for each in found}


def test_two_places_may_have_the_same_key() -> None:
    """And without settings every key is as it was declared; commands of lists are given to nobody."""
    found = keys_of(keyboard(ANYWHERE, [FIRST, SECOND], {}))
    assert found == {each.id: each.key for each in (*ANYWHERE, *FIRST, *SECOND)}


def test_a_key_is_given_by_its_command() -> None:
    """To that command alone."""
    found = keys_of(keyboard(ANYWHERE, [FIRST, SECOND], {"one.a": "ctrl+a"}))
    assert (found["one.a"], found["two.a"]) == ("ctrl+a", "a")


@pytest.mark.parametrize(
    ("keymap", "says"),
    [
        ({"one.a": ANCHOR}, "F12 is the Input Machine and cannot be given to one.a"),
        ({"one.a": "x,f12"}, "F12 is the Input Machine"),
        ({"one.a": "escape"}, "escape is fixed"),
        ({"one.a": "x,f3"}, "f3 is fixed"),
        ({"one.c": "x"}, "there is no command one.c; the nearest is one."),
        ({"one.a": "b"}, "one.a and one.b both want b"),
        ({"one.a": "B"}, "both want B"),
        ({"one.a": "slash"}, "list.filter and one.a both want slash"),
        ({"one.a": "colon"}, "go and one.a both want colon"),
        ({"go": "a"}, "go and one.a both want a"),
    ],
)
def test_a_setting_that_cannot_be_is_named(keymap: dict[str, str], says: str) -> None:
    """With the command, the key, and what is in the way."""
    with pytest.raises(ConfigError, match=says):
        keyboard(ANYWHERE, [FIRST, SECOND], keymap)


def test_a_pane_s_own_key_goes_before_the_chassis_s() -> None:
    """That is no fault of the settings."""
    assert keys_of(remapped((*ANYWHERE, command("one.y", "y")), {}))["one.y"] == "y"


def test_all_function_keys_are_fixed() -> None:
    """And the two that every dialog has."""
    assert {f"f{number}" for number in range(1, 13)} | {"escape", "enter"} == FIXED


def test_a_clash_names_both() -> None:
    """Each key once a pair, the first owner first."""
    found = clashes([command("a", "x,y"), command("b", "y"), command("c", "x,y"), command("d", "")])
    assert [(each.key, each.first, each.second) for each in found] == [
        ("y", "a", "b"),
        ("x", "a", "c"),
        ("y", "a", "c"),
    ]


def test_our_own_commands_do_not_clash() -> None:
    """Neither anywhere nor in lists, and every twin says how it is written."""
    assert clashes((*ANYWHERE, *IN_LISTS)) == []
    assert all(each.usage.startswith(each.id) and 0 <= each.least <= each.most for each in TWINS)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("f1", "F1"),
        ("f", "f"),
        ("fx", "fx"),
        ("ctrl+slash", "Ctrl+/"),
        ("ctrl+q", "Ctrl+Q"),
        ("G", "G"),
        ("pageup", "PgUp"),
    ],
)
def test_a_key_is_read_as_it_is_printed(key: str, name: str) -> None:
    """On the keyboard of a person."""
    assert key_name(key) == name


@pytest.mark.parametrize(
    ("word", "found"),
    [("", True), ("  ", True), ("x", True), ("?", True), ("question_mark", True), ("FIND", True), ("seek.do", True),
     ("looks", True), ("z", False), ("s", False), ("zz", False)],
)  # fmt: skip
def test_a_command_is_found_by_key_and_word(word: str, found: bool) -> None:
    """One letter is a key; two are a part of its name, title or help."""
    assert matches(command("seek.do", "x,question_mark", "Find it", "Looks for it."), word) is found


def to(word: str, *words: str, reason: str = "", weight: int = 0) -> Destination:
    return Destination(word, "key", "", lambda: None, words, reason=reason, weight=weight)


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("pair", ["pair", "pairs", "pair issue", "the pair", "repair", "p-a-i-r"]),
        ("PAIR ", ["pair", "pairs", "pair issue", "the pair", "repair", "p-a-i-r"]),
        (":pair", ["pair", "pairs", "pair issue", "the pair", "repair", "p-a-i-r"]),
        ("pr", []),
        ("xyz", []),
    ],
)
def test_a_better_fit_stands_before_a_worse(typed: str, order: list[str]) -> None:
    """The word, its beginning, a word in it, a part of it, its letters in order; two letters must stand together."""
    places = [to("p-a-i-r"), to("repair"), to("the pair"), to("pair issue"), to("pairs"), to("pair")]
    assert [place.word for place in rank(places, typed)] == order


def test_a_long_word_is_a_worse_beginning() -> None:
    """But still a better fit than a word within."""
    assert [place.word for place in rank([to("the go"), to("go" + "o" * 40), to("goo")], "go")] == [
        "goo", "go" + "o" * 40, "the go",
    ]  # fmt: skip


def test_without_words_the_heaviest_are_first() -> None:
    """Of equals the first; twelve in all; what cannot be done now comes last."""
    places = [to(f"p{number}") for number in range(20)] + [to("key", weight=5), to("not now", reason="no", weight=1)]
    found = [place.word for place in rank(places, "")]
    assert found[:3] == ["key", "p0", "p1"] and len(found) == MOST and "not now" not in found


def test_other_words_of_a_destination_count() -> None:
    """The best of them."""
    assert [place.word for place in rank([to("input", "12", "f12"), to("12 months")], "12")] == ["input", "12 months"]


def keys(active: int = 8, missing: tuple[int, ...] = (3,)) -> list[StripKey]:
    return [StripKey(f"f{n}", TITLES[n - 1], "missing" if n in missing else "", n == active) for n in range(1, 13)]


def strip_at(width: int) -> list[str]:
    return ["".join(text for _, text in piece.parts) for piece in pieces(keys(), width)]


@pytest.mark.parametrize(
    ("width", "first", "missing"),
    [
        (200, "F1 HELP", "F3 email"),
        (106, "1HELP", "3email"),
        (94, "1HELP", "3"),
        (70, "1HELP", "3"),
        (60, "1HEL", "3"),
        (20, "1", "3"),
    ],
)
def test_the_strip_gives_up_its_least_first(width: int, first: str, missing: str) -> None:
    """The F, then the titles of missing keys, then letters of all titles, then all but the numbers."""
    shown = strip_at(width)
    assert (shown[0], shown[2]) == (first, missing)


def test_the_strip_can_be_read_without_colour() -> None:
    """Missing keys are small letters; each piece opens its key."""
    found = pieces(keys(), 200)
    assert [piece.action for piece in found] == [f"f{n}" for n in range(1, 13)]
    assert [piece.parts[0][0] for piece in found][:3] == ["key", "key", "muted"] and found[7].parts[0][0] == "active"
