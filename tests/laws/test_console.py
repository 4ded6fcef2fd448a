"""The console is composed of objects that own each other in one direction."""

import ast
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

from textual.app import App

from console.app.app import LedgerApp
from console.chassis.cartridge import Cartridge

BASES = frozenset({"Cartridge", "TableCartridge"})
"""What a cartridge's pane may derive from."""


def modules(project: Path) -> dict[str, Path]:
    found = {}
    for path in (project / "console").rglob("*.py"):
        parts = path.relative_to(project).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(tree: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    """Every module of the console that is imported anywhere in `tree`: at the top, in a function, for types alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield from (each for each in (whole, node.module) if each in known)


def circle(known: Mapping[str, Path]) -> list[str]:
    """The modules of one circle of imports; none where there is no circle.

    What a module takes from a package that it lies in is not counted: to import the module is to import that package.
    """
    arrows = {
        name: {
            other
            for other in imported(ast.parse(path.read_text()), known)
            if other != name and not name.startswith(f"{other}.")
        }
        for name, path in known.items()
    }
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_import_circle(project: Path) -> None:
    """No modules of the console import each other in a circle, wherever in them the imports stand."""
    assert not circle(modules(project))


def test_a_circle_through_functions_is_found(tmp_path: Path) -> None:
    """The law catches two modules that import each other within their functions."""
    room = tmp_path / "console"
    room.mkdir()
    (room / "there.py").write_text("def go():\n    from console.back import go\n")
    (room / "back.py").write_text("def go():\n    from console import there\n")
    assert set(circle(modules(tmp_path))) == {"console.there", "console.back"}


def panes(project: Path) -> set[type[Cartridge]]:
    """Every class of cartridges and fleet that is a cartridge."""
    for module in modules(project):
        if module.startswith(("console.cartridges.", "console.fleet.")):
            import_module(module)

    def below(pane: type[Cartridge]) -> Iterator[type[Cartridge]]:
        for each in pane.__subclasses__():
            yield each
            yield from below(each)

    return {each for each in below(Cartridge) if each.__module__.startswith(("console.cartridges.", "console.fleet."))}


def test_no_cartridge_is_split_over_files_by_inheritance(project: Path) -> None:
    """A pane derives from Cartridge or TableCartridge itself, never from a class that derives from them."""
    found = panes(project)
    assert len(found) >= 7, "the law sees the panes of the console"
    split = {
        pane.__name__
        for pane in found
        if any(issubclass(base, Cartridge) and base.__name__ not in BASES for base in pane.__bases__)
    }
    assert not split


def test_the_application_is_composed() -> None:
    """The application derives from Textual's App alone."""
    assert LedgerApp.__bases__ == (App,)


def test_a_cartridge_has_no_way_to_the_application() -> None:
    """What a cartridge calls its desk is given to it: no class of the chassis computes it from the application."""
    assert not hasattr(Cartridge, "desk")


def test_cartridges_know_the_desk_alone(project: Path) -> None:
    """No module of a cartridge or of the fleet pushes a screen or reads the model by way of the application."""
    rooms = ("console.cartridges.", "console.fleet.")
    reach = re.compile(r"\bself\.app\.(?!size\b)")
    reaching = {
        name for name, path in modules(project).items() if name.startswith(rooms) and reach.search(path.read_text())
    }
    assert not reaching


def test_receipts_are_checked_in_one_place(project: Path) -> None:
    """One module of the console holds a receipt's proof against a key, and one class there is a verdict."""
    sources = {name: path.read_text() for name, path in modules(project).items()}
    assert [name for name, text in sources.items() if "verify_proof(" in text] == ["console.model.proofs"]
    verdicts = [name for name, text in sources.items() if "\nclass Verdict" in text]
    assert verdicts == ["console.model.proofs"]
