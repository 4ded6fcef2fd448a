"""A fresh vault for each test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.vault.bench import Bench, stamp
from totebox.vault.life.creation import create
from totebox.vault.life.home import lock


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    root = tmp_path / "vault"
    create(root, "Acme Holdings", "corporation", entropy=os.urandom, now=stamp(0))
    made = Bench(root)
    yield made
    made.close()


@pytest.fixture
def held(bench: Bench) -> Iterator[Callable[[], None]]:
    """The vault's lock, held as a daemon holds it; call it to let go."""
    descriptor = [lock(bench.root)]

    def release() -> None:
        while descriptor:
            os.close(descriptor.pop())

    yield release
    release()
