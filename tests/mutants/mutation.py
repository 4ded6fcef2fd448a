"""Mutants: the same source with one thing changed that a test should notice. Pure: text in, mutants out.

The kinds are the usual ones (Offutt's sufficient operators, without what Python's types reject at once): a comparison turned or moved by
one, a condition negated, `and` for `or`, a sum for a difference, a number or a boolean changed, a call whose result nobody uses left out,
a returned value left out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed source: `line` is where (1-based), `what` says what was changed."""

    line: int
    what: str
    source: str


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
    what = change()
    return Mutant(getattr(place, "lineno", 0), what, ast.unparse(ast.fix_missing_locations(tree)))


def _places(tree: ast.AST) -> "Iterator[tuple[ast.AST, _Change]]":
    for node in ast.walk(tree):
        yield from _of(node)


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
