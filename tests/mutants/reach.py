"""Which test runs which line: a plug-in of pytest that counts, and what it found.

A line that a fixture of wider scope than one test runs while it is set up is run by every test with that fixture. Every module of the
room is imported before the first test, so that what runs at import is no test's.
"""

import ast
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

import coverage
import pytest

FOLDER, RESULT = "MUTANTS_FOLDER", "MUTANTS_RESULT"
MODULE = re.compile(r"\b(?:protocol|totebox|console|tests)(?:[./]\w+)+")
"""A module of the tree in the words that start a process: its dotted name, or its path."""


@dataclass(frozen=True)
class Reach:
    """What the tests reach.

    Attributes:
        seconds: how long each test took.
        tests: by file and line, those that run it; "" stands for the import.
        programs: modules by the test that starts a process with them.
        imports: the modules of the tree that each of its files imports, inside functions too.
        imported: what stood in sys.modules at the end and is none of the tree's.
    """

    seconds: dict[str, float]
    tests: dict[str, dict[int, frozenset[str]]]
    programs: dict[str, frozenset[str]]
    imports: dict[str, frozenset[str]]
    imported: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> "Reach":
        told = json.loads(path.read_text(encoding="utf-8"))
        tests = {
            name: {int(line): frozenset(found) for line, found in lines.items()}
            for name, lines in told["tests"].items()
        }
        programs, imports = (
            {name: frozenset(each) for name, each in told[key].items()} for key in ("programs", "imports")
        )
        return cls(told["seconds"], tests, programs, imports, tuple(told["imported"]))

    def candidates(self, name: str, lines: range, *, at_import: bool) -> list[str]:
        """Tests that may notice a change of `lines` of the file `name`, those that are most about the file first.

        They run one of the lines, or start a process that imports the file. A change that is made at import is noticed by tests that
        run a line of the file, or of one that imports it, or that import it themselves.
        """
        reached = self.tests.get(name, {})
        module = module_of(name)
        found = {test for test, seeds in self.programs.items() if module in self._closure(seeds)}
        if at_import or any("" in reached.get(line, ()) for line in lines):
            users = {file for file, modules in self.imports.items() if module in modules}
            for file in {name, *users}:
                found.update(*self.tests.get(file, {}).values())
            found.update(test for test in self.seconds if test.partition("::")[0] in users)
        else:
            found.update(*(reached.get(line, ()) for line in lines))
        return sorted(
            found & self.seconds.keys(), key=lambda test: (-self._share(test, name), self.seconds[test], test)
        )

    def _share(self, test: str, name: str) -> float:
        """Which part of the lines that the test runs stands in the file, in tenths."""
        counts = self._counts[test]
        return round(counts[name] / max(1, counts.total()), 1)

    @cached_property
    def _counts(self) -> dict[str, Counter[str]]:
        """By test: how many lines of which file it runs."""
        found: dict[str, Counter[str]] = {test: Counter() for test in self.seconds}
        for name, lines in self.tests.items():
            for test in (test for tests in lines.values() for test in tests):
                if test in found:
                    found[test][name] += 1
        return found

    def _closure(self, seeds: frozenset[str]) -> set[str]:
        by_module = {module_of(file): modules for file, modules in self.imports.items()}
        found, open_ = set[str](), list(seeds)
        while open_:
            module = open_.pop()
            if module not in found:
                found.add(module)
                open_ += by_module.get(module, ())
        return found


def module_of(name: str) -> str:
    """The dotted name of the file `name`, as it is imported."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports_of(source: str) -> set[str]:
    """Every module that `source` may import; a name that is imported from one counts as one too."""
    found = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
            found.update(f"{node.module}.{each.name}" for each in node.names)
    return found


class Counting:
    """Switches what is counted to the test, or the fixture, that runs."""

    def __init__(self, root: Path, folder: str, result: Path) -> None:
        self._root, self._folder, self._result = root, folder, result
        self._at = ""
        self._seconds: dict[str, float] = {}
        self._using: dict[str, set[str]] = {}
        self._programs: dict[str, set[str]] = {}
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=[f"{root / folder}/*"])
        self._coverage.start()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        if event == "subprocess.Popen" and self._at:
            words = " ".join(map(str, args[1])) if isinstance(args[1], list | tuple) else str(args[1])
            named = {module_of(word.replace(f"{self._root}/", "")) for word in MODULE.findall(words)}
            self._programs.setdefault(self._at, set()).update(named)

    def _switch(self, at: str) -> None:
        self._at = at
        self._coverage.switch_context(at)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for path in sorted((self._root / self._folder).rglob("*.py")):
            name = path.relative_to(self._root).with_suffix("")
            if name.name != "__main__":
                import_module(".".join(name.parts[:-1] if name.name == "__init__" else name.parts))
        for item in session.items:
            for name in getattr(item, "fixturenames", ()):
                self._using.setdefault(f"fixture {name}", set()).add(item.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[object]:
        self._switch(item.nodeid)
        try:
            return (yield)
        finally:
            self._switch("")

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: "pytest.FixtureDef[object]") -> Iterator[object]:
        if fixturedef.scope == "function":
            return (yield)
        before = self._at
        self._switch(f"fixture {fixturedef.argname}")
        try:
            return (yield)
        finally:
            self._switch(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        tests = {
            str(Path(file).relative_to(self._root)): {
                line: sorted(self._tests(contexts)) for line, contexts in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        told = {
            "seconds": self._seconds,
            "tests": tests,
            "programs": {test: sorted(named) for at, named in self._programs.items() for test in self._tests([at])},
            "imports": {
                str(path.relative_to(self._root)): sorted(imports_of(path.read_text("utf-8")))
                for path in _sources(self._root)
            },
            "imported": sorted(_installed(self._root)),
        }
        self._result.write_text(json.dumps(told), encoding="utf-8")

    def _tests(self, contexts: Iterable[str]) -> set[str]:
        found = set[str]()
        for each in contexts:
            found |= self._using.get(each, set()) if each.startswith("fixture ") else {each}
        return found


def _sources(root: Path) -> Iterator[Path]:
    for folder in ("protocol", "totebox", "console", "tests"):
        yield from (root / folder).rglob("*.py")


def _installed(root: Path) -> Iterator[str]:
    """Modules that are loaded and are none of the tree's: no mutant changes them.

    Those with a leading underscore are left to the modules that they belong to: `_asyncio` before `asyncio` is half a module.
    """
    for name, module in list(sys.modules.items()):
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        if origin and not Path(origin).is_relative_to(root) and not name.startswith("_") and "__main__" not in name:
            yield name


def pytest_configure(config: pytest.Config) -> None:
    """Count where the environment says so."""
    if RESULT in os.environ:
        config.pluginmanager.register(
            Counting(config.rootpath, os.environ[FOLDER], Path(os.environ[RESULT])), "counting"
        )
