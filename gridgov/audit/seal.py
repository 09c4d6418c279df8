"""Seals what has been committed: a Merkle root over it, chained to the last seal and signed.

Transactions do not commit in the order of their keys, so a seal lists what it covers, and what
is not listed yet is looked for again: all keys above those that were sealed an hour ago at every
run, and all there are once a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from gridgov.audit import rules
from gridgov.audit.rows import hold, mark, octets, unsealed
from gridgov.audit.rules import ENTRY, EVENT, Member, SealSaid
from gridgov.audit.tables import Seal, SealMember
from gridgov.database import transaction
from gridgov.keys import Keys

MOST = 10_000  # entries of one seal
LATE = timedelta(hours=1)  # a transaction that takes longer is found by the daily search
SEALING = "seal"
KINDS = (ENTRY, EVENT)  # in the order in which a seal lists them


def seal(engine: Engine | Connection, keys: Keys, at: datetime, *, whole: bool = False) -> int:
    """Seal all that is committed and not sealed; returns how many entries that were.

    Of many processes one seals at a time; the others wait for it. With `whole`, it is looked for
    among everything there is.
    """
    sealed = 0
    above: dict[str, int] = {}
    while True:
        with transaction(engine) as session:
            found = _one(session, keys, at, above, whole=whole)
        if found is None:
            return sealed
        sealed += found


def _one(
    session: Session, keys: Keys, at: datetime, above: dict[str, int], *, whole: bool
) -> int | None:
    hold(session, SEALING, at)
    last = session.scalars(sa.select(Seal).order_by(Seal.number.desc()).limit(1)).one_or_none()
    floors = dict.fromkeys(KINDS, 0) if whole else _floors(session, at)
    members: list[Member] = []
    for kind in KINDS:
        floor = max(floors[kind], above.get(kind, 0))
        rows = session.execute(unsealed(kind, floor).limit(MOST - len(members)))
        members += [Member(kind, row.id, octets(row.mac)) for row in rows]
    mark(session, SEALING, at, {})
    if not members:
        return None
    above |= {member.kind: member.key for member in members}
    _write(session, _said(members, last, keys, at), members, keys)
    return len(members)


def _floors(session: Session, at: datetime) -> dict[str, int]:
    """Return the keys below which nothing is looked for again."""
    query = sa.select(Seal.entries_to, Seal.events_to).where(Seal.at < at - LATE)
    row = session.execute(query.order_by(Seal.number.desc()).limit(1)).one_or_none()
    return dict(zip(KINDS, row or (0, 0), strict=True))


def _said(members: list[Member], last: Seal | None, keys: Keys, at: datetime) -> SealSaid:
    def to(kind: str, before: int) -> int:
        return max((one.key for one in members if one.kind == kind), default=before)

    events_to, entries_to = (last.events_to, last.entries_to) if last else (0, 0)
    return SealSaid(
        number=last.number + 1 if last else 1,
        at=at,
        size=len(members),
        root=rules.root(members),
        previous=said_of(last).digest if last else rules.FIRST,
        events_to=max(events_to, to(EVENT, events_to)),
        entries_to=max(entries_to, to(ENTRY, entries_to)),
        key_id=public_key_id(keys),
    )


def _write(session: Session, said: SealSaid, members: list[Member], keys: Keys) -> None:
    signature = signer(keys.seal_key).sign(said.message)
    row = said._asdict() | {"count": said.size, "signature": signature}
    del row["size"]
    session.execute(sa.insert(Seal), [row])
    session.execute(
        sa.insert(SealMember),
        [
            {"kind": one.kind, "key": one.key, "seal_number": said.number, "mac": one.mac}
            for one in members
        ],
    )


def said_of(row: Seal | sa.Row[Any]) -> SealSaid:
    """Return what a seal says."""
    return SealSaid(
        row.number,
        row.at,
        row.count,  # type: ignore[arg-type] # a row's own count() stands behind its column
        octets(row.root),
        octets(row.previous),
        row.events_to,
        row.entries_to,
        row.key_id,
    )


def exported(row: Seal) -> dict[str, Any]:
    """Return a seal as a line of the file in which seals are kept elsewhere."""
    said = said_of(row)
    return {
        **said._asdict(),
        "at": said.at.isoformat(),
        "root": said.root.hex(),
        "previous": said.previous.hex(),
        "signature": bytes(row.signature).hex(),
    }


def imported(line: Mapping[str, Any]) -> tuple[SealSaid, bytes]:
    """Read such a line; raises ValueError, KeyError or TypeError where it is none."""
    fields = {name: line[name] for name in SealSaid._fields}
    fields["at"] = datetime.fromisoformat(line["at"])
    for name in ("root", "previous"):
        fields[name] = bytes.fromhex(line[name])
    return SealSaid(**fields), bytes.fromhex(line["signature"])


@lru_cache(maxsize=8)
def signer(seed: bytes) -> Ed25519PrivateKey:
    """Return the key that signs."""
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key(keys: Keys) -> bytes:
    """Return the key by which anybody can tell our seals."""
    return signer(keys.seal_key).public_key().public_bytes_raw()


def public_key_id(keys: Keys) -> str:
    """Name the key that signs."""
    return public_key(keys).hex()[:12]


def is_signed(said: SealSaid, signature: bytes, by: bytes) -> bool:
    """Tell whether the owner of a public key signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(by).verify(signature, said.message)
    except InvalidSignature:
        return False
    return True
