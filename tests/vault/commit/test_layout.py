"""Places: shelves of at most 1,024 files, segments that close in time."""

from totebox.vault.api import Line
from totebox.vault.commit.layout import OPEN_ROWS, SEGMENT_BYTES, SHELF_FILES, Layout, LinePlace, Segment
from totebox.vault.log.cells import encode_line

DIGEST = b"\x1a" * 32
LINE = Line("claims", ("a",), ("b",))


def placed(layout: Layout, service: str, line: Line, index: int) -> LinePlace:
    """A run of one line."""
    run = layout.begin_run(service, line, index)
    run.add(line.cells, encode_line)
    return layout.end_run(run, index)


def test_a_full_shelf_is_followed_by_another() -> None:
    """The 1,025th file of a service opens shelf 00001; other services have shelves of their own."""
    layout = Layout()
    paths = [layout.place_whole("minutebook", "original", index, "x", DIGEST) for index in range(SHELF_FILES + 1)]
    assert paths[-2].startswith("assets/minutebook/00000/") and paths[-1].startswith("assets/minutebook/00001/")
    assert layout.place_whole("email", "original", 5_000, "x", DIGEST).startswith("assets/email/00000/")


def test_a_quiet_segment_is_closed() -> None:
    """After 65,536 entries without a line the next one opens another file, so that a start need not look further back."""
    layout = Layout()
    first = placed(layout, "people", LINE, 10)
    assert placed(layout, "people", LINE, 9 + OPEN_ROWS).path == first.path
    assert placed(layout, "people", LINE, 9 + 2 * OPEN_ROWS).path != first.path


def test_a_large_segment_is_closed() -> None:
    """At 16 MiB another file begins, header first."""
    layout = Layout()
    layout.segments["people", "claims"] = Segment(
        "assets/people/claims/00000001-1.csv", SEGMENT_BYTES, b"a\n", 5, False
    )
    place = placed(layout, "people", LINE, 6)
    assert (place.path, place.offset, place.data) == ("assets/people/claims/00000006-1.csv", 0, b"a\nb\n")


def test_a_copy_decides_for_itself() -> None:
    """What a rejected batch had decided is forgotten with its copy."""
    layout = Layout()
    placed(layout, "people", LINE, 1)
    placed(layout.copy(), "people", LINE, 2)
    assert placed(layout, "people", LINE, 2).offset == 4


def test_names_of_torn_files_are_avoided() -> None:
    """A new file gets another name beside a torn one."""
    layout = Layout()
    wanted = layout.copy().place_whole("minutebook", "original", 3, "a.pdf", DIGEST)
    layout.taken = {wanted, "assets/people/claims/00000004-1.csv"}
    assert layout.place_whole("minutebook", "original", 3, "a.pdf", DIGEST) == wanted.replace(".pdf", "-2.pdf")
    assert placed(layout, "people", LINE, 4).path == "assets/people/claims/00000004-2.csv"


def test_a_run_ends_where_its_file_is_full_or_another_begins() -> None:
    """It takes lines of its own service, segment and columns, until the file has 16 MiB."""
    layout = Layout()
    run = layout.begin_run("people", LINE, 0)
    assert run.takes("people", Line("claims", ("a",), ("c",)))
    others = (("email", LINE), ("people", Line("notes", ("a",), ("b",))), ("people", Line("claims", ("z",), ("b",))))
    assert not any(run.takes(service, line) for service, line in others)
    run.add(("x" * SEGMENT_BYTES,), encode_line)
    assert not run.takes("people", LINE)


def test_a_run_is_one_place() -> None:
    """Its lines lie end to end, behind the header where they open the file; each line's bytes are what its entry owns."""
    layout = Layout()
    run = layout.begin_run("people", LINE, 0)
    assert [run.add((cell,), encode_line) for cell in ("b", "c")] == [b"a\nb\n", b"c\n"]
    place = layout.end_run(run, 1)
    assert (place.offset, place.data) == (0, b"a\nb\nc\n")
    again = layout.begin_run("people", LINE, 2)
    assert (again.path, again.end, again.add(("d",), encode_line)) == (place.path, 6, b"d\n")
