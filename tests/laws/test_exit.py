"""Text leaves the two programs by one exit each; every other way to a terminal is found here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

EXITS = ("console/terminal.py", "totebox/cli/terminal.py")
ALLOWED = {
    "totebox/writer/server.py": {
        "print",
        "sys.stderr",
    },  # its own words alone; the writer imports as little as it can
    "console/app/terminal_diff.py": {
        "an escape sequence"
    },  # made of numbers alone; a frame with another one is refused
    "totebox/process/interpreter.py": {"sys.stderr"},  # its own words alone; it runs before anything is installed
}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
LOOKS = {"isatty", "fileno"}
"""What may be asked of a stream anywhere: nothing is written by it."""
WRITERS = {
    "print",
    "from_markup",
    "from_ansi",
    "basicConfig",
    "StreamHandler",
    "print_exc",
    "print_exception",
    "lastResort",
}


def ways_out(source: str) -> Iterator[str]:
    """Whatever in `source` writes to a terminal or a log by itself."""
    tree = ast.parse(source)
    asked = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in LOOKS}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in {"print", "input"} and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            module = node.value.id if isinstance(node.value, ast.Name) else ""
            if module == "sys" and node.attr in STREAMS and id(node) not in asked:
                yield f"sys.{node.attr}"
            elif node.attr in WRITERS:
                yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\x1b" in node.value[:-1]:
            yield "an escape sequence"
        elif isinstance(node, ast.keyword) and node.arg == "ensure_ascii":
            yield "ensure_ascii"


def rooms(project: Path) -> list[Path]:
    return [path for room in ("protocol", "totebox", "console") for path in sorted((project / room).rglob("*.py"))]


def test_nothing_is_printed_past_the_exit(project: Path) -> None:
    """print, the standard streams, handlers of logs, markup and JSON with raw characters stand in the exits alone."""
    found = {}
    for path in rooms(project):
        name = str(path.relative_to(project))
        past = set(ways_out(path.read_text())) - ALLOWED.get(name, set())
        if not name.startswith("console/") or name.startswith("console/link/"):
            past.discard("ensure_ascii")  # their JSON goes to files of their own, which they alone read
        if past and name not in (*EXITS, "console/model/safe_text.py"):
            found[name] = past
    assert not found


@pytest.mark.parametrize(
    "source",
    [
        "print(name)",
        "import sys\nsys.stdout.write(name)",
        "import sys\nout = sys.stderr\nout.write(name)",
        "import sys\nsys.stdout.buffer.write(name)",
        "from rich.text import Text\nText.from_markup(name)",
        "import logging\nlogging.basicConfig()",
        "import traceback\ntraceback.print_exc()",
        "import json\njson.dumps(name, ensure_ascii=False)",
        "title = f'\\x1b]0;{name}\\x07'",
    ],
)
def test_the_law_sees_each_way(source: str) -> None:
    """What the law forbids it also finds."""
    assert list(ways_out(source))


def test_who_only_looks_at_a_stream_is_free() -> None:
    """Whether a stream is a terminal may be asked anywhere."""
    assert not list(ways_out("import sys\nsys.stdout.isatty() and sys.stdin.fileno()"))


def test_no_check_of_a_peer_is_an_assertion(project: Path) -> None:
    """What kind of thing a peer sent is judged by a typed fault: assertions vanish under -O, and crash without it."""
    found = []
    for path in (project / "console" / room for room in ("link", "model", "cartridges", "chassis", "fleet")):
        for file in path.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Assert) and "isinstance" in ast.unparse(node.test):
                    found.append(f"{file.relative_to(project)}:{node.lineno}")
    assert not found


INKS = "console/chassis/segments.py"
MAKERS = {"ink", "one_line", "prose", "entitled", "worded"}
"""What makes words of the screen out of a stranger's."""
TITLES = {"border_title", "border_subtitle"}


def _is_ours(node: ast.expr) -> bool:
    """A constant, blanks counted out, or what a maker made."""
    match node:
        case ast.Constant() | ast.JoinedStr(values=[]):
            return True
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _is_ours(left) or _is_ours(right)
        case ast.Call(func=ast.Name(id=name)):
            return name in MAKERS
        case ast.IfExp(body=one, orelse=other):
            return _is_ours(one) and _is_ours(other)
        case _:
            return False


def drawn_raw(source: str) -> Iterator[str]:
    """Texts that a widget is given without a maker."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"Segment", "Text", "Static"}
        ):
            if node.args and not _is_ours(node.args[0]):
                yield f"{node.func.id} in line {node.lineno}"
        elif isinstance(node, ast.Assign):
            titled = TITLES & {target.attr for target in node.targets if isinstance(target, ast.Attribute)}
            if titled and not _is_ours(node.value):
                yield f"a title in line {node.lineno}"


def test_nothing_is_drawn_past_the_makers(project: Path) -> None:
    """Segments, texts and titles of the screen are constants, or are made where a stranger's characters are defused."""
    found = {}
    for path in (project / "console").rglob("*.py"):
        name = str(path.relative_to(project))
        if name != INKS and not name.startswith("console/demo/") and (raw := list(drawn_raw(path.read_text()))):
            found[name] = raw
    assert not found


@pytest.mark.parametrize(
    "source", ["Segment(name, style)", "Text(f'{name}')", "Static(name)", "box.border_title = name", "Text(' ' + name)"]
)
def test_the_law_sees_what_is_drawn_raw(source: str) -> None:
    """Each way is found."""
    assert list(drawn_raw(source))
