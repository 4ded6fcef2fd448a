"""service-minutebook: originals byte for byte, their text beside them as Markdown, searchable, versions linked."""

from totebox.service.contract import Ring, Service, ServiceContext, ServiceSpec


def _make(context: ServiceContext) -> Service:
    from totebox.services.minutebook.service import MinutebookService

    return MinutebookService(context)


SPEC = ServiceSpec(
    name="minutebook",
    ring=Ring.KNOWLEDGE,
    summary="originals byte for byte, their text beside them, searchable, versions linked",
    make=_make,
    keeps=True,
    tables=("minutebook.documents", "minutebook.history"),
)
