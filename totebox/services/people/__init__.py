"""service-people: an identity ledger of anchors and append-only claims. Nothing is overwritten; the present is computed."""

from totebox.service.contract import DraftingService
from totebox.service.rings import KnowledgeContext, KnowledgeSpec
from totebox.services.people.tables import ANCHORS, CLAIMS, SEGMENT


def _make(context: KnowledgeContext) -> DraftingService:
    from totebox.services.people.service import PeopleService

    return PeopleService(context)


SPEC = KnowledgeSpec(
    name="people",
    summary="people and organisations, and every claim about them with its source line",
    make=_make,
    tables=(ANCHORS, CLAIMS),
    segments=(SEGMENT,),
    kinds=(("claim", "a claim that a person verified or stated; `source` is the document"),),
)
