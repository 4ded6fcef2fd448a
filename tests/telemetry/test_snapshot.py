"""The live state: what it says, and what is worth saying at once."""

from dataclasses import replace
from pathlib import Path

import pytest

from protocol.schema.numbers import Tier
from protocol.wire.codec import encode_body
from totebox.telemetry.snapshot import LiveCounts, Snapshots, Sources, differs
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


@pytest.fixture
def watch() -> list[float]:
    return [100.0]


@pytest.fixture
def snapshots(tmp_path: Path, watch: list[float]) -> Snapshots:
    return Snapshots(
        Sources(
            entity="Acme", entity_kind="company", version="1", tier=Tier.RELAY, vault=MemoryVault(), disk=tmp_path,
            counts=lambda: LiveCounts(1, 2, 3, 4), services=lambda: (), checkpoint_time_us=lambda: 9, monotonic=lambda: watch[0],
        )
    )  # fmt: skip


async def test_a_snapshot_can_be_told(snapshots: Snapshots, watch: list[float]) -> None:
    """Every field is there and fits the wire; CPU use is that since the last one."""
    first = await snapshots.take()
    watch[0] += 5
    second = await snapshots.take()
    assert encode_body(second)[1] and (second.sessions, second.gate_queue, second.intake, second.drops) == (1, 2, 3, 4)
    assert first.cpu_permille == 0 and second.cpu_permille >= 0 and second.uptime_s == 5
    assert second.tree_size == 1 and len(second.root) == 32


async def test_jitter_of_the_machine_is_no_news(snapshots: Snapshots) -> None:
    """A few bytes and a second more or less wait for the beat; a session does not."""
    body = await snapshots.take()
    body = replace(body, memory_bytes=40 << 20, disk_free_bytes=64 << 30, cpu_permille=3)
    calm = replace(body, uptime_s=body.uptime_s + 1, memory_bytes=body.memory_bytes + 1024, cpu_permille=30)
    assert not differs(calm, body)
    assert differs(replace(body, sessions=2), body) and differs(replace(body, read_only="why"), body)
