"""Mutants: the same source with one thing changed that a test should notice. Pure: text in, mutants out.

The kinds are the usual ones (Offutt's sufficient operators, without what Python's types reject at once): a comparison turned or moved by
one, a condition negated, `and` for `or`, a sum for a difference, a number or a boolean changed, a call whose result nobody uses left out,
a returned value left out.

Left as they are, since no test could notice: what is said to the daemon's own log, and the arguments of `@dataclass`, which the type
checker judges (`frozen`) or which save memory (`slots`).
"""

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed source: `line` is where (1-based), `what` says what was changed.

    A test that notices it runs one of `lines` of the source before; `at_import` says that they run when the module is imported, so that
    any test of the module may.
    """

    line: int
    what: str
    source: str
    lines: range
    at_import: bool


def mutants(source: str) -> list[Mutant]:
    """Every mutant of `source`, in the order of its lines. Type hints, docstrings and `__all__` are left as they are."""
    return sorted((mutant(source, number) for number in range(count(source))), key=lambda one: one.line)


def count(source: str) -> int:
    """How many mutants there are."""
    return sum(1 for _ in _places(ast.parse(source)))


def mutant(source: str, number: int) -> Mutant:
    """Mutant `number` of `source`, 0 <= number < count(source)."""
    tree = ast.parse(source)
    place, change = list(_places(tree))[number]
    lines, at_import = _run_lines(tree, place)
    what = change()
    return Mutant(getattr(place, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(tree)), lines, at_import)


def _run_lines(tree: ast.AST, place: ast.AST) -> tuple[range, bool]:
    """The lines of the statement that holds `place` (of a compound one its head, of a default its function's body); whether at import."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    path = [place]
    while path[-1] in above:
        path.append(above[path[-1]])
    at = next(number for number, node in enumerate(path) if isinstance(node, ast.stmt))
    statement = path[at]
    assert isinstance(statement, ast.stmt)
    outside = [node for node in path[at + 1 :] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and isinstance(path[at - 1], ast.arguments):
        return range(statement.body[0].lineno, (statement.end_lineno or 0) + 1), False
    if not body:
        return range(statement.lineno, (statement.end_lineno or 0) + 1), not outside
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return range(statement.lineno, max(first.lineno, statement.lineno + 1)), not outside


def _places(tree: ast.AST) -> "Iterator[tuple[ast.AST, _Change]]":
    open_ = deque([tree])
    while open_:
        node = open_.popleft()
        if not _is_unseen(node):
            open_.extend(ast.iter_child_nodes(node))
            yield from _of(node)


def _is_unseen(node: ast.AST) -> bool:
    """Whether `node` is a message to the log or the call that makes a dataclass."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "_log")))):
            return True
        case ast.Call(func=ast.Name(id="dataclass")):
            return True
        case _:
            return False


def _of(node: ast.AST) -> "Iterator[tuple[ast.AST, _Change]]":
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in COMPARED:
            yield (
                node,
                _Change(
                    node,
                    "ops",
                    [COMPARED[type(operator)]()],
                    f"{_name(operator)} -> {COMPARED[type(operator)].__name__}",
                ),
            )
        case ast.BoolOp(op=operator):
            other = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield node, _Change(node, "op", other, f"{_name(operator)} -> {_name(other)}")
        case ast.BinOp(op=operator) if type(operator) in COUNTED:
            yield (
                node,
                _Change(
                    node, "op", COUNTED[type(operator)](), f"{_name(operator)} -> {COUNTED[type(operator)].__name__}"
                ),
            )
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield node, _Change(node, "test", ast.UnaryOp(ast.Not(), test), "the condition is negated")
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield node, _Change(node, "value", ast.Constant(None), "None is returned")
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield node, _Change(node, "value", ast.Constant(None), "the call is left out")
        case ast.Constant(value=bool() as value):
            yield node, _Change(node, "value", not value, f"{value} -> {not value}")
        case ast.Constant(value=int() as value):
            yield node, _Change(node, "value", value + 1, f"{value} -> {value + 1}")


@dataclass(frozen=True, slots=True)
class _Change:
    node: ast.AST
    field: str
    value: object
    what: str

    def __call__(self) -> str:
        setattr(self.node, self.field, self.value)
        return self.what


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
