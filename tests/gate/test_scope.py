"""What a scope holds, judged by what the verb's row says its arguments reach."""

import pytest

from protocol.schema import Arguments, List, Prove, Reach, Read, Route, Seal
from protocol.schema.numbers import Log, Op, RefusalCode, Role, Verb
from protocol.schema.terms import Term
from protocol.trust.capability import Scope
from totebox.gate.refusal import Refused
from totebox.gate.scope import hold
from totebox.gate.tables import ListedTable, Listing
from totebox.service.pages import columns
from totebox.service.query import parse
from totebox.service.table import Key, TableSpec

pytestmark = pytest.mark.anyio
VERBS_OF = (Verb.HEAD,)
WHOLE = Scope(VERBS_OF)
MINUTES = Scope(VERBS_OF, "minutebook")
ROWS = Scope(VERBS_OF, first_row=1, last_row=2)
COLUMNS = Scope(VERBS_OF, columns=("index",))
LEASES = Scope(VERBS_OF, terms=(Term("name", Op.IS, "lease"),))
BOTH = Scope(VERBS_OF, columns=("index",), terms=LEASES.terms)
AUDIT = Scope(VERBS_OF, "audit")


def _list(query: str) -> List:
    return List("minutebook.documents", query, "", "", 1)


def _listing(arguments: Arguments) -> Listing | None:
    """What the gate makes of the arguments of a LIST before it judges them."""
    if not isinstance(arguments, List):
        return None
    spec = TableSpec(arguments.table, columns("index index", "name text"), own=(Key("name", "called so"),))
    return Listing(ListedTable(spec, Role.USER, None), parse(spec, arguments.query, "", "", 1))


HELD = {
    "nothing is named": (Reach(), Read(9, 0), ROWS),
    "everything, whole": (Reach(everything="all"), Read(9, 0), WHOLE),
    "a record in range": (Reach(entry="index"), Read(2, 0), ROWS),
    "a leaf of the audit log": (Reach(entry="index", log="log"), Prove(Log.AUDIT, 9), AUDIT),
    "the verb's own service": (Reach(owner="minutebook"), Read(9, 0), MINUTES),
    "the service that is named": (Reach(service="service"), Route("i", "", "minutebook"), MINUTES),
    "a form, every column": (Reach(formless="bytes"), Read(9, 0), ROWS),
    "a table by index": (Reach(table="table"), _list("index:18446744073709551615 after:0 all:"), ROWS),
    "a table for all": (Reach(table="table"), _list(""), ROWS),
    "a table by two blanks": (Reach(table="table"), _list("index:1  all:"), ROWS),
    "a table that a term can ask": (Reach(table="table"), _list("lease"), LEASES),
    "the scope's own term under columns": (Reach(table="table"), _list("name:lease"), BOTH),
    "no record, of terms": (Reach(entry="supersedes"), Seal("i", None, "", b"s"), LEASES),
    "a search under a service alone": (Reach(table="table"), _list("lease"), MINUTES),
}
OUTSIDE = {
    "everything, of a service": (Reach(everything="all"), Read(9, 0), MINUTES),
    "everything, of rows": (Reach(everything="all"), Read(9, 0), ROWS),
    "a record before": (Reach(entry="index"), Read(0, 0), ROWS),
    "a record after": (Reach(entry="index"), Read(3, 0), ROWS),
    "a record of another service": (Reach(entry="index"), Read(0, 0), MINUTES),
    "a record that is not there": (Reach(entry="index"), Read(9_999, 0), MINUTES),
    "the audit log, of rows": (Reach(entry="index", log="log"), Prove(Log.AUDIT, 1), ROWS),
    "the audit log, of a service": (Reach(entry="index", log="log"), Prove(Log.AUDIT, 1), MINUTES),
    "another service's verb": (Reach(owner="people"), Read(9, 0), MINUTES),
    "another service": (Reach(service="service"), Route("i", "", "people"), MINUTES),
    "no form, some columns": (Reach(formless="bytes"), Read(9, 0), COLUMNS),
    "another service's table": (Reach(table="table"), List("people.claims", "", "", "", 1), MINUTES),
    "a search under rows": (Reach(table="table"), _list("lease"), ROWS),
    "a search under columns": (Reach(table="table"), _list("index:1 lease"), COLUMNS),
    "another key under rows": (Reach(table="table"), _list("index:1 name:lease"), ROWS),
    "everything, of terms": (Reach(everything="all"), Read(9, 0), LEASES),
    "a record, of terms": (Reach(entry="index"), Read(2, 0), LEASES),
    "a ground, of terms": (Reach(ground="index"), Read(2, 0), LEASES),
    "no form, of terms": (Reach(formless="bytes"), Read(9, 0), LEASES),
    "a table that a term cannot ask": (
        Reach(table="table"),
        _list(""),
        Scope(VERBS_OF, terms=(Term("size", Op.IS, 1),)),
    ),
    "a term of another kind": (Reach(table="table"), _list(""), Scope(VERBS_OF, terms=(Term("name", Op.IS, 1),))),
    "another way to compare": (Reach(table="table"), _list(""), Scope(VERBS_OF, terms=(Term("name", Op.STARTS, "l"),))),
    "another value under columns": (Reach(table="table"), _list("name:rent"), BOTH),
    "a word in quotes": (Reach(table="table"), _list('all: "index:1"'), COLUMNS),
}


@pytest.mark.parametrize("case", HELD.values(), ids=HELD)
async def test_what_is_inside_passes(room, case) -> None:
    """Nothing is refused."""
    reach, arguments, scope = case
    await hold(reach, arguments, scope, room.vault, _listing(arguments))


@pytest.mark.parametrize("case", OUTSIDE.values(), ids=OUTSIDE)
async def test_what_is_outside_is_not_permitted(room, case) -> None:
    """NOT_PERMITTED, with what is outside and what to do."""
    reach, arguments, scope = case
    with pytest.raises(Refused) as refused:
        await hold(reach, arguments, scope, room.vault, _listing(arguments))
    assert refused.value.code is RefusalCode.NOT_PERMITTED and refused.value.reason and refused.value.remedy
