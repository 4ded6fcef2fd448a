"""Table `fs.entries` over any reader."""

from hashlib import sha256
from pathlib import Path

import pytest

from protocol.schema.note_fields import note_text
from tests.services.asking import ask
from tests.services.rings import rings_over
from totebox.service.contract import Page, Recognises, Service
from totebox.services.fs import SPEC
from totebox.services.fs.tables import ENTRIES
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Line, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
ACTOR = "SHA256:test"


async def furnished(folder: Path) -> Service:
    """Entry 0, then 30 originals (1 to 30), then ten claims (31 to 40), derived from entry 3."""
    vault = MemoryVault()
    for number in range(30):
        await vault.append(_batch(Draft("minutebook", "original", f"Lease {number}", Whole(b"x"), "lease.pdf")))
    claims = (Line("claims", ("anchor",), (str(number),)) for number in range(10))
    await vault.append(_batch(*(Draft("people", "claim", "ada", one, source=LeafIndex(3)) for one in claims)))
    return SPEC.make(rings_over(vault, folder).boundary("fs"))


def _batch(*drafts: Draft) -> Batch:
    return Batch(ACTOR, "", b"", AuditDraft("COMMAND", ACTOR, "x"), drafts)


def indices(page: Page) -> list[object]:
    return [row[0] for row in page.table.rows]


async def test_pages_lead_from_the_newest_back_to_the_first(tmp_path: Path) -> None:
    """Every entry once, in falling order, whatever the page size."""
    service, seen, cursor = await furnished(tmp_path), list[object](), ""
    while True:
        page = await ask(service, ENTRIES, limit=7, cursor=cursor)
        seen += indices(page)
        if not page.more:
            break
        cursor = page.cursor
    assert seen == list(range(40, -1, -1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("index:5", [5]),
        ("index:99", []),
        ("source:3", list(range(40, 30, -1))),
        ("kind:claim after:38", [40, 39]),
        ("service:minutebook after:28", [30, 29]),
        ("LEASE after:29", [30]),
        ("kind:identity", [0]),
        ("nothing-like-it", []),
    ],
)
async def test_words_of_a_query_narrow_it(text: str, expected: list[int], tmp_path: Path) -> None:
    """By index, source, kind, service, after, and free text."""
    assert indices(await ask(await furnished(tmp_path), ENTRIES, text)) == expected


async def test_the_columns_are_the_contract(tmp_path: Path) -> None:
    """Names in order; a row has a cell for each."""
    table = (await ask(await furnished(tmp_path), ENTRIES, "index:31")).table
    names = "index time actor service kind subject path offset length sha256 source supersedes audit command note"
    assert [column.name for column in table.columns] == names.split()
    assert len(table.rows[0]) == len(table.columns) and table.rows[0][10] == 3


def test_the_spec_names_its_table() -> None:
    """The package exports SPEC on demand."""
    assert (SPEC.name, SPEC.tables, SPEC.keeps) == ("fs", (ENTRIES,), False)


async def test_bytes_are_recognised_in_whatever_service_they_are(tmp_path: Path) -> None:
    """By the first original that has them; a claim's line with the same hash is none."""
    vault = MemoryVault()
    service = SPEC.make(rings_over(vault, tmp_path).boundary("fs"))
    assert isinstance(service, Recognises)
    done = await vault.append(_batch(Draft("email", "original", "mail", Whole(b"these bytes"), "m.eml")))
    await vault.append(_batch(Draft("minutebook", "original", "copy", Whole(b"these bytes"), "m.eml")))
    await vault.append(_batch(Draft("people", "claim", "ada", Whole(b"a line"), "c.txt")))
    assert await service.sealed(sha256(b"these bytes").digest()) == done.entries[0].index
    assert await service.sealed(sha256(b"a line").digest()) is None
    await service.close()


async def test_the_newest_original_that_supersedes_another_is_known(tmp_path: Path) -> None:
    """As soon as it is acknowledged; a claim that supersedes a claim counts for none."""
    vault = MemoryVault()
    service = SPEC.make(rings_over(vault, tmp_path).boundary("fs"))
    assert isinstance(service, Recognises)
    old, other = [
        (await vault.append(_batch(Draft("minutebook", "original", name, Whole(name.encode()), name)))).entries[0].index
        for name in ("old", "other")
    ]
    assert await service.superseded_by(old) is None
    for name in ("new", "newer"):
        draft = Draft("minutebook", "original", name, Whole(name.encode()), name, supersedes=old)
        found = (await vault.append(_batch(draft))).entries[0].index
        assert await service.superseded_by(old) == found
    await vault.append(_batch(Draft("people", "claim", "ada", Whole(b"a"), "c.txt", supersedes=other)))
    assert await service.superseded_by(other) is None
    await service.close()


async def test_words_of_a_note_are_found_as_they_were_written(tmp_path: Path) -> None:
    """What the note escapes (`%`, `;`) hides nothing from a search."""
    vault = MemoryVault()
    note = note_text((("account", "1200"),), "rent rose by 50%; see page 9")
    await vault.append(_batch(Draft("minutebook", "original", "Lease", Whole(b"x"), "lease.pdf", note=note)))
    service = SPEC.make(rings_over(vault, tmp_path).boundary("fs"))
    assert [row[-1] for row in (await ask(service, ENTRIES, "50%; see")).table.rows] == [note]
    assert not (await ask(service, ENTRIES, "%25")).table.rows
    await service.close()
