"""What the devices of a Totebox are called: their labels by fingerprint, as its table of pairings and its audit log say. Pure.

A label is a stranger's text: pass what is returned here through `safe_line` to draw it, as every cell of a list does.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from console.model.tables import records
from protocol.schema import Table
from protocol.schema.numbers import AuditKind

PAIRINGS_TABLE = "gate.pairings"
MAX_LABELS = 1_024
"""Of one Totebox: no Totebox has as many devices, one that lies names more."""
THIS_DEVICE = "this device"
_SHORT = 12
_PREFIX = "SHA256:"
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_LABELLED: Mapping[str, re.Pattern[str]] = {
    AuditKind.SESSION_OPEN: re.compile(r"^[A-Z]+ (.+), [^,]+, [^,]+$"),
    AuditKind.PAIRED: re.compile(r"^[A-Z]+ to (.+) \([a-z]+\)"),
}
"""Where the detail of an audit row names a device's label."""


def label_in(kind: str, actor: str, subject: str, detail: str) -> tuple[str, str] | None:
    """The fingerprint and the label of the device that an audit row names; None where it names none."""
    pattern = _LABELLED.get(kind)
    named = pattern.match(detail) if pattern is not None else None
    return None if named is None else (subject if kind == AuditKind.PAIRED else actor, named[1])


def labels_of(table: Table) -> dict[str, str]:
    """Labels by fingerprint in rows of `gate.pairings`; a device without a label is left out."""
    return {row.text("fingerprint"): label for row in records(table) if (label := row.text("label").strip())}


def with_labels(known: Mapping[str, str], found: Mapping[str, str]) -> Mapping[str, str]:
    """`known` with `found`, which is newer; at most MAX_LABELS, the newest. `known` itself where nothing is new."""
    if all(known.get(name) == label for name, label in found.items()):
        return known
    kept = [*((name, label) for name, label in known.items() if name not in found), *found.items()]
    return MappingProxyType(dict(kept[-MAX_LABELS:]))


def known_here(labels: Mapping[str, str], own: str) -> Mapping[str, str]:
    """`labels`, and a word for this console's own device (`own`, '' where it is not known) where it has no label there."""
    return labels if not own or own in labels else {**labels, own: THIS_DEVICE}


def device(actor: str, known: Mapping[str, str]) -> str:
    """A device by its label; by the beginning of its fingerprint where no label is known. Other words (`local`) stay."""
    return known.get(actor) or short_actor(actor)


def short_actor(actor: str) -> str:
    """A fingerprint as one recognises it: `SHA256:abcdef...` becomes its first twelve characters."""
    return actor.removeprefix(_PREFIX)[:_SHORT] if actor.startswith(_PREFIX) else actor


def labelled(text: str, known: Mapping[str, str]) -> str:
    """`text` with the label of each device in place of its fingerprint, where one is known."""
    return _FINGERPRINT.sub(lambda found: known.get(found[0]) or found[0], text)


def labels_in(rows: Iterable[tuple[str, str, str, str]]) -> dict[str, str]:
    """Labels by fingerprint that audit rows name, given as (kind, actor, subject, detail), oldest first: the newest counts."""
    return dict(named for row in rows if (named := label_in(*row)) is not None)
