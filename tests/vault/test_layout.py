"""Places: shelves of at most 1,024 files, segments that close in time."""

from totebox.vault.api import Line
from totebox.vault.layout import OPEN_ROWS, SEGMENT_BYTES, SHELF_FILES, Layout, Segment

DIGEST = b"\x1a" * 32
LINE = Line("claims", ("a",), ("b",))


def test_a_full_shelf_is_followed_by_another() -> None:
    """The 1,025th file of a service opens shelf 00001; other services have shelves of their own."""
    layout = Layout()
    paths = [layout.place_whole("minutebook", "original", index, "x", DIGEST) for index in range(SHELF_FILES + 1)]
    assert paths[-2].startswith("assets/minutebook/00000/") and paths[-1].startswith("assets/minutebook/00001/")
    assert layout.place_whole("email", "original", 5_000, "x", DIGEST).startswith("assets/email/00000/")


def test_a_quiet_segment_is_closed() -> None:
    """After 65,536 entries without a line the next one opens another file, so that a start need not look further back."""
    layout = Layout()
    first = layout.place_line("people", LINE, 10)
    assert layout.place_line("people", LINE, 9 + OPEN_ROWS).path == first.path
    assert layout.place_line("people", LINE, 9 + 2 * OPEN_ROWS).path != first.path


def test_a_large_segment_is_closed() -> None:
    """At 16 MiB another file begins, header first."""
    layout = Layout()
    layout.segments["people", "claims"] = Segment(
        "assets/people/claims/00000001-1.csv", SEGMENT_BYTES, b"a\n", 5, False
    )
    place = layout.place_line("people", LINE, 6)
    assert (place.path, place.offset, place.data) == ("assets/people/claims/00000006-1.csv", 0, b"a\nb\n")


def test_a_copy_decides_for_itself() -> None:
    """What a rejected batch had decided is forgotten with its copy."""
    layout = Layout()
    layout.place_line("people", LINE, 1)
    layout.copy().place_line("people", LINE, 2)
    assert layout.place_line("people", LINE, 2).offset == 4


def test_names_of_torn_files_are_avoided() -> None:
    """A new file gets another name beside a torn one."""
    layout = Layout()
    wanted = layout.copy().place_whole("minutebook", "original", 3, "a.pdf", DIGEST)
    layout.taken = {wanted, "assets/people/claims/00000004-1.csv"}
    assert layout.place_whole("minutebook", "original", 3, "a.pdf", DIGEST) == wanted.replace(".pdf", "-2.pdf")
    assert layout.place_line("people", LINE, 4).path == "assets/people/claims/00000004-2.csv"
