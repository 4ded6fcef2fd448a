"""Capability chains: each block only narrows, each is signed by the holder before it, and no byte can be moved."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.authority.mint import Wish, delegate, scope_of
from protocol.errors import CapabilityError, LocalProtocolError
from protocol.schema import Block, DeviceKey
from protocol.schema.numbers import CLOCK_SKEW_S, MAX_TERMS_BYTES, Algorithm, Op, Verb
from protocol.schema.terms import Term, decode_terms, encode_terms
from protocol.trust.capability import (
    Body,
    Chain,
    Scope,
    attenuate,
    chain_text,
    check_narrows,
    decode_body,
    encode_body,
    is_early,
    is_late,
    mint,
    narrowed,
    parse_chain,
    revocation_ids,
    verify,
)
from protocol.trust.keys import FileBinder
from protocol.wire.codec import pack_struct
from tests.protocol.binders import P256Binder

SUBJECT, DESK, HUB, THIRD = (FileBinder(bytes((number,)) * 32) for number in (1, 2, 3, 4))
LEASES, ROWS_ABOVE = Term("name", Op.STARTS, "lease"), Term("index", Op.ABOVE, 3)
WINDOW = (1_000_000_000, 9_000_000_000)
SCOPE = Scope((Verb.PROVE, Verb.LIST, Verb.READ), "minutebook", 10, 20, ("index", "name"), *WINDOW, (LEASES,))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def chain_of_two() -> Chain:
    return attenuate(mint(SUBJECT, DESK.key, SCOPE, 3), DESK, HUB.key, SCOPE, 2)


def test_a_minted_and_delegated_chain_verifies() -> None:
    """The last block's scope, every holder in order, and one revocation id for each beginning."""
    narrow = narrowed(SCOPE, first_row=12, last_row=12)
    chain = attenuate(mint(SUBJECT, DESK.key, SCOPE, 1), DESK, HUB.key, narrow, 0)
    verified = verify(chain, SUBJECT.key)
    assert verified.scope == narrow and verified.holders == (DESK.key, HUB.key)
    assert verified.ids == revocation_ids(chain) and len(set(verified.ids)) == 2


def test_four_blocks_and_no_fifth() -> None:
    """The depth that the first block states is all there is."""
    chain = mint(SUBJECT, DESK.key, SCOPE, 3)
    for depth, holder, following in ((2, DESK, HUB), (1, HUB, THIRD), (0, THIRD, DESK)):
        chain = attenuate(chain, holder, following.key, SCOPE, depth)
    assert len(verify(chain, SUBJECT.key).bodies) == 4
    with pytest.raises(CapabilityError, match="1 to 4 blocks"):
        attenuate(chain, DESK, HUB.key, SCOPE, 0)
    with pytest.raises(CapabilityError, match="1 to 4 blocks"):
        verify((*chain, chain[-1]), SUBJECT.key)
    with pytest.raises(CapabilityError, match="1 to 4 blocks"):
        verify((), SUBJECT.key)


WIDER = {
    "verbs": {"verbs": (Verb.HEAD, Verb.PROVE, Verb.LIST, Verb.READ)},
    "other verb": {"verbs": (Verb.INPUT_OFFER,)},
    "service": {"service": "people"},
    "every service": {"service": ""},
    "first row": {"first_row": 9},
    "last row": {"last_row": 21},
    "columns": {"columns": ("index", "name", "size")},
    "other column": {"columns": ("size",)},
    "every column": {"columns": ()},
    "other term": {"terms": (ROWS_ABOVE,)},
    "every row": {"terms": ()},
    "not before": {"not_before": 999_999_999},
    "not after": {"not_after": 9_000_000_001},
}


