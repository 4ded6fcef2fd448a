"""service-minutebook: originals byte for byte, with their text as Markdown, searchable, and with their versions
linked.
"""

from totebox.service.contract import DraftingService
from totebox.service.rings import KnowledgeContext, KnowledgeSpec
from totebox.services.minutebook.tables import DOCUMENTS, HISTORY, SEGMENT


def _make(context: KnowledgeContext) -> DraftingService:
    from totebox.services.minutebook.service import MinutebookService

    return MinutebookService(context)


SPEC = KnowledgeSpec(
    name="minutebook",
    summary="originals byte for byte, their text beside them, searchable, versions linked",
    make=_make,
    keeps=True,
    tables=(DOCUMENTS, HISTORY),
    segments=(SEGMENT,),
    kinds=(
        ("original", "a document as it was brought, byte for byte"),
        ("text", "the text that was read in a document, as Markdown; `source` is the document"),
        ("label", "a label of a document that was set or lifted; `source` is the document"),
    ),
)
