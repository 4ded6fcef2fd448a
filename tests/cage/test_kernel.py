"""The table of call numbers is the one of the headers."""

import re
from pathlib import Path

import pytest

from totebox.cage import kernel, landlock

HEADERS = {
    "x86_64": ("x86_64-linux-gnu/asm/unistd_64.h", r"#define __NR_(\w+) (\d+)"),
    "aarch64": ("asm-generic/unistd.h", r"#define __NR(?:3264)?_(\w+) (\d+)"),
}
OTHER_WORDS = {"fstatat": "newfstatat"}


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_agree_with_the_headers(machine: str) -> None:
    """Each call that the kernel's header names has our number."""
    name, pattern = HEADERS[machine]
    path = Path("/usr/include") / name
    if not path.exists():
        pytest.skip(f"no {path} on this machine")
    found = {OTHER_WORDS.get(m[1], m[1]): int(m[2]) for m in re.finditer(pattern, path.read_text())}
    ours = kernel.numbers(machine)
    assert len(found.keys() & ours.keys()) > 150
    assert {call: number for call, number in ours.items() if found.get(call, number) != number} == {}


def test_every_number_is_below_the_unknown() -> None:
    """A call that a table names is never taken for a newer one."""
    assert max(max(kernel.numbers(machine).values()) for machine in HEADERS) < kernel.UNKNOWN_FROM


def test_a_call_that_fails_says_why() -> None:
    """The kernel's errno arrives as an OSError that names the call."""
    if not kernel.machine():
        pytest.skip("the calls of this machine are not known")
    with pytest.raises(OSError, match="landlock_restrict_self") as caught:
        kernel.call("landlock_restrict_self", -1, 0)
    assert caught.value.errno


def test_what_lies_beside_a_secret_is_everything_else(tmp_path: Path) -> None:
    """Each step's neighbours, never the way itself, never a link, which would lead around it."""
    for name in ("a/secret", "a/other", "b"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a/link").symlink_to(tmp_path / "a/secret")
    (tmp_path / "a/around").symlink_to(tmp_path)
    found = set(landlock.beside(tmp_path / "a/secret"))
    assert {path for path in found if path.is_relative_to(tmp_path)} == {tmp_path / "a/other", tmp_path / "b"}
    assert not [path for path in found if (tmp_path / "a/secret").is_relative_to(path)]
