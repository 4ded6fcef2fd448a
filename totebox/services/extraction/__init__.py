"""service-extraction: reads documents in a child process and says what is claimed in them."""

from totebox.service.contract import Ring, Service, ServiceContext, ServiceSpec


def _make(context: ServiceContext) -> Service:
    from totebox.services.extraction.service import ExtractionService

    return ExtractionService(context)


SPEC = ServiceSpec(
    name="extraction",
    ring=Ring.BOUNDARY,
    summary="reads documents under limits and keeps every claim that was decided, the rejected ones too",
    make=_make,
    tables=("extraction.claims",),
)
