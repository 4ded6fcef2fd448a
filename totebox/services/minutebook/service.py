"""Tables `minutebook.documents` and `minutebook.history`, and the text that is sealed beside an original."""

from collections.abc import Sequence

from protocol.schema import ServiceState
from totebox.service.contract import Page, Query, Sealing, TableReader
from totebox.service.folding import Folding
from totebox.service.pages import columns, page
from totebox.service.rings import KnowledgeContext
from totebox.services.minutebook import shelf
from totebox.vault.api import Draft, Entry, Member, Whole

DOCUMENTS = columns(
    "index index", "time time", "name text", "media text", "size bytes", "sha256 hash", "account text", "pages int",
    "version int", "supersedes index", "superseded_by index", "text index", "claims int", "excerpt text",
)  # fmt: skip
HISTORY = columns(
    "index index", "time time", "kind text", "actor text", "note text", "path text", "sha256 hash", "source index",
    "supersedes index", "audit audit-index",
)  # fmt: skip


class MinutebookService:
    """Its index lies in `state/index.sqlite` and is made again from the records whenever it does not fit them."""

    def __init__(self, context: KnowledgeContext) -> None:
        self._context = context
        self._folding = Folding(context.open_index("index", shelf.SCHEMA), context.reader, shelf.reads, shelf.fold)

    def tables(self) -> dict[str, TableReader]:
        return {"minutebook.documents": self.documents, "minutebook.history": self.history}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """The extracted text as Markdown, where there is any."""
        text = sealing.document.text
        if not text:
            return ()
        name = sealing.name.rpartition(".")[0] or sealing.name
        note = f"pages={sealing.document.pages}"
        return (Draft("minutebook", "text", sealing.name, Whole(_markdown(text)), f"{name}.md", Member(0), note=note),)

    async def absorb(self, entries: Sequence[Entry]) -> None:
        if await self._folding.catch_up():
            self._context.changed("minutebook.documents")
            self._context.changed("minutebook.history")

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("minutebook", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()

    async def sealed(self, sha256: bytes) -> int | None:
        """The first original, of any service, that has these bytes."""
        return await self._folding.ask(lambda database: shelf.sealed(database, sha256))

    async def documents(self, query: Query) -> Page:
        """Newest first; words search name and text; `all:` shows superseded versions too, `index:N` that one."""
        rows = await self._folding.ask(
            lambda database: shelf.documents(database, query.text, query.as_of, query.cursor, query.limit)
        )
        return page("minutebook.documents", DOCUMENTS, rows, query.limit)

    async def history(self, query: Query) -> Page:
        """`index:N`: every version of that document and what was derived from it, in order."""
        rows = await self._folding.ask(lambda database: shelf.history(database, query.text, query.cursor, query.limit))
        return page("minutebook.history", HISTORY, rows, query.limit)


def _markdown(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").encode("utf-8", "replace")
