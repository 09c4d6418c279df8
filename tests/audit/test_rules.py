"""The bytes that are hashed, against an implementation made independently from RFC 6962."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gridgov.audit import rules
from gridgov.audit.rules import Member, SealSaid
from gridgov.audit.seal import is_signed, public_key, signer
from gridgov.keys import Keys

KEYS = Keys("a secret of the tests")
MEMBERS = st.builds(
    Member, st.sampled_from(["event", "entry"]), st.integers(1, 10**9), st.binary(min_size=1)
)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)  # fmt: skip


def tree(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + tree(leaves[:k]) + tree(leaves[k:])).digest()


@given(st.lists(MEMBERS, max_size=70))
def test_the_root_is_that_of_rfc_6962(members: list[Member]) -> None:
    leaves = [
        hashlib.sha256(b"\x00" + f"{one.kind}:{one.key}:".encode() + one.mac).digest()
        for one in members
    ]
    assert rules.root(members) == tree(leaves)


@given(st.lists(MEMBERS, min_size=2, max_size=9, unique=True), st.data())
def test_another_order_or_one_less_has_another_root(members: list[Member], data: Any) -> None:
    other = data.draw(st.permutations(members))
    assert (rules.root(other) == rules.root(members)) == (other == members)
    assert rules.root(members[:-1]) != rules.root(members)


@given(VALUES)
def test_what_json_brings_back_has_the_same_bytes(value: Any) -> None:
    assert rules.canonical(json.loads(json.dumps(value))) == rules.canonical(value)


def test_numbers_and_instants_have_one_form() -> None:
    assert rules.canonical([1e2, 2.0, 0.5]) == rules.canonical([100, 2, 0.5])
    there = datetime(2026, 3, 3, 10, tzinfo=timezone(timedelta(hours=8)))
    assert rules.canonical(there) == rules.canonical(datetime(2026, 3, 3, 2, tzinfo=UTC))
    assert rules.canonical({"b": 1, "a": (1,)}) == b'{"a":[1],"b":1}'


@given(st.lists(VALUES, max_size=3), st.lists(VALUES, max_size=3))
def test_only_the_same_words_have_the_same_digest(one: list[Any], two: list[Any]) -> None:
    salt = bytes(16)
    same = rules.canonical(one) == rules.canonical(two)
    assert (rules.text_digest(salt, *one) == rules.text_digest(salt, *two)) == same
    assert rules.text_digest(b"1" * 16, *one) != rules.text_digest(salt, *one)


@given(st.integers(0, 7), st.binary(min_size=32, max_size=32))
def test_a_signature_covers_all_that_a_seal_says(place: int, other: bytes) -> None:
    at = datetime(2026, 3, 3, tzinfo=UTC)
    said = SealSaid(1, at, 2, bytes(32), bytes(32), 5, 6, "abc")
    signature = signer(KEYS.seal_key).sign(said.message)
    assert is_signed(said, signature, public_key(KEYS))
    assert not is_signed(said, signature, public_key(Keys("another secret of it")))
    values: list[Any] = [9, at + timedelta(seconds=1), 9, other, other, 9, 9, "xyz"]
    changed = said._replace(**{SealSaid._fields[place]: values[place]})
    assert is_signed(changed, signature, public_key(KEYS)) == (changed == said)
