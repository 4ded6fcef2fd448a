"""What a grant may name: the verbs, services and columns that this Totebox has. A name that nothing bears would lend nothing."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from protocol.schema import VERBS, CapGrant
from protocol.schema.numbers import RefusalCode, Verb
from totebox.gate.refusal import Refused
from totebox.service.table import TableSpec


@dataclass(frozen=True, slots=True)
class ScopeNames:
    """`verbs` are carried out here; `columns` are those of the tables of each service, none where it has no table."""

    verbs: frozenset[int]
    columns: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, services: Iterable[str], tables: Iterable[TableSpec], contributed: Iterable[Verb]) -> "ScopeNames":
        """Of the services that run, every table that can be listed, and the verbs that services contribute."""
        columns: dict[str, frozenset[str]] = {name: frozenset() for name in services}
        for spec in tables:
            service = spec.name.partition(".")[0]
            columns[service] = columns.get(service, frozenset()) | {column.name for column in spec.columns}
        given = set(contributed)
        verbs = frozenset(number for number, row in VERBS.items() if not row.reach.owner or number in given)
        return cls(verbs, columns)

    def check(self, asked: CapGrant) -> None:
        """Raises Refused: `asked` names a verb, a service or a column that is not here."""
        missing = [verb.title for verb in asked.verbs if verb not in self.verbs]
        if missing:
            here = sorted(VERBS[number].title for number in self.verbs if VERBS[number].delegable)
            raise _unknown(f"this Totebox does not carry out {', '.join(missing)}", missing, here, "verbs")
        service = asked.service
        if service and service not in self.columns:
            what = f"table {service!r} is no service" if "." in service else f"there is no service {service!r} here"
            raise _unknown(what, [service.partition(".")[0]], sorted(self.columns), "services")
        known = self.columns[service] if service else frozenset[str]().union(*self.columns.values())
        strange = [name for name in asked.columns if name not in known]
        if strange:
            where = f"no table of {service}" if service else "no table here"
            raise _unknown(f"{where} has a column {', '.join(strange)}", strange, sorted(known), "columns")


def _unknown(reason: str, names: Sequence[str], known: Sequence[str], kind: str) -> Refused:
    """The remedy names the nearest of what there is, and all of it."""
    near = difflib.get_close_matches(names[0], known, 1)
    guess = f"did you mean {near[0]}? " if near else ""
    listed = f"{kind} here: {', '.join(known)}" if known else f"it has no {kind}; leave them out"
    return Refused(RefusalCode.BAD_ARGUMENTS, reason, guess + listed)
