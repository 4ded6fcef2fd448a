"""The declaration of `audit.log`."""

from protocol.schema.numbers import Op
from totebox.service.pages import columns
from totebox.service.table import Key, TableSpec

LOG = TableSpec(
    "audit.log",
    columns("index audit-index", "time time", "actor text", "kind text", "subject text", "detail text", "command text"),
    own=(
        Key("kind", "of that kind (COMMAND, REFUSED, PAIRED ...)", written=str.upper),
        Key("actor", "of the device whose fingerprint begins so", op=Op.STARTS),
        Key("command", "of the write with that once id", written=str.lower),
    ),
    searched=("kind", "subject", "detail", "actor"),
    dated="time",
)
