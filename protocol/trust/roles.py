"""Who may ask what: the least role of each verb and of each telemetry topic. One table, nothing else decides it."""

from collections.abc import Mapping

from protocol.schema.numbers import Role, Topic, Verb

ALLOWED: Mapping[Verb, Role] = {
    Verb.HEAD: Role.INTERFACE,
    Verb.PROVE: Role.INTERFACE,
    Verb.VERIFY: Role.INTERFACE,
    Verb.SUBSCRIBE: Role.INTERFACE,
    Verb.COSIGN: Role.USER,
    Verb.LIST: Role.USER,
    Verb.READ: Role.USER,
    Verb.INPUT_OFFER: Role.INPUT,
    Verb.INPUT_TAKE: Role.INPUT,
    Verb.INPUT_ROUTE: Role.INPUT,
    Verb.INPUT_DECIDE: Role.INPUT,
    Verb.INPUT_CONFIRM: Role.INPUT,
    Verb.INPUT_ABANDON: Role.INPUT,
    Verb.PAIR_ISSUE: Role.ADMIN,
    Verb.PAIR_REVOKE: Role.ADMIN,
    Verb.PAIR_APPROVE: Role.ADMIN,
    Verb.PAIR_DENY: Role.ADMIN,
    Verb.PAIR_MARK: Role.ADMIN,
    Verb.PAIR_REQUIRE: Role.ADMIN,
    Verb.CAP_GRANT: Role.USER,
    Verb.CAP_REVOKE: Role.USER,
}
"""LIST may ask for more: a table states its own least role (`gate.pairings` wants ADMIN)."""

DELEGABLE = frozenset(
    {
        Verb.HEAD,
        Verb.PROVE,
        Verb.VERIFY,
        Verb.SUBSCRIBE,
        Verb.LIST,
        Verb.READ,
        Verb.INPUT_OFFER,
        Verb.INPUT_TAKE,
        Verb.INPUT_ROUTE,
        Verb.INPUT_DECIDE,
        Verb.INPUT_CONFIRM,
        Verb.INPUT_ABANDON,
    }
)
"""What a capability can carry. Verbs about trust itself are the pairing's alone: a holder could renew or widen with them."""

TOPIC_ROLE: Mapping[Topic, Role] = {
    Topic.STATUS: Role.INTERFACE,
    Topic.EVENT: Role.INTERFACE,
    Topic.HEAD: Role.INTERFACE,
    Topic.AUDIT: Role.USER,
    Topic.ENTRY: Role.USER,
    Topic.CHANGED: Role.USER,
    Topic.INTEGRITY: Role.INTERFACE,
}

FIRST_TOPICS = frozenset({Topic.STATUS, Topic.EVENT, Topic.HEAD, Topic.AUDIT, Topic.ENTRY, Topic.CHANGED})
"""Every subject of version 1 knows these; a subject of another schema may refuse a topic that joined later (BAD_ARGUMENTS)."""


def permits(role: Role, verb: Verb) -> bool:
    """Whether a pairing with `role` may send `verb`."""
    return role >= ALLOWED[verb]


def hears(role: Role, topic: Topic) -> bool:
    """Whether a pairing with `role` may subscribe to `topic`."""
    return role >= TOPIC_ROLE[topic]