@pytest.mark.parametrize("fields", WIDER.values(), ids=WIDER)
def test_every_single_field_widening_is_refused(fields: dict[str, object]) -> None:
    """Neither can an honest holder make it, nor does a verifier take it from one that signs it anyway."""
    wide, chain = narrowed(SCOPE, **fields), mint(SUBJECT, DESK.key, SCOPE, 1)
    with pytest.raises(CapabilityError, match="widens"):
        attenuate(chain, DESK, HUB.key, wide, 0)
    with pytest.raises(CapabilityError, match="widens"):
        verify(forced(chain, DESK, Body(0, SUBJECT.key, HUB.key, wide)), SUBJECT.key)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depth_only_falls(depth: int) -> None:
    """A block that may be handed on as often as the one before, or more often, is wider."""
    chain = mint(SUBJECT, DESK.key, SCOPE, 1)
    with pytest.raises(CapabilityError, match="depth"):
        verify(forced(chain, DESK, Body(depth, SUBJECT.key, HUB.key, SCOPE)), SUBJECT.key)


def test_another_subject_is_refused() -> None:
    """In a later block, in the first, and a whole chain shown to another Totebox."""
    chain = mint(SUBJECT, DESK.key, SCOPE, 1)
    with pytest.raises(CapabilityError, match="another Totebox"):
        verify(forced(chain, DESK, Body(0, THIRD.key, HUB.key, SCOPE)), SUBJECT.key)
    with pytest.raises(CapabilityError, match="another Totebox"):
        verify(chain, THIRD.key)
    with pytest.raises(CapabilityError, match="subject"):
        check_narrows(Body(1, SUBJECT.key, DESK.key, SCOPE), Body(0, THIRD.key, HUB.key, SCOPE))


def forced(chain: Chain, binder: FileBinder, body: Body) -> Chain:
    """`chain` and a block that a dishonest holder signs, whatever it says."""
    from protocol.trust.capability import _signed

    data = encode_body(body)
    return (*chain, Block(data, binder.sign(_signed(chain[-1].signature, data))))


def test_equal_is_not_wider() -> None:
    """The same scope for another holder, with less depth, is a delegation."""
    check_narrows(Body(1, SUBJECT.key, DESK.key, SCOPE), Body(0, SUBJECT.key, HUB.key, SCOPE))


def test_only_the_holder_hands_on() -> None:
    """A stolen chain cannot be extended by who stole it, nor by one who forges the holder's name."""
    chain = mint(SUBJECT, DESK.key, SCOPE, 2)
    with pytest.raises(CapabilityError, match="only its holder"):
        attenuate(chain, THIRD, THIRD.key, SCOPE, 0)
    with pytest.raises(CapabilityError, match="block 1 was not signed"):
        verify(forced(chain, THIRD, Body(1, SUBJECT.key, THIRD.key, SCOPE)), SUBJECT.key)


def test_blocks_cannot_be_taken_out_or_put_elsewhere() -> None:
    """Dropping the block in the middle, swapping two, or grafting onto another chain breaks a signature."""
    two = chain_of_two()
    three = attenuate(two, HUB, THIRD.key, SCOPE, 0)
    other = mint(SUBJECT, DESK.key, narrowed(SCOPE, first_row=11), 3)
    for broken in ((three[0], three[2]), (three[1], three[2]), (three[0], three[2], three[1]), (other[0], two[1])):
        with pytest.raises(CapabilityError):
            verify(broken, SUBJECT.key)


@pytest.mark.parametrize("number", [0, 1])
def test_every_flipped_bit_is_refused(number: int) -> None:
    """Of either block's body and signature."""
    chain = chain_of_two()
    for field in ("body", "signature"):
        data = getattr(chain[number], field)
        for bit in range(0, len(data) * 8, 3):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            blocks = list(chain)
            blocks[number] = replace(chain[number], **{field: bytes(changed)})
            with pytest.raises(CapabilityError):
                verify(tuple(blocks), SUBJECT.key)


def test_every_truncation_is_refused() -> None:
    """A body cut anywhere, or with a byte more, is no body."""
    data = chain_of_two()[0].body
    for cut in [*(data[:size] for size in range(len(data))), data + b"\0"]:
        with pytest.raises(CapabilityError):
            decode_body(cut)


