"""What a machine has is what this process may use of it."""

from pathlib import Path

from totebox.process.machine import machine


def test_a_control_group_bounds_the_memory(tmp_path: Path) -> None:
    """The smallest of its own bound, those above it, and the machine's."""
    (tmp_path / "cgroup").write_text("0::/a/b\n")
    place = tmp_path / "groups/a/b"
    place.mkdir(parents=True)
    (place / "memory.max").write_text("max\n")
    (place.parent / "memory.max").write_text("268435456\n")
    assert machine(tmp_path / "cgroup", tmp_path / "groups").memory_bytes == 268_435_456


def test_without_control_groups_it_is_the_machine_s(tmp_path: Path) -> None:
    """At least a core, and memory."""
    found = machine(tmp_path / "none", tmp_path / "none")
    assert found.cores >= 1 and found.memory_bytes > 1 << 20
