"""Vaults with a second wall. Whatever a test does, every attribute is lifted when it ends."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.bench import Bench
from totebox.clock import now_text
from totebox.errors import ConfigError
from totebox.hardening.administration import check_possible, harden
from totebox.hardening.walls import Walls
from totebox.vault.life.creation import create


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A vault that is not hardened yet, where it could be."""
    place = tmp_path / "vault"
    create(place, "Acme", "company", entropy=os.urandom, now=now_text())
    try:
        check_possible(place)
    except ConfigError as error:
        pytest.skip(str(error))
    yield place
    if place.exists():
        Walls(place).lift()


@pytest.fixture
def hardened(root: Path) -> Path:
    """A hardened vault."""
    harden(root, now_text)
    return root


@pytest.fixture
def bench(hardened: Path) -> Iterator[Bench]:
    """Its store, without a writer process."""
    bench = Bench(hardened)
    bench.clock = now_text  # type: ignore[assignment]
    yield bench
    bench.close()
