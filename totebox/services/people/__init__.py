"""service-people: an identity ledger of anchors and append-only claims. Nothing is overwritten; the present is computed."""

from totebox.service.contract import Ring, Service, ServiceContext, ServiceSpec


def _make(context: ServiceContext) -> Service:
    from totebox.services.people.service import PeopleService

    return PeopleService(context)


SPEC = ServiceSpec(
    name="people",
    ring=Ring.KNOWLEDGE,
    summary="people and organisations, and every claim about them with its source line",
    make=_make,
    tables=("people.anchors", "people.claims"),
)
