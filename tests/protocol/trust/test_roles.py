"""Who may ask what, as the rows of VERBS say."""

from protocol.schema import TOPICS, VERBS
from protocol.schema.numbers import Role, Topic, Verb
from protocol.trust.roles import hears, permits

MATRIX = """
              INTERFACE USER  INPUT ADMIN
head              yes       yes   yes   yes
prove             yes       yes   yes   yes
verify            yes       yes   yes   yes
subscribe         yes       yes   yes   yes
cosign            yes       yes   yes   yes
list              no        yes   yes   yes
read              no        yes   yes   yes
input.offer       no        no    yes   yes
input.take        no        no    yes   yes
input.route       no        no    yes   yes
input.decide      no        no    yes   yes
input.abandon     no        no    yes   yes
input.seal        no        no    yes   yes
pair.issue        no        no    no    yes
pair.revoke       no        no    no    yes
pair.approve      no        no    no    yes
pair.deny         no        no    no    yes
pair.mark         no        no    no    yes
pair.require      no        no    no    yes
pair.name         no        no    no    yes
cap.grant         no        yes   yes   yes
cap.revoke        no        yes   yes   yes
people.correct    no        no    yes   yes
minutebook.label  no        no    yes   yes
"""


def test_the_matrix() -> None:
    """Every verb x role, as a person reads it."""
    _, *lines = MATRIX.strip().splitlines()
    stated = {line.split()[0]: [word == "yes" for word in line.split()[1:]] for line in lines}
    assert stated == {verb.title: [permits(role, verb) for role in Role] for verb in Verb}


def test_nothing_is_forgotten() -> None:
    """Every verb and every topic has a least role."""
    assert set(VERBS) == set(Verb) and set(TOPICS) == set(Topic)


def test_an_unknown_verb_is_nobodys() -> None:
    """No role permits a number that no row has."""
    assert not any(permits(role, number) for role in Role for number in set(range(256)) - set(VERBS))


def test_orchestrator_hears_no_names() -> None:
    """INTERFACE hears state and heads, not the rows of either log."""
    assert [topic for topic in Topic if hears(Role.INTERFACE, topic)] == [
        Topic.STATUS,
        Topic.EVENT,
        Topic.HEAD,
        Topic.INTEGRITY,
    ]


def test_trust_is_not_handed_on() -> None:
    """No verb about pairings or capabilities is in a capability: a holder could renew or widen with it."""
    about_trust = {verb for verb in Verb if verb.title.startswith(("pair.", "cap."))}
    assert len(about_trust) >= 8 and not any(VERBS[verb].delegable for verb in about_trust)


def test_print_the_matrix(capsys) -> None:
    """The table as it is in force: `pytest -s -k print_the_matrix` shows it."""
    lines = [f"{'':<17}" + " ".join(f"{role.name:<9}" for role in Role)]
    for verb in Verb:
        cells = " ".join(f"{'yes' if permits(role, verb) else 'no':<9}" for role in Role)
        lines.append(f"{verb.title:<17}{cells}".rstrip())
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201  the table is what this test is for
    assert len(lines) == 1 + len(Verb)
