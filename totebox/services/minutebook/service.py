"""Tables `minutebook.documents` and `minutebook.history`, and the text that is sealed beside an original."""

from collections.abc import Sequence

from protocol.schema import Arguments, LabelDocument, ServiceState
from protocol.schema.note_fields import note_text
from protocol.schema.numbers import Verb
from totebox.service.contract import Asker, Declined, Drafted, Page, Sealing, TableReader, VerbHandlers
from totebox.service.folding import Folding
from totebox.service.pages import page
from totebox.service.query import Query
from totebox.service.rings import KnowledgeContext
from totebox.services.minutebook import labels, shelf
from totebox.services.minutebook.tables import DOCUMENTS, HISTORY
from totebox.vault.api import Draft, Entry, Member, Whole


class MinutebookService:
    """Its index is `cache/index.sqlite`, which is made again from the records whenever it does not fit them."""

    def __init__(self, context: KnowledgeContext) -> None:
        self._context = context
        self._folding = Folding(context.open_index("index", shelf.SCHEMA), context.reader, shelf.reads, shelf.fold)

    def tables(self) -> dict[str, TableReader]:
        return {DOCUMENTS.name: self.documents, HISTORY.name: self.history}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """The extracted text as Markdown, where there is any."""
        text = sealing.document.text
        if not text:
            return ()
        name = sealing.name.rpartition(".")[0] or sealing.name
        note = note_text((("pages", str(sealing.document.pages)),))
        return (Draft("minutebook", "text", sealing.name, Whole(_markdown(text)), f"{name}.md", Member(0), note=note),)

    def verbs(self) -> VerbHandlers:
        return {Verb.MINUTEBOOK_LABEL: self.label}

    async def absorb(self, entries: Sequence[Entry]) -> None:
        if await self._folding.catch_up():
            self._context.changed(DOCUMENTS.name)
            self._context.changed(HISTORY.name)

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("minutebook", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()

    async def label(self, asked: Arguments, asker: Asker) -> Drafted | Declined:
        """Set or lift a label of a document."""
        assert isinstance(asked, LabelDocument)
        size, index = (await self._context.reader.head()).records.tree_size, asked.index
        document = await self._folding.ask(lambda database: labels.find(database, index)) if index < size else None
        return labels.labelled(asked, document, self._context.now())

    async def documents(self, query: Query) -> Page:
        """Rows of `minutebook.documents`, newest first; by relevance where words are searched."""
        rows = await self._folding.ask(lambda database: shelf.documents(database, query))
        return page(DOCUMENTS.name, DOCUMENTS.columns, rows, query.limit)

    async def history(self, query: Query) -> Page:
        """Rows of `minutebook.history`, in the order of the log."""
        rows = await self._folding.ask(lambda database: shelf.history(database, query))
        return page(HISTORY.name, HISTORY.columns, rows, query.limit)


def _markdown(text: str) -> bytes:
    return (text if text.endswith("\n") else text + "\n").encode("utf-8", "replace")
