"""Nothing but the launcher starts a process, and it starts nothing but the programs of the registry."""

import ast
import importlib.util
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from totebox.daemon.programs import PROGRAMS
from totebox.process.launcher_protocol import MAX_DESCRIPTORS, MAX_ROWS
from totebox.process.program import Program

STARTING = {
    "subprocess": {"Popen", "run", "call", "check_call", "check_output", "getoutput", "getstatusoutput"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
    "asyncio.subprocess": {"create_subprocess_exec", "create_subprocess_shell"},
    "os": {"fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "popen"},
    "pty": {"fork", "spawn"},
    "multiprocessing": {"Process", "Pool", "Manager"},
    "concurrent.futures": {"ProcessPoolExecutor"},
}
"""What starts a process, by module; beside it whatever of `os` begins with `exec` or `spawn`."""
MAY_START = {
    "totebox/process/launcher.py": "starts the launcher, before the daemon shuts itself in",
    "totebox/process/launcher_process.py": "is the launcher",
    "totebox/cli/timestamp_check.py": "runs openssl for a person at the command line; no daemon does",
    "totebox/vault/check/workers.py": "copies a verifier within its cage: no program is run",
}
ENTRIES = {
    "totebox/process/launcher_process.py": "the launcher, which starts the programs",
    "totebox/cli/main.py": "a person starts it",
    "totebox/process/interpreter.py": "a person, or the installer, starts it",
}
"""Modules that can be run and are no program of the registry."""


def starts(code: str) -> Iterator[str]:
    """What in `code` starts a process: by its module's name, by a name of its own, or imported from there."""
    names: dict[str, str] = {}
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                if does_start(node.module, alias.name):
                    yield f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            module = names.get(ast.unparse(node.value), ast.unparse(node.value))
            if does_start(module, node.attr):
                yield f"{module}.{node.attr}"


def does_start(module: str, name: str) -> bool:
    return name in STARTING.get(module, ()) or (module == "os" and name.startswith(("exec", "spawn")))


def modules(project: Path) -> Iterator[tuple[str, str]]:
    """(path, code) of every module of the subject side."""
    for path in sorted((project / "totebox").rglob("*.py")):
        yield path.relative_to(project).as_posix(), path.read_text()


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nsubprocess.Popen(['x'])",
        "import subprocess as s\ns.run(['x'])",
        "from subprocess import check_output as c\nc(['x'])",
        "import os\nos.fork()",
        "from os import fork\nfork()",
        "import os\nos.execve('x', [], {})",
        "import os\nos.spawnv(0, 'x', [])",
        "import asyncio\nasyncio.create_subprocess_exec('x')",
        "import asyncio.subprocess as a\na.create_subprocess_shell('x')",
        "import multiprocessing\nmultiprocessing.Process()",
        "from concurrent.futures import ProcessPoolExecutor",
    ],
)
def test_each_way_to_start_a_process_is_seen(code: str) -> None:
    """The law below is not blind to a way of naming it."""
    assert list(starts(code))


def test_nothing_but_the_launcher_starts_a_process(project: Path) -> None:
    """Each exception says why, and is one."""
    assert {path for path, code in modules(project) if list(starts(code))} == set(MAY_START)


def test_every_process_that_can_be_started_is_in_the_registry(project: Path) -> None:
    """A module that can be run is a program, or a person runs it."""
    runnable = {path for path, code in modules(project) if is_runnable(path, code)}
    programs = {path_of(project, program.module) for program in PROGRAMS.rows}
    assert programs <= runnable
    assert runnable - programs == set(ENTRIES)


def is_runnable(path: str, code: str) -> bool:
    return path.endswith("/__main__.py") or "__name__ == " in code


def path_of(project: Path, module: str) -> str:
    """The file that `python -m MODULE` runs."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    file = Path(spec.origin)
    return (file.with_name("__main__.py") if file.name == "__init__.py" else file).relative_to(project).as_posix()


def test_no_module_of_a_program_is_named_outside_the_registry(project: Path) -> None:
    """No string says which module to run; rooms are handed a Program."""
    known = {program.module for program in PROGRAMS.rows} | {program.guard for program in PROGRAMS.rows} - {""}
    naming = {
        path
        for path, code in modules(project)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and node.value in known
    }
    assert naming == {"totebox/daemon/programs.py"}


def test_the_readme_shows_the_registry(project: Path) -> None:
    """Each program with its cage, its descriptors and its lifetime, and no other."""
    text = (project / "totebox/README.md").read_text()
    table = text.partition("| program | cage |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    assert [row[:3] for row in rows] == [
        [one.name, one.profile.kind, ", ".join(one.descriptors)] for one in PROGRAMS.rows
    ]
    assert all(row[3].startswith(one.lifetime.value) for row, one in zip(rows, PROGRAMS.rows, strict=True))
    assert all(f"at most {one.most} " in row[3] for row, one in zip(rows, PROGRAMS.rows, strict=True) if one.most > 1)


def test_the_writer_is_never_given_up() -> None:
    """Without a writer no record is taken and none is read."""
    assert PROGRAMS.writer.restart is not None and PROGRAMS.writer.restart.most is None and PROGRAMS.writer.most == 1


def test_every_program_of_the_registry_is_a_row(project: Path) -> None:
    """What has a field is handed to the launcher, once, under a name of its own and with a cage of its own."""
    held = [value for field in fields(PROGRAMS) if isinstance(value := getattr(PROGRAMS, field.name), Program)]
    assert tuple(held) == PROGRAMS.rows
    assert len({one.name for one in held}) == len({one.profile.kind for one in held}) == len(held) <= MAX_ROWS
    assert all(1 <= len(one.descriptors) <= MAX_DESCRIPTORS and 1 <= one.most <= 255 for one in held)