@pytest.mark.parametrize(("version", "said"), [(1, "before the first release"), (3, "does not know")])
def test_a_body_of_another_version_is_refused(version: int, said: str) -> None:
    """In plain words."""
    data = chain_of_two()[0].body
    with pytest.raises(CapabilityError, match=said):
        decode_body(bytes((version,)) + data[1:])


def test_terms_are_only_added() -> None:
    """A wish adds to those that the chain has."""
    chain = delegate(mint(SUBJECT, DESK.key, SCOPE, 1), DESK, HUB.key, Wish(terms=(ROWS_ABOVE,)))
    assert set(verify(chain, SUBJECT.key).scope.terms) == {LEASES, ROWS_ABOVE}


def test_ecdsa_malleability_does_not_change_the_revocation_id() -> None:
    """The other signature of the same body (s for n-s) verifies, and what revokes the one revokes the other."""
    chip = P256Binder(77)
    chain = attenuate(mint(SUBJECT, chip.key, SCOPE, 1), chip, HUB.key, SCOPE, 0)
    last = chain[-1]
    s = ORDER - int.from_bytes(last.signature[32:], "big")
    twin = (chain[0], replace(last, signature=last.signature[:32] + s.to_bytes(32, "big")))
    assert twin != chain
    assert verify(twin, SUBJECT.key).id == verify(chain, SUBJECT.key).id


def test_a_malleated_signature_in_the_middle_breaks_what_follows() -> None:
    """Each block covers the exact signature before it."""
    chip = P256Binder(78)
    chain = attenuate(mint(SUBJECT, chip.key, SCOPE, 2), chip, HUB.key, SCOPE, 1)
    longer = attenuate(chain, HUB, THIRD.key, SCOPE, 0)
    s = ORDER - int.from_bytes(longer[1].signature[32:], "big")
    twin = replace(longer[1], signature=longer[1].signature[:32] + s.to_bytes(32, "big"))
    with pytest.raises(CapabilityError, match="block 2"):
        verify((longer[0], twin, longer[2]), SUBJECT.key)


def test_the_window_has_a_minute_of_skew() -> None:
    """Sixty seconds at either end, and not a microsecond more."""
    skew = CLOCK_SKEW_S * 1_000_000
    assert not is_early(SCOPE, SCOPE.not_before - skew) and is_early(SCOPE, SCOPE.not_before - skew - 1)
    assert not is_late(SCOPE, SCOPE.not_after + skew) and is_late(SCOPE, SCOPE.not_after + skew + 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"verbs": ()},
        {"verbs": (Verb.READ, Verb.LIST)},
        {"verbs": (Verb.LIST, Verb.LIST)},
        {"verbs": (Verb.PAIR_ISSUE,)},
        {"verbs": (Verb.CAP_GRANT,)},
        {"first_row": 21},
        {"columns": ("name", "index")},
        {"columns": ("",)},
        {"columns": ("a\nb",)},
        {"columns": tuple(f"c{n:02}" for n in range(17))},
        {"service": "s" * 33},
        {"service": "sérvice"},
        {"not_after": SCOPE.not_before},
        {"last_row": 1 << 64},
        {"terms": (ROWS_ABOVE, LEASES)},
        {"terms": (LEASES, LEASES)},
        {"terms": (Term("name", Op.ABOVE, "a"),)},
        {"terms": (Term("a", Op.IS, "x" * 255),)},
    ],
)
def test_what_cannot_be_a_body_is_not_encoded(fields: dict[str, object]) -> None:
    """Also a trust verb: it cannot even be written."""
    with pytest.raises(CapabilityError):
        encode_body(Body(0, SUBJECT.key, DESK.key, replace(SCOPE, **fields)))


def test_text_gives_the_same_chain() -> None:
    """As one word, broken over lines or not."""
    text = chain_text(chain_of_two())
    assert parse_chain(text) == parse_chain(text[:50] + "\n " + text[50:]) == chain_of_two()


