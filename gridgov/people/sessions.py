"""Sessions on pages: how long each kind lasts, what one still waits for, opening and ending them.

A session's cookie holds 256 random bits and a tag. The tag tells without a look at the database
that the cookie was made here; only the row tells whose it is, and whether it still stands.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import NotAllowed, NotFound
from gridgov.keys import Keys, derive, token_hash
from gridgov.people.actors import Actor, person_acting
from gridgov.people.office import Office
from gridgov.people.roles import ADMIN_ROLES, GRID_ROLES
from gridgov.people.tables import Account, Passkey, SignedIn
from gridgov.words import N_

MONTH, WORKDAY, IDLE = timedelta(days=30), timedelta(hours=12), timedelta(minutes=10)
NOTED_EVERY = timedelta(minutes=1)
DEVICE = 60


class Kind(StrEnum):
    """What kind of session somebody's duties make."""

    GRID = "grid"
    DESK = "desk"
    ADMIN = "admin"
    REPORTER = "reporter"


class Awaits(StrEnum):
    """What a session still waits for; until then it opens nothing else."""

    SECOND_FACTOR = "second_factor"
    PASSWORD = "password"  # noqa: S105 (a word, not one)
    ENROLMENT = "enrolment"


class SecondFactorAwaited(NotAllowed):
    """Give the code of your second factor first."""


class PasswordAwaited(NotAllowed):
    """Change the password that you were given first."""


class EnrolmentAwaited(NotAllowed):
    """Administrators need a second factor; add one first."""


AWAITED = {
    Awaits.SECOND_FACTOR: SecondFactorAwaited,
    Awaits.PASSWORD: PasswordAwaited,
    Awaits.ENROLMENT: EnrolmentAwaited,
}
UNKNOWN_DEVICE = N_("Unknown device")


@dataclass(frozen=True)
class Standing:
    """A session that stands: whose it is, and what it still waits for."""

    id: int
    account: int
    login: str
    actor: Actor
    kind: Kind
    awaits: Awaits | None
    proven: bool
    way: str
    remembered: bool
    device: str
    second_factor: bool  # whether the account has one
    note: bool  # whether its use is to be noted now
    ends: datetime


def kind_of(actor: Actor) -> Kind:
    """Return the kind of session that somebody's duties make; the strictest counts."""
    if actor.holds(*ADMIN_ROLES):
        return Kind.ADMIN
    if actor.person is None:
        return Kind.REPORTER
    if actor.duties and all(duty.role in GRID_ROLES for duty in actor.duties):
        return Kind.GRID
    return Kind.DESK


def ends(kind: Kind, remembered: bool, created: datetime, used: datetime | None) -> datetime:
    """Return when a session ends; nobody types a password in the rain, or leaves a desk open."""
    if kind in (Kind.GRID, Kind.REPORTER) and remembered:
        return created + MONTH
    if kind is Kind.ADMIN:
        return min(created + WORKDAY, (used or created) + IDLE)
    return created + WORKDAY


def awaits(kind: Kind, has_factor: bool, proven: bool, first: bool) -> Awaits | None:
    """Return what a session still waits for, one thing after the other."""
    if has_factor and not proven:
        return Awaits.SECOND_FACTOR
    if first:
        return Awaits.PASSWORD
    if kind is Kind.ADMIN and not has_factor:
        return Awaits.ENROLMENT
    return None


def open_session(
    session: Session,
    keys: Keys,
    account: int,
    at: datetime,
    *,
    way: str,
    remembered: bool,
    proven: bool,
    device: str,
) -> str:
    """Open a session; what is returned is stored nowhere. Also sweeps what has expired."""
    over = sa.delete(SignedIn).where(SignedIn.expires_at <= at)
    session.execute(over.where(SignedIn.account_id == account))
    secret = secrets.token_urlsafe(32)
    cookie = f"{secret}.{_tag(keys, secret)}"
    row = SignedIn(
        account_id=account,
        hash=token_hash(cookie),
        device=device[:DEVICE],
        way=way,
        remembered=remembered,
        proven=proven,
        created_at=at,
        expires_at=at + (MONTH if remembered else WORKDAY),
    )
    session.add(row)
    session.flush()
    return cookie


# Made once: every page begins with it, and to make it would take longer than to send it.
_STANDING = (
    sa.select(
        SignedIn,
        Account.login,
        Account.person_code,
        Account.firm_code,
        Account.password_first,
        sa.or_(
            Account.totp_sealed.is_not(None),
            sa.exists().where(Passkey.account_id == Account.id),
        ),
    )
    .join(Account, Account.id == SignedIn.account_id)
    .where(
        SignedIn.hash == sa.bindparam("hash"),
        SignedIn.expires_at > sa.bindparam("now"),
        Account.active,
    )
)


def standing(session: Session, cookie: str, known: Office, at: datetime) -> Standing | None:
    """Return the session that a cookie stands for, by one query; none where it has ended."""
    found = session.execute(_STANDING, {"hash": token_hash(cookie), "now": at}).one_or_none()
    if found is None:
        return None
    row, login, person, firm, first, has_factor = found
    actor = person_acting(known, person, at, row.account_id, firm)
    kind = kind_of(actor)
    until = ends(kind, row.remembered, row.created_at, row.used_at)
    if until <= at:
        return None
    waits = awaits(kind, bool(has_factor), row.proven, first)
    noted = row.used_at or row.created_at
    note = kind is Kind.ADMIN and at - noted >= NOTED_EVERY
    return Standing(
        row.id, row.account_id, login, actor, kind, waits, row.proven, row.way, row.remembered,
        row.device, bool(has_factor), note, until,
    )  # fmt: skip


def note_session(session: Session, key: int, at: datetime) -> None:
    """Note that an administrator's session is in use."""
    session.execute(sa.update(SignedIn).where(SignedIn.id == key).values(used_at=at))


def end_session(session: Session, account: int, key: int) -> None:
    """End one of an account's sessions; raises NotFound."""
    mine = sa.delete(SignedIn).where(SignedIn.id == key, SignedIn.account_id == account)
    if session.execute(mine).rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(field="key")


def end_all(session: Session, account: int) -> int:
    """End all sessions of an account; return how many."""
    result = session.execute(sa.delete(SignedIn).where(SignedIn.account_id == account))
    return int(result.rowcount)  # type: ignore[attr-defined]


def sessions_of(session: Session, account: int, at: datetime) -> list[SignedIn]:
    """Return an account's sessions that stand, the newest first."""
    own = sa.select(SignedIn).where(SignedIn.account_id == account, SignedIn.expires_at > at)
    return list(session.scalars(own.order_by(SignedIn.id.desc())))


def genuine(keys: Keys, cookie: str) -> bool:
    """Tell whether a cookie was made here; it may have ended since."""
    secret, _, tag = cookie.partition(".")
    return hmac.compare_digest(tag.encode(), _tag(keys, secret).encode())


def _tag(keys: Keys, secret: str) -> str:
    return hmac.digest(derive(keys.secret, "session"), secret.encode(), "sha256").hex()[:16]
