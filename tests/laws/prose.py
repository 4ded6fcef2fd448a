"""`make prose REV=...`: whether a commit changed words alone. Docstrings and comments are words; everything else is code.

A prose commit leaves the syntax tree of every Python file as it was once docstrings are taken out. Sentences that people see are code.
"""

import ast
import subprocess
import sys
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def skeleton(source: str) -> str:
    """The syntax tree of `source` without docstrings, comments and places, as text.

    A string that stands alone behind an assignment documents it, and is left out too.

    Raises:
        SyntaxError: it is no Python.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_words(one)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def changed(revision: str, project: Path) -> list[str]:
    """The Python files whose code differs between the parent of `revision` and `revision`; new, renamed and removed files too."""
    names = _git(project, "diff", "--name-only", "--no-renames", f"{revision}^", revision).split("\n")
    return [name for name in names if name.endswith(".py") and _differs(project, revision, name)]


def _differs(project: Path, revision: str, name: str) -> bool:
    try:
        before, after = (_git(project, "show", f"{each}:{name}") for each in (f"{revision}^", revision))
    except subprocess.CalledProcessError:
        return True
    return skeleton(before) != skeleton(after)


def _git(project: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", project, *words], check=True, capture_output=True, text=True).stdout


def main(revision: str) -> int:
    """Print the files whose code changed; 0 where there are none."""
    found = changed(revision, Path.cwd())
    for name in found:
        sys.stdout.write(f"{name}: its code differs, not its words alone\n")
    sys.stdout.write(
        f"{revision}: {len(found)} files changed in more than words\n" if found else f"{revision}: words alone\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "HEAD"))
