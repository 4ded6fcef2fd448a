"""Which service keeps an original."""

import re
from pathlib import Path

import pytest

from totebox.service.keepers import Keeper, keeper_of

BOOK, MAIL, SHEETS = Keeper("book"), Keeper("mail", ("message/rfc822",)), Keeper("sheets", ("text/csv",))


@pytest.mark.parametrize(
    ("media", "named", "kept_by"),
    [
        ("application/pdf", "", "book"),
        ("message/rfc822", "", "mail"),
        ("text/csv", "", "sheets"),
        ("message/rfc822", "book", "book"),
        ("application/pdf", "sheets", "sheets"),
        ("application/pdf", "away", "book"),
    ],
)
def test_the_account_comes_before_the_type_and_the_type_before_any(media: str, named: str, kept_by: str) -> None:
    """A service that does not run is named in vain."""
    assert keeper_of((MAIL, BOOK, SHEETS), media, named) == kept_by


def test_where_every_keeper_has_its_types_the_first_keeps_the_rest() -> None:
    """An original is never without a keeper while one runs; '' where none does."""
    assert keeper_of((MAIL, SHEETS), "application/pdf") == "mail"
    assert keeper_of((), "application/pdf") == ""


def test_no_service_is_named_outside_its_folder(project: Path) -> None:
    """The code of a Totebox names the minute book in its folder and in the roster alone."""
    own = project / "totebox" / "services" / "minutebook"
    files = [path for path in (project / "totebox").rglob("*.py") if not path.is_relative_to(own)]
    found = [path.relative_to(project) for path in files if re.search("minutebook", path.read_text(), re.IGNORECASE)]
    assert found == [Path("totebox/services/__init__.py")]


NAMED_IN_HELP = {
    "console/config.py",
    "console/chassis/keys.py",
    "console/cartridges/__init__.py",
    "console/run/headless.py",
}
"""The keyboard, help that shows a table's or a command's whole name, and the headless twin, whose commands are called as the verbs are."""


def test_no_screen_names_the_service_of_another(project: Path) -> None:
    """A console opens documents by what they are; which service keeps them is what the Totebox says."""
    files = [path for path in (project / "console").rglob("*.py") if "minutebook" not in path.parts]
    found = {
        str(path.relative_to(project)) for path in files if re.search("minutebook", path.read_text(), re.IGNORECASE)
    }
    assert found == NAMED_IN_HELP
