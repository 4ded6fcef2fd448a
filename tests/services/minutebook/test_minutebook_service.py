"""The minute book: found by words, versions linked, and its index made again from the records whenever it does not fit."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from protocol.schema.note_fields import note_text
from tests.services.asking import ask, rows
from tests.services.rings import rings_over
from totebox.clock import now_text
from totebox.service.contract import Document, Sealing
from totebox.services.minutebook.service import MinutebookService
from totebox.services.minutebook.tables import DOCUMENTS, HISTORY
from totebox.vault.api import AuditDraft, Batch, Draft, Line, Member, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
async def book_over() -> AsyncIterator[Callable[[MemoryVault, Path], MinutebookService]]:
    """Makes the service over a vault and a folder; closed at the test's end."""
    made: list[MinutebookService] = []

    def make(vault: MemoryVault, state: Path) -> MinutebookService:
        context = rings_over(vault, state).knowledge("minutebook")
        made.append(MinutebookService(context))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture
def book(book_over, vault: MemoryVault, tmp_path: Path) -> MinutebookService:
    return book_over(vault, tmp_path)


async def seal(
    vault: MemoryVault,
    book: MinutebookService,
    name: str,
    text: str,
    supersedes: int | None = None,
    words: str = "a, b",
) -> int:
    """Seal `text` as F12 does, with one claim and the free words of whoever confirms; the original's index."""
    note = note_text((("account", "1200"), ("media", "text/markdown")), words)
    original = Draft("minutebook", "original", name, Whole(text.encode()), name, supersedes=supersedes, note=note)
    derived = await book.seal(Sealing(name, "1200", Document("text/markdown", text, 3, ""), (), now_text()))
    claim = Draft("people", "claim", "x", Line("claims", ("a",), ("x",)), source=Member(0))
    batch = Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal"), (original, *derived, claim))
    return (await vault.append(batch)).entries[0].index


async def test_words_that_look_like_fields_stay_words(vault, book) -> None:
    """Neither the account nor the number of pages is taken from what a person wrote."""
    await seal(vault, book, "a.md", "text", words="pages=9; account=7, media=x")
    (row,) = await rows(book, DOCUMENTS)
    assert (row["account"], row["media"], row["pages"]) == ("1200", "text/markdown", 3)


async def test_a_note_of_before_is_read_by_its_rule(vault, book) -> None:
    """A record that was sealed with `account=…, media=…, note=…` is listed like any other."""
    note = "account=1200, media=text/markdown, note=pages=9"
    original = Draft("minutebook", "original", "a.md", Whole(b"text"), "a.md", note=note)
    text = Draft("minutebook", "text", "a.md", Whole(b"text"), "a.md.md", Member(0), note="pages=3")
    await vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal"), (original, text)))
    (row,) = await rows(book, DOCUMENTS)
    assert (row["account"], row["media"], row["pages"]) == ("1200", "text/markdown", 3)


async def test_a_sealed_document_is_listed_with_what_is_known(vault, book) -> None:
    """Name, type, account, pages, text entry, number of claims."""
    index = await seal(vault, book, "lease.md", "The tenant pays rent.")
    row = (await rows(book, DOCUMENTS))[0]
    assert (row["index"], row["name"], row["media"], row["account"]) == (index, "lease.md", "text/markdown", "1200")
    assert (row["pages"], row["text"], row["claims"], row["version"]) == (3, index + 1, 1, 1)


async def test_words_find_the_document_and_show_where(vault, book) -> None:
    """Beginnings of words are enough, accents and case do not matter, quotes do no harm."""
    index = await seal(vault, book, "lease.md", "Der Mieter zahlt die Kaltmiete in Zürich.")
    await seal(vault, book, "other.md", "nothing of the kind")
    found = await rows(book, DOCUMENTS, "ZURICH kaltm")
    assert [row["index"] for row in found] == [index] and "⟦Kaltmiete⟧" in str(found[0]["excerpt"])
    assert await rows(book, DOCUMENTS, 'no"such OR * (') == []


async def test_the_newest_version_is_shown_and_the_old_one_kept(vault, book) -> None:
    """Superseded versions appear with `all:` and in the history."""
    first = await seal(vault, book, "lease.md", "old rent")
    second = await seal(vault, book, "lease.md", "new rent", supersedes=first)
    current = await rows(book, DOCUMENTS)
    assert [(row["index"], row["version"], row["supersedes"]) for row in current] == [(second, 2, first)]
    every = await rows(book, DOCUMENTS, "all: rent")
    assert {(row["index"], row["superseded_by"]) for row in every} == {(first, second), (second, None)}
    history = await rows(book, HISTORY, f"document:{second}")
    assert [row["kind"] for row in history] == ["original", "text", "claim"] * 2


async def test_as_of_shows_what_was_current_then(vault, book) -> None:
    """Before the correction the old version was the document."""
    first = await seal(vault, book, "lease.md", "old rent")
    then = (await vault.entries(1, first, 1))[0].time
    await seal(vault, book, "lease.md", "new rent", supersedes=first)
    assert [row["index"] for row in await rows(book, DOCUMENTS, as_of=then)] == [first]
    assert await rows(book, DOCUMENTS, as_of="2000-01-01T00:00:00.000000Z") == []


async def test_pages_of_many_documents_join(vault, book) -> None:
    """Every document once, newest first, by cursor; with words too."""
    made = [await seal(vault, book, f"d{number}.md", "common words") for number in range(70)]
    for text, order in (("", list(reversed(made))), ("common", sorted(made))):
        seen, cursor, more = [], "", True
        while more:
            page = await ask(book, DOCUMENTS, text, cursor=cursor, limit=30)
            seen += [row[0] for row in page.table.rows]
            cursor, more = page.cursor, page.more
        assert seen == order if not text else sorted(seen) == order


@pytest.mark.parametrize("damage", ["missing", "garbage", "foreign"])
async def test_an_index_that_does_not_fit_is_made_again(vault, book, book_over, tmp_path: Path, damage: str) -> None:
    """Deleted, overwritten, or folded from another vault: the records say everything again."""
    index = await seal(vault, book, "lease.md", "the words")
    await rows(book, DOCUMENTS)
    await book.close()
    if damage == "missing":
        for path in tmp_path.glob("index.sqlite*"):
            path.unlink()
    elif damage == "garbage":
        (tmp_path / "index.sqlite").write_bytes(b"not a database, " * 1000)
    else:
        vault = MemoryVault(seed=b"\x08" * 32, entity="Another")
        index = await seal(vault, book_over(vault, tmp_path / "elsewhere"), "lease.md", "the words")
    assert [row["index"] for row in await rows(book_over(vault, tmp_path), DOCUMENTS, "words")] == [index]


async def test_an_index_of_another_history_is_made_again(book, book_over, vault, tmp_path: Path) -> None:
    """A restored older copy went on differently under the same origin: the last folded leaf is not there."""
    await seal(vault, book, "lease.md", "one story")
    await rows(book, DOCUMENTS)
    await book.close()
    other = MemoryVault(now=lambda: "2031-01-01T00:00:00.000000Z")
    await seal(other, book, "a.md", "another story")
    assert [row["name"] for row in await rows(book_over(other, tmp_path), DOCUMENTS)] == ["a.md"]
