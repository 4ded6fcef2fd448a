"""`make prose` tells words from code."""

import subprocess
from pathlib import Path

import pytest

from tests.laws.prose import changed, skeleton

BEFORE = '''"""What it was."""
LIMIT = 3
"""How many."""


def look(at: int) -> str:
    """Look."""
    return "seen" if at < LIMIT else ""  # not more
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What it was.", "What it is."),
        ("How many.", "The most."),
        ("# not more", "# bounded"),
        ('    """Look."""\n', ""),
    ],
)
def test_words_leave_the_skeleton_as_it_is(old: str, new: str) -> None:
    """Docstrings of modules, functions and values, and comments, are words."""
    assert old in BEFORE and skeleton(BEFORE.replace(old, new)) == skeleton(BEFORE)


@pytest.mark.parametrize(
    ("old", "new"), [("LIMIT = 3", "LIMIT = 4"), ('"seen"', '"found"'), ("at <", "at <="), ("look(", "peek(")]
)
def test_code_changes_the_skeleton(old: str, new: str) -> None:
    """Values, sentences that people see, operators and names are code."""
    assert old in BEFORE and skeleton(BEFORE.replace(old, new)) != skeleton(BEFORE)


def test_a_commit_is_judged_file_by_file(tmp_path: Path) -> None:
    """Of a commit that changed words in one file and code in another, and added a third, the last two are named."""

    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", *words],
            check=True,
            capture_output=True,
        )

    git("init", "-q")
    for name in ("words.py", "code.py"):
        (tmp_path / name).write_text(BEFORE)
    git("add", ".")
    git("commit", "-qm", "before")
    (tmp_path / "words.py").write_text(BEFORE.replace("Look.", "Find."))
    (tmp_path / "code.py").write_text(BEFORE.replace("LIMIT = 3", "LIMIT = 4"))
    (tmp_path / "more.py").write_text(BEFORE)
    git("add", ".")
    git("commit", "-qm", "after")
    assert changed("HEAD", tmp_path) == ["code.py", "more.py"]
