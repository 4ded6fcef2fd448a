"""Digest of the schema: one hash over every message, by which two programs can tell whether they have the same schema."""

import hashlib
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Annotated, get_args, get_origin, get_type_hints

from protocol.schema.registry import MESSAGES, SINCE, Size, Span
from protocol.schema.topics import BODIES
from protocol.schema.verbs import ARGUMENTS


def describe() -> str:
    """The whole schema as text: one line for each class, in the order of its number. The digest is the hash of these bytes."""
    lines: list[str] = []
    inner: dict[str, type] = {}
    for word, registry in (("message", MESSAGES), ("arguments", ARGUMENTS), ("body", BODIES)):
        for number, cls in sorted(registry.items(), key=lambda item: int(item[0])):
            lines.append(f"{word} {int(number)} {_class(cls, inner)} since {SINCE[cls]}")
    described: set[str] = set()
    while pending := sorted(set(inner) - described):
        for name in pending:
            described.add(name)
            lines.append(f"struct {_class(inner[name], inner)}")
    return "\n".join(lines) + "\n"


def _class(cls: type, inner: dict[str, type]) -> str:
    hints = get_type_hints(cls, include_extras=True)
    assert is_dataclass(cls)
    return f"{cls.__name__}({', '.join(f'{f.name}: {_hint(hints[f.name], inner)}' for f in fields(cls))})"


def _hint(hint: object, inner: dict[str, type]) -> str:
    origin = get_origin(hint)
    if origin is Annotated:
        base, *limits = get_args(hint)
        return _hint(base, inner) + "".join(
            f"[{limit.least}..{limit.most}]" for limit in limits if isinstance(limit, (Size, Span))
        )
    if origin is tuple:
        return f"tuple<{_hint(get_args(hint)[0], inner)}>"
    if origin is not None:
        return "|".join(_hint(arm, inner) for arm in get_args(hint))
    assert isinstance(hint, type), f"{hint!r} is no type of the wire"
    if issubclass(hint, Enum):
        return f"{hint.__name__}{{{','.join(f'{m.name}={m.value}' for m in hint)}}}"
    if is_dataclass(hint):
        inner[hint.__name__] = hint
    return hint.__name__


SCHEMA_DIGEST = hashlib.sha256(describe().encode()).digest()
"""32 bytes, sent in Bound. Another digest is not an error: the subject's `kinds` and `verbs` decide what may be sent."""
