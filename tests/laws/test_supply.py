"""What is installed is what was tested: every requirement has a floor that was tested, a locked version, and hashes."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from totebox.process.interpreter import LEAST, known_faults

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
NOT_IMPORTED = {"defusedxml"}
"""Imported by openpyxl where it is there."""
MODULES = {
    "python-docx": "docx", "pyahocorasick": "ahocorasick", "fpdf2": "fpdf",
}  # fmt: skip


def required(project: Path) -> Iterator[tuple[str, Requirement]]:
    """Every requirement of pyproject.toml with the list that it is in."""
    told = tomllib.loads((project / "pyproject.toml").read_text())
    lists = {"dependencies": told["project"]["dependencies"], "build-system": told["build-system"]["requires"]}
    lists |= told["project"]["optional-dependencies"] | told["dependency-groups"]
    for name, texts in lists.items():
        for text in texts:
            yield name, Requirement(text)


def locked(project: Path) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of the lock with its hashes."""
    text = re.sub(r"\s*\\\n\s*", " ", (project / ".ci" / "lock.txt").read_text())
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return [
        (Requirement(line.partition(" --hash")[0]), re.findall(r"--hash=sha256:([0-9a-f]{64})", line)) for line in lines
    ]


def holds(requirement: Requirement, python: str, machine: str) -> bool:
    """Whether it is installed under CPython `python` on Linux on `machine`."""
    where = {"python_version": python, "python_full_version": f"{python}.9", "platform_machine": machine}
    environment = {**default_environment(), "sys_platform": "linux", "extra": "", **where}
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_one_version_of_everything_that_is_required(project: Path, python: str, machine: str) -> None:
    """Dependencies, extras, every group and the build tools, on each Python and machine: exactly one version, within bounds."""
    here = {canonicalize_name(one.name): one for one, _ in locked(project) if holds(one, python, machine)}
    assert len(here) == sum(holds(one, python, machine) for one, _ in locked(project))
    for name, wanted in required(project):
        if holds(wanted, python, machine):
            assert canonicalize_name(wanted.name) in here, f"{wanted} of {name} is not locked: make lock"
            (pin,) = here[canonicalize_name(wanted.name)].specifier
            assert wanted.specifier.contains(pin.version), f"{wanted} of {name}, but {pin} is locked: make lock"


def test_every_locked_version_has_hashes(project: Path) -> None:
    """Pinned by `==`, with the SHA-256 of each file that the registry lists."""
    for one, hashes in locked(project):
        assert [pin.operator for pin in one.specifier] == ["=="] and hashes, one


@pytest.mark.parametrize("python", PYTHONS)
def test_every_floor_is_a_version_that_was_tested(project: Path, python: str) -> None:
    """`>=` names the locked version itself, for each Python: no older one was tested."""
    pins = {
        canonicalize_name(one.name): next(iter(one.specifier))
        for one, _ in locked(project)
        if holds(one, python, "x86_64")
    }
    for name, wanted in required(project):
        if holds(wanted, python, "x86_64"):
            floors = [part.version for part in wanted.specifier if part.operator == ">="]
            assert floors == [pins[canonicalize_name(wanted.name)].version], f"{wanted} of {name}"


def test_nothing_is_required_that_nothing_uses(project: Path) -> None:
    """Each dependency and extra is imported by a room; only the samples of the demo import fpdf2, which is an extra."""
    sources = {
        path: path.read_text() for room in ("protocol", "totebox", "console") for path in (project / room).rglob("*.py")
    }
    for name, wanted in required(project):
        if name in ("dependencies", "pdf") and wanted.name not in NOT_IMPORTED:
            module = MODULES.get(wanted.name, wanted.name)
            used = re.compile(rf"^\s*(from|import) {module}\b", re.MULTILINE)
            assert any(used.search(text) for text in sources.values()), wanted.name
    fpdf = [path for path, text in sources.items() if re.search(r"^\s*(from|import) fpdf\b", text, re.MULTILINE)]
    assert [path.name for path in fpdf] == ["press.py"]


def test_openpyxl_parses_with_defusedxml() -> None:
    """That is why it is required: openpyxl takes it where it finds it."""
    import openpyxl

    assert openpyxl.DEFUSEDXML


@pytest.mark.parametrize(
    ("version", "warned"),
    [((3, 11, 13), True), ((3, 11, 14), False), ((3, 12, 1), True), ((3, 13, 9), True), ((3, 13, 10), False),
     ((3, 14, 0), True), ((3, 14, 1), False), ((3, 15, 0), False)],
)  # fmt: skip
def test_a_python_with_known_faults_is_warned_of(version: tuple[int, int, int], warned: bool) -> None:
    """The message names this version and the first one without the faults."""
    said = known_faults(version)
    assert bool(said) is warned
    if warned:
        least = LEAST[version[:2]]
        assert ".".join(map(str, version)) in said and f"{version[0]}.{version[1]}.{least} or newer" in said


def test_every_supported_python_has_a_least_patch_level() -> None:
    """A minor version that the lock is made for is one of those that are judged."""
    assert {f"{major}.{minor}" for major, minor in LEAST} == set(PYTHONS) and sys.version_info >= (3, 11)
