"""service-audit: the second log. Every session, command, refusal and decision, written before the act it records."""

from totebox.service.contract import Ring, Service, ServiceContext, ServiceSpec


def _make(context: ServiceContext) -> Service:
    from totebox.services.audit.service import AuditService

    return AuditService(context)


SPEC = ServiceSpec(
    name="audit",
    ring=Ring.BOUNDARY,
    summary="every session, command, refusal and decision, before the act",
    make=_make,
    tables=("audit.log",),
)
