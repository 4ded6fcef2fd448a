"""Where things are: short sockets, known kinds."""

from pathlib import Path

import pytest

from totebox.config import SOCKET_PATH_BYTES, VERSION, checked_listen, default_uri, dialled, entity_kind
from totebox.errors import ConfigError
from totebox.reference.chart import load_chart


def test_a_socket_path_is_short_whatever_the_directory() -> None:
    """It is named by a hash, and fits where a runtime folder is long."""
    deep = Path("/" + "very-long-name/" * 30)
    for runtime in ("/run/user/1000", "/" + "x" * 200, ""):
        uri = default_uri(deep, {"XDG_RUNTIME_DIR": runtime})
        assert len(uri.removeprefix("unix:")) <= SOCKET_PATH_BYTES and checked_listen(uri) == uri


def test_two_directories_have_two_sockets_and_a_link_has_one(tmp_path: Path) -> None:
    """A copy beside its original listens elsewhere; a symbolic link leads to the same."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert default_uri(tmp_path / "a") == default_uri(tmp_path / "b") != default_uri(tmp_path / "c")


def test_kinds_are_read_as_people_write_them() -> None:
    """Case and blanks do not matter; every kind has a chart; a stranger's word is told the nearest."""
    assert entity_kind(" Law  Firm ") == "law-firm"
    assert load_chart(entity_kind("household")).accounts
    with pytest.raises(ConfigError, match="did you mean household"):
        entity_kind("houshold")


def test_any_address_is_dialled_by_name() -> None:
    """A ticket never says 0.0.0.0."""
    assert "0.0.0.0" not in dialled("tcp:0.0.0.0:7000") and dialled("tcp:10.0.0.1:7000") == "tcp:10.0.0.1:7000"


def test_the_version_is_the_distributions(project: Path) -> None:
    """One number in two places."""
    assert f'version = "{VERSION}"' in (project / "pyproject.toml").read_text()
