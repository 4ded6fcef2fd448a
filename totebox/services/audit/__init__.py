"""service-audit: the second log. Every session, command, refusal and decision, written before the act it records."""

from totebox.service.contract import DraftingService
from totebox.service.rings import BoundaryContext, BoundarySpec
from totebox.services.audit.tables import LOG


def _make(context: BoundaryContext) -> DraftingService:
    from totebox.services.audit.service import AuditService

    return AuditService(context)


SPEC = BoundarySpec(
    name="audit",
    summary="every session, command, refusal and decision, before the act",
    make=_make,
    tables=(LOG,),
)
