"""How entries are chained and sealed: the bytes that are hashed, and nothing else. Pure.

An entry's code is HMAC-SHA256 over the code before it, the digest of its free text, and all else
that it says. Text is digested with a random salt that lies beside it: who erases both leaves
nothing by which the words could be guessed, and the chain still holds. Seals are Merkle trees as
in RFC 6962 (leaves and nodes are told apart by their first byte).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

FIRST = bytes(32)  # what stands for the code before the first
SALT = 16
EVENT, ENTRY = "event", "entry"
_LEAF, _NODE = b"\x00", b"\x01"
_SEAL = b"gridgov seal 1\n"
_AS_IT_IS = frozenset({str, int, bool})
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def canonical(value: Any) -> bytes:
    """Return a value as bytes that are the same whichever database it has been through."""
    return _ENCODER.encode(_same(value)).encode("utf-8", "surrogatepass")


def _same(value: Any) -> Any:
    if value is None or type(value) in _AS_IT_IS:  # nearly all of what is said, so first
        return value
    if isinstance(value, dict | Mapping):
        return {str(name): _same(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_same(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    # PostgreSQL's JSON gives 1e2 back as 100.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def text_digest(salt: bytes, *words: Any) -> bytes:
    """Return the digest of what people wrote."""
    return hashlib.sha256(salt + canonical(words)).digest()


def code(key: bytes, before: bytes | None, digest: bytes | None, says: Sequence[Any]) -> bytes:
    """Return the code of an entry that says this and comes after `before`."""
    parts = (before or FIRST) + (digest or FIRST) + canonical(says)
    return hmac.digest(key, parts, "sha256")


class Said(NamedTuple):
    """All of a case's event that is not free text; the order is that of the bytes."""

    number: str
    version: int
    round: int
    at: datetime
    step: str
    role: str
    person: str | None
    unit: str | None
    from_status: str | None
    to_status: str
    audience: str
    inferred: bool
    key_id: str
    data: Mapping[str, Any]


class Noted(NamedTuple):
    """All of a journal's entry."""

    journal: str
    number: int
    at: datetime
    account: int | None
    person: str | None
    what: str
    key_id: str
    data: Mapping[str, Any]


class Member(NamedTuple):
    """An entry as a seal lists it."""

    kind: str
    key: int
    mac: bytes

    @property
    def leaf(self) -> bytes:
        """The digest at the bottom of the tree."""
        said = f"{self.kind}:{self.key}:".encode() + self.mac
        return hashlib.sha256(_LEAF + said).digest()


def root(members: Iterable[Member]) -> bytes:
    """Return the root of the tree over some members, in this order (RFC 6962, 2.1)."""
    # Of each height at most one full tree waits for its right neighbour.
    waiting: list[tuple[int, bytes]] = []
    for member in members:
        height, digest = 0, member.leaf
        while waiting and waiting[-1][0] == height:
            digest = _node(waiting.pop()[1], digest)
            height += 1
        waiting.append((height, digest))
    if not waiting:
        return hashlib.sha256(b"").digest()
    digest = waiting.pop()[1]
    while waiting:
        digest = _node(waiting.pop()[1], digest)
    return digest


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


class SealSaid(NamedTuple):
    """What a seal says and its signature covers."""

    number: int
    at: datetime
    size: int
    root: bytes
    previous: bytes
    events_to: int
    entries_to: int
    key_id: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        said = self._replace(root=self.root.hex(), previous=self.previous.hex())  # type: ignore[arg-type]
        return _SEAL + canonical(said)

    @property
    def digest(self) -> bytes:
        """What the next seal names it by."""
        return hashlib.sha256(self.message).digest()
