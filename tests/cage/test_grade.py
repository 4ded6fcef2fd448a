"""A host's grade is what it can refuse, and says so."""

import pytest

from protocol.schema.numbers import Grade
from totebox.cage import grade

HOSTS = {
    "this kind": (("linux", "x86_64", True, 7), Grade.KERNEL, "Landlock ABI 7"),
    "without truncate": (("linux", "aarch64", True, 2), Grade.KERNEL, "seccomp covers truncate"),
    "first Landlock": (("linux", "x86_64", True, 1), Grade.PROCESS, "refuses to name finished files"),
    "no Landlock": (("linux", "x86_64", True, 0), Grade.PROCESS, "no Landlock"),
    "no seccomp": (("linux", "x86_64", False, 7), Grade.PROCESS, "no seccomp"),
    "another machine": (("linux", "", False, 0), Grade.PROCESS, "not known"),
    "macOS": (("darwin", "", False, 0), Grade.PROCESS, "darwin has no seccomp"),
}


@pytest.mark.parametrize("host", HOSTS)
def test_the_grade_of_a_host(host: str) -> None:
    """Kernel where seccomp and Landlock both work; else the process alone, and why."""
    features, expected, words = HOSTS[host]
    standing = grade.judge(*features)
    assert standing.grade is expected
    assert words in standing.reason


def test_an_operator_may_ask_for_less_and_it_is_said() -> None:
    """A grade below what the kernel can do names the flag that asked for it."""
    best = grade.best()
    assert grade.settle(Grade.KERNEL) == best
    asked = grade.settle(Grade.NONE)
    assert asked.grade is Grade.NONE
    assert "--grade none" in asked.reason
    assert best.grade.value in asked.reason
