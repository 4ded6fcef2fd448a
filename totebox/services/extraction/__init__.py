"""service-extraction: reads documents in a worker process and finds the claims in them."""

from totebox.service.contract import DraftingService
from totebox.service.rings import BoundaryContext, BoundarySpec
from totebox.services.extraction.tables import CLAIMS, SEGMENT


def _make(context: BoundaryContext) -> DraftingService:
    from totebox.services.extraction.service import ExtractionService

    return ExtractionService(context)


SPEC = BoundarySpec(
    name="extraction",
    summary="reads documents under limits and keeps every claim that was decided, the rejected ones too",
    make=_make,
    tables=(CLAIMS,),
    segments=(SEGMENT,),
    kinds=(("rejected", "a claim that a person rejected; `source` is the document"),),
)
