"""Files of the console's own host."""

import hashlib
import os
import socket
from pathlib import Path

import pytest

from console.errors import SourceError
from console.link.files import READ_BYTES, Saving, Source, measure, save_bytes, shown, whereabouts
from protocol.schema.numbers import MAX_BULK_BYTES


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio is what the console runs on."""
    return "asyncio"


async def read(source: Source, offset: int = 0) -> list[bytes]:
    return [chunk async for chunk in source.chunks(offset)]


@pytest.mark.anyio
async def test_a_file_is_measured(tmp_path: Path) -> None:
    """Name, size and SHA-256 are those of the bytes."""
    data = os.urandom(READ_BYTES + 7)
    path = tmp_path / "lease.pdf"
    path.write_bytes(data)
    seen: list[tuple[int, int]] = []
    source = await measure(path, progress=lambda done, total: seen.append((done, total)))
    assert (source.name, source.size, source.sha256) == (b"lease.pdf", len(data), hashlib.sha256(data).digest())
    assert seen == [(READ_BYTES, len(data)), (len(data), len(data))]


@pytest.mark.anyio
async def test_it_streams_in_small_pieces_from_any_offset(tmp_path: Path) -> None:
    """Chunks are at most MAX_BULK_BYTES and join to the bytes from the offset on: an upload can be resumed."""
    data = os.urandom(READ_BYTES + 7)
    path = tmp_path / "a"
    path.write_bytes(data)
    source = await measure(path)
    for offset in (0, 1, READ_BYTES, len(data)):
        chunks = await read(source, offset)
        assert b"".join(chunks) == data[offset:]
        assert max(map(len, chunks), default=0) <= MAX_BULK_BYTES


@pytest.mark.anyio
async def test_a_name_that_is_not_utf8_keeps_its_bytes(tmp_path: Path) -> None:
    """The name travels as the file system's own bytes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_bytes(b"x")
    assert (await measure(path)).name == b"caf\xe9.txt"


@pytest.mark.anyio
async def test_a_link_leads_to_its_file(tmp_path: Path) -> None:
    """A person may name a link; the bytes it leads to are taken, under the name that was given."""
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert (await measure(tmp_path / "link")).name == b"link"


async def refusal(path: Path, **limits: int) -> str:
    with pytest.raises(SourceError) as caught:
        await measure(path, **limits)
    return str(caught.value)


@pytest.mark.anyio
async def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    """A folder, a pipe, a device and a socket are refused at once, by name, and never block."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert "is a folder" in await refusal(tmp_path)
        assert "is a pipe" in await refusal(tmp_path / "pipe")
        assert "is a device" in await refusal(Path("/dev/null"))
        assert "cannot read" in await refusal(tmp_path / "s")


@pytest.mark.anyio
async def test_empty_and_huge_are_refused_with_the_figures(tmp_path: Path) -> None:
    """An empty file has nothing to seal; one above the limit says both figures. A sparse 5 GiB file is refused unread."""
    (tmp_path / "empty").touch()
    assert "empty (0 bytes)" in await refusal(tmp_path / "empty")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(5 * 1024**3)
    assert "5,368,709,120 bytes, more than the 4,294,967,296" in await refusal(tmp_path / "huge")


@pytest.mark.anyio
async def test_a_missing_file_over_ssh_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At home: check the path. Over SSH: the console's host is named."""
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("SSH_TTY", raising=False)
    assert "check the path" in await refusal(tmp_path / "no.pdf")
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
    assert socket.gethostname() in await refusal(tmp_path / "no.pdf")
    assert whereabouts({}) == ""


@pytest.mark.anyio
@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
async def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    """Permission denied is said in words."""
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    assert "permission denied" in await refusal(path)


@pytest.mark.anyio
async def test_a_growing_file_is_refused(tmp_path: Path) -> None:
    """Bytes that arrive while it is hashed are noticed."""
    path = tmp_path / "log"
    path.write_bytes(bytes(2 * READ_BYTES))

    def grow(done: int, total: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(SourceError, match="changed while it was read"):
        await measure(path, progress=grow)


@pytest.mark.anyio
async def test_a_file_changed_after_hashing_does_not_stream_to_its_end(tmp_path: Path) -> None:
    """Other bytes under the same name, or none, end the stream with an error."""
    path = tmp_path / "a"
    path.write_bytes(b"first")
    source = await measure(path)
    path.write_bytes(b"other bytes")
    with pytest.raises(SourceError, match="changed after it was hashed"):
        await read(source)
    path.unlink()
    with pytest.raises(SourceError, match="there is no file"):
        await read(source)


def test_a_copy_gets_its_name_only_when_proven(tmp_path: Path) -> None:
    """Before `finish` the name does not exist; after it the bytes are whole and nothing else is left in the folder."""
    target = tmp_path / "lease.pdf"
    with Saving(target) as saving:
        saving.write(b"ab")
        saving.write(b"c")
        assert not target.exists()
        assert saving.finish(hashlib.sha256(b"abc").digest(), 3) == target
    assert target.read_bytes() == b"abc"
    assert list(tmp_path.iterdir()) == [target]


def test_other_bytes_than_the_entrys_are_never_named(tmp_path: Path) -> None:
    """A wrong hash saves nothing and says both hashes."""
    with Saving(tmp_path / "x") as saving, pytest.raises(SourceError, match="the proven entry says"):
        saving.write(b"forged")
        saving.finish(hashlib.sha256(b"real").digest(), 6)
    assert list(tmp_path.iterdir()) == []


def test_an_abandoned_copy_leaves_nothing(tmp_path: Path) -> None:
    """Leaving half-way removes the temporary neighbour."""
    with pytest.raises(KeyboardInterrupt), Saving(tmp_path / "x") as saving:
        saving.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """An existing target is refused before the first byte; one that appears meanwhile, at the end; both keep their bytes."""
    target = tmp_path / "x"
    target.write_bytes(b"mine")
    with pytest.raises(SourceError, match="give another name"):
        Saving(target)
    late = tmp_path / "late"
    with Saving(late) as saving:
        saving.write(b"a")
        late.write_bytes(b"theirs")
        with pytest.raises(SourceError, match="give another name"):
            saving.finish(hashlib.sha256(b"a").digest(), 1)
    assert (target.read_bytes(), late.read_bytes()) == (b"mine", b"theirs")


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    """A link that leads nowhere is a name that exists."""
    (tmp_path / "x").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="exists already"):
        save_bytes(tmp_path / "x", b"a")
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The folder that is not there is in the message."""
    with pytest.raises(SourceError, match=r"cannot write in .*nowhere: no such file"):
        save_bytes(tmp_path / "nowhere" / "x", b"a")


def test_a_full_disk_saves_nothing() -> None:
    """The device's own refusal is passed on in words."""
    with pytest.raises(SourceError, match="cannot write"):
        save_bytes(Path("/dev/full/x"), b"a")


def test_a_path_is_drawn_without_its_tricks() -> None:
    """Escape, direction and undecodable characters are replaced."""
    assert (
        shown(Path("/a/\x1b[31m\u202egnp\udce9"))
        == "/a/\N{REPLACEMENT CHARACTER}[31m" + "\N{REPLACEMENT CHARACTER}gnp\N{REPLACEMENT CHARACTER}"
    )