@pytest.mark.parametrize("text", ["", "psp://1/x", "psp-cap:1:", "psp-cap:1:AAAA", "psp-cap:1:?", "psp-cap:2:AAAA"])
def test_text_that_is_no_chain(text: str) -> None:
    """Says so."""
    with pytest.raises(CapabilityError):
        parse_chain(text)


def test_a_cut_text_is_no_chain() -> None:
    """Wherever it was cut off, unless a whole block is left (which verifies as what it is)."""
    text, whole = chain_text(chain_of_two()), chain_of_two()
    for size in range(len(text)):
        try:
            assert parse_chain(text[:size]) == whole[:1]
        except CapabilityError:
            continue


keys = st.sampled_from([SUBJECT.key, DESK.key, P256Binder(5).key])
verbs = st.lists(st.sampled_from([Verb.HEAD, Verb.LIST, Verb.READ, Verb.INPUT_TAKE]), min_size=1, unique=True)
names = st.text("abc_.-xyz", min_size=1, max_size=12)


@given(
    st.integers(0, 3), keys, keys, verbs, st.text("abc", max_size=9), st.integers(0, 1 << 63), st.integers(0, 1 << 63),
    st.lists(names, max_size=5, unique=True), st.integers(0, 1 << 50), st.integers(1, 1 << 50),
    st.lists(st.builds(Term, st.text("abc", min_size=1, max_size=9), st.just(Op.IS), st.integers(0, 9)), max_size=4, unique=True),
)  # fmt: skip
def test_one_value_has_one_encoding(
    depth, subject, holder, verb_list, service, first, more, columns, begins, lasts, some
) -> None:
    """Any body: it decodes to itself, and fits into a block."""
    end = begins + lasts
    columns, terms = tuple(sorted(columns)), decode_terms(encode_terms(some))
    scope = Scope(tuple(sorted(verb_list)), service, first, first + more, columns, begins, end, terms)
    body = Body(depth, subject, holder, scope)
    assert decode_body(encode_body(body)) == body
    pack_struct(Block(encode_body(body), b"s"))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_body_or_an_error(data: bytes) -> None:
    """Nothing else, whatever they are."""
    try:
        assert encode_body(decode_body(data)) == data
    except CapabilityError:
        return


def test_a_wish_narrows_what_is_left_out_of_it() -> None:
    """The console hands on one row for an hour; the rest stays as it was minted."""
    chain = mint(SUBJECT, DESK.key, replace(SCOPE, columns=()), 1)
    wish = Wish((Verb.LIST,), rows=(12, 12), lifetime_s=3600)
    given_on = scope_of(delegate(chain, DESK, HUB.key, wish))
    assert (given_on.verbs, given_on.service, given_on.first_row, given_on.last_row) == (
        (Verb.LIST,),
        "minutebook",
        12,
        12,
    )
    assert given_on.not_after - given_on.not_before == 3_600_000_000
    with pytest.raises(CapabilityError, match="widens its last row"):
        delegate(chain, DESK, HUB.key, Wish(rows=(12, 99)))


def test_the_largest_body_fits_into_a_block() -> None:
    """Sixteen of the longest columns, all the terms that there can be, the largest keys and a service."""
    key = DeviceKey(Algorithm.SK_SSH_ED25519, b"k" * 256)
    columns = tuple(sorted(f"{number:064}" for number in range(16)))
    full = (Term("a", Op.IS, "x" * (MAX_TERMS_BYTES - 5)),)
    data = encode_body(Body(3, key, key, replace(SCOPE, columns=columns, terms=full, service="s" * 32)))
    try:
        pack_struct(Block(data, b"s" * 256))
    except LocalProtocolError as fault:  # pragma: no cover  the assertion's message
        raise AssertionError(f"{len(data)} bytes do not fit: {fault}") from fault
