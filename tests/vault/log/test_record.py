"""Rows: one form, read back exactly or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.bench import stamp
from totebox.errors import RecordRejected, VaultDamaged
from totebox.vault.log.cells import BREAKS, are_plain
from totebox.vault.log.record import HEADER, LARGEST, MAX_LEAF_BYTES, make_entry, parse_row

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=40).filter(lambda text: not BREAKS.search(text))
NUMBER = st.integers(0, LARGEST)
LEAF = make_entry(3, stamp(1), "SHA256:a", "people", "claim", "ada", sha256=b"\7" * 32, source=1, audit=2).leaf


@given(NUMBER, TEXT, TEXT, NUMBER, NUMBER, st.none() | NUMBER, TEXT)
def test_any_entry_reads_back(
    index: int, actor: str, subject: str, offset: int, length: int, source: int | None, note: str
) -> None:
    """Parsed from its leaf an entry is what it was; the leaf is one line."""
    entry = make_entry(
        index, stamp(1), actor, "people", "claim", subject,
        offset=offset, length=length, sha256=b"\7" * 32, source=source, note=note,
    )  # fmt: skip
    assert parse_row(entry.leaf) == entry and b"\n" not in entry.leaf


def test_the_header_is_a_constant_of_the_format() -> None:
    """Another header is another format version."""
    assert HEADER == (
        b"index,time,actor,service,kind,subject,path,offset,length,sha256,source,supersedes,audit,command,note\n"
    )


def test_text_becomes_nfc() -> None:
    """Two ways to write one letter give one row."""
    assert make_entry(0, stamp(1), "a", "fs", "x", "u\u0308", sha256=b"\0" * 32).subject == "\u00fc"


@pytest.mark.parametrize("place", range(len(LEAF)))
def test_a_bent_row_is_damage_or_another_row(place: int) -> None:
    """No change is read as the same entry."""
    bent = bytearray(LEAF)
    bent[place] ^= 1
    try:
        assert parse_row(bytes(bent)).leaf != LEAF
    except VaultDamaged:
        assert bytes(bent) != LEAF


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"3,", b"03,"),
        (b"Z,", b","),
        (b"0707", b"0G07"),
        (b",1,", b",01,"),
        (b"3,", b"-3,"),
        (b",ada,", b',"ada",'),
        (b"3,", b"9223372036854775808,"),
    ],
)
def test_other_spellings_are_damage(old: bytes, new: bytes) -> None:
    """Leading zeros, another time, capital hex, signs, needless quotes, numbers beyond all bounds: one row has one form."""
    with pytest.raises(VaultDamaged):
        parse_row(LEAF.replace(old, new, 1))


CELL = st.text(st.sampled_from("az09 =+-@',\"~\t\x7f\u00e9"), max_size=4)
ROW = LEAF.decode().split(",")


@given(st.integers(0, len(ROW) - 1), CELL | st.sampled_from(["0", "00", "9" * 19, "1" * 20, "\u0663", "A" * 64, *ROW]))
def test_a_row_is_read_alike_whichever_way(place: int, cell: str) -> None:
    """ASCII alone, or with one letter more that keeps it from the quick way: the same cells, or damage both times."""
    cells = [*ROW[:place], cell, *ROW[place + 1 :]]
    found = [_read([*cells[:-1], note]) for note in (cells[-1] + "e", cells[-1] + "\u00e9")]
    assert found[0] == found[1]


def _read(cells: list[str]) -> object:
    try:
        return parse_row(",".join(cells).encode())[:14]
    except VaultDamaged:
        return None


@given(
    TEXT, TEXT, st.sampled_from(["", "0a", "0a:1f"]), TEXT, TEXT,
    st.none() | NUMBER, st.none() | NUMBER, st.none() | NUMBER,
)  # fmt: skip
def test_a_plain_row_is_the_row_made_cell_by_cell(
    actor: str,
    kind: str,
    command: str,
    subject: str,
    note: str,
    source: int | None,
    supersedes: int | None,
    audit: int | None,
) -> None:
    """Where the texts are plain the quick way and the other one give the same entry, byte for byte."""
    plain = are_plain((actor, kind, command, subject, note))
    slow, quick = (
        make_entry(
            7, stamp(1), actor, "people", kind, subject, b"\7" * 32, "assets/x", 3, 4, source, supersedes, audit,
            command, note, plain=way,
        )
        for way in (False, plain)
    )  # fmt: skip
    assert quick == slow and parse_row(quick.leaf) == quick


def test_a_row_has_a_largest_size() -> None:
    """65,535 bytes fit, one more does not: a leaf fits a C2SP entry bundle."""
    empty = len(make_entry(0, stamp(1), "a", "fs", "x", "", sha256=b"\0" * 32).leaf)
    for plain in (False, True):
        make_entry(0, stamp(1), "a", "fs", "x", "y" * (MAX_LEAF_BYTES - empty), sha256=b"\0" * 32, plain=plain)
        with pytest.raises(RecordRejected, match="65535"):
            make_entry(0, stamp(1), "a", "fs", "x", "y" * (MAX_LEAF_BYTES - empty + 1), sha256=b"\0" * 32, plain=plain)
