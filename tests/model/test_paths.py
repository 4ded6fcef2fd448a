"""Typed, pasted and dropped text as paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.input.paths import MAX_PATHS, absolute, safe_name, save_path, split_paths

READINGS = [
    ("/a/lease.pdf", ("/a/lease.pdf",)),
    ("  ~/lease.pdf \n", ("~/lease.pdf",)),
    ("/a/My lease.pdf", ("/a/My lease.pdf",)),
    ("'/a/My lease.pdf'", ("/a/My lease.pdf",)),
    ('"/a/My lease.pdf"', ("/a/My lease.pdf",)),
    ("/a/My\\ lease.pdf", ("/a/My lease.pdf",)),
    ("~/'My lease.pdf'", ("~/My lease.pdf",)),
    ("/a/Bob's lease.pdf", ("/a/Bob's lease.pdf",)),
    ("/a/Bob's and Ann's.pdf", ("/a/Bob's and Ann's.pdf",)),
    ("'/a/Bob'\\''s lease.pdf'", ("/a/Bob's lease.pdf",)),
    ("'/a/one two.pdf' '/b/three.pdf' ", ("/a/one two.pdf", "/b/three.pdf")),
    ("/a/one\\ two.pdf /b/three.pdf", ("/a/one two.pdf", "/b/three.pdf")),
    ("/a/one two.pdf /b/three.pdf", ("/a/one two.pdf", "/b/three.pdf")),
    ("file:///a/My%20lease.pdf", ("/a/My lease.pdf",)),
    ("file:///a/x.pdf\r\nfile:///a/y.pdf\r\n", ("/a/x.pdf", "/a/y.pdf")),
    ("file://localhost/a/x.pdf", ("/a/x.pdf",)),
    ("file://other/a/x.pdf", ("file://other/a/x.pdf",)),
    ("/a/x.pdf\n\n/a/y.pdf\n/a/x.pdf", ("/a/x.pdf", "/a/y.pdf")),
    ("# a list\n/a/x.pdf", ("/a/x.pdf",)),
    ("/a/#1.pdf", ("/a/#1.pdf",)),
    ("'/a/open.pdf", ("'/a/open.pdf",)),
    ("/a/end\\", ("/a/end\\",)),
    ("", ()),
    (" \n\t", ()),
]


@pytest.mark.parametrize(("text", "paths"), READINGS)
def test_every_way_of_handing_over_a_path_is_read(text: str, paths: tuple[str, ...]) -> None:
    """Typed, quoted, escaped, dropped and listed paths come out as their plain paths, in order, each once."""
    assert split_paths(text) == paths


def test_a_byte_that_is_not_utf8_survives_a_uri() -> None:
    """A dropped Latin-1 name keeps its byte."""
    assert split_paths("file:///a/caf%E9.txt") == ("/a/caf\udce9.txt",)


def test_a_paste_of_a_whole_book_is_cut() -> None:
    """More than MAX_PATHS lines give MAX_PATHS paths."""
    assert len(split_paths("\n".join(f"/a/{n}" for n in range(5_000)))) == MAX_PATHS


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    """Any text gives paths, none of them empty."""
    assert all(split_paths(text))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("~", "/h"),
        ("~/x", "/h/x"),
        ("x", "/c/x"),
        ("./x", "/c/x"),
        ("../x", "/c/../x"),
        ("/x", "/x"),
        ("~bob/x", "/c/~bob/x"),
    ],
)
def test_a_path_is_made_absolute(text: str, path: str) -> None:
    """Home and the working folder complete what was typed; `..` is left to the file system, which knows about links."""
    assert absolute(text, "/h", "/c") == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "/c/a.pdf"),
        ("~/", "/h/a.pdf"),
        ("~/b.pdf", "/h/b.pdf"),
        ("out/", "/c/out/a.pdf"),
        ("'my out'/", "/c/my out/a.pdf"),
    ],
)
def test_a_save_goes_where_it_says(text: str, path: str) -> None:
    """A folder takes the document's own name, anything else is the name."""
    assert save_path(text, "a.pdf", "/h", "/c") == path


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        (".bashrc", "bashrc"),
        ("a\x1b[2Jb.pdf", "a_[2Jb.pdf"),
        ("gnp\u202efdp.exe", "gnp_fdp.exe"),
        ("", "document"),
    ],
)
def test_a_strangers_name_is_made_safe(name: str, safe: str) -> None:
    """No part of a document's name can leave the folder, hide, or write on the terminal."""
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_a_safe_name_fits_every_file_system(name: str) -> None:
    """Whatever the name, at most 200 bytes and one component remain."""
    safe = safe_name(name)
    assert 0 < len(safe.encode("utf-8", "surrogateescape")) <= 200
    assert "/" not in safe
