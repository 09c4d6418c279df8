"""Signing in with a password: an attempt is counted first, then judged, then let in or noted.

Each is a transaction of its own, and between them the password is compared outside of any: it
takes tens of milliseconds on purpose. Because an attempt counts before it is judged, a hundred at
once are no more than five. Whoever fails is told the same, whether the account is unknown, locked,
without a password, or the password is wrong; and the same work is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import NotSignedIn
from gridgov.keys import Keys
from gridgov.people import passwords
from gridgov.people.actors import Actor
from gridgov.people.noted import note
from gridgov.people.sessions import end_all, open_session
from gridgov.people.tables import Account

FAILURES = 5
LOCKED = timedelta(minutes=5)


class SignInFailed(NotSignedIn):
    """This did not work. Check what you typed; after five failures, wait five minutes."""


class FirstPasswordOver(NotSignedIn):
    """The first password that you were given has expired; ask for a new one."""


@dataclass(frozen=True)
class Attempt:
    """An attempt that has been counted; it may go on where it is open."""

    login: str
    account: int | None = None
    stored: str | None = None
    open: bool = False  # neither locked nor unknown
    over: bool = False  # the password is a first one that was not changed in time
    right: bool = False
    anew: str | None = None  # the same password, hashed with the parameters of today


def attempt(session: Session, login: str, at: datetime) -> Attempt:
    """Count an attempt to sign in; the fifth that fails in a row locks."""
    fresh = sa.and_(Account.locked_until.is_not(None), Account.locked_until <= at)
    count = sa.case((fresh, 1), else_=Account.failures + 1)
    counted = (
        sa.update(Account)
        .where(
            Account.login == login,
            Account.active,
            sa.or_(Account.locked_until.is_(None), Account.locked_until <= at),
        )
        .values(failures=count, locked_until=sa.case((count >= FAILURES, at + LOCKED)))
        .execution_options(synchronize_session=False)
    )
    open_ = session.execute(counted).rowcount == 1  # type: ignore[attr-defined]
    found = session.execute(
        sa.select(
            Account.id, Account.password_hash, Account.password_first, Account.first_until
        ).where(Account.login == login)
    ).one_or_none()
    if found is None:
        return Attempt(login)
    over = found.password_first and found.first_until is not None and found.first_until <= at
    return Attempt(login, found.id, found.password_hash, open_, over)


def refusal(tried: Attempt) -> NotSignedIn:
    """Return what whoever was not let in is told; only who knew the password hears more."""
    return FirstPasswordOver() if tried.right and tried.over else SignInFailed()


def judge(tried: Attempt, password: str) -> Attempt:
    """Compare the password, without a transaction; the same work for whoever is unknown."""
    stored = tried.stored if tried.open else None
    right = passwords.verify(password, stored)
    if right and stored and passwords.outdated(stored):
        return replace(tried, right=True, anew=passwords.hashed(password))
    return replace(tried, right=right)


def admit(
    session: Session, keys: Keys, tried: Attempt, at: datetime, *, remembered: bool, device: str
) -> str | None:
    """Open a session for who gave the right password; else note the failure, and return none.

    Where a second factor is awaited, the failures so far stay: its codes count with them.
    """
    if not tried.right or tried.account is None:
        what = "sign_in_failed" if tried.open or tried.account is None else "sign_in_while_locked"
        note(session, keys, at, what, tried.account)
        return None
    if tried.over:
        give_back(session, tried.account)
        note(session, keys, at, "first_password_expired", tried.account)
        return None
    row = session.get_one(Account, tried.account)
    if tried.anew:
        row.password_hash = tried.anew
    if row.totp_sealed is None:
        reset(session, row.id)
    else:
        give_back(session, row.id)
    note(session, keys, at, "signed_in", row.id, way="password")
    return open_session(
        session, keys, row.id, at,
        way="password", remembered=remembered, proven=False, device=device,
    )  # fmt: skip


def reset(session: Session, account: int) -> None:
    """Forget the failures of who is signed in."""
    own = sa.update(Account).where(Account.id == account)
    session.execute(own.values(failures=0, locked_until=None))


def give_back(session: Session, account: int) -> None:
    """Take back one counted attempt, and the lock that it set, without forgetting the others."""
    own = sa.update(Account).where(Account.id == account, Account.failures > 0)
    session.execute(own.values(failures=Account.failures - 1, locked_until=None))


def set_password(
    session: Session,
    keys: Keys,
    account: int,
    stored: str,
    at: datetime,
    *,
    first: bool = False,
    until: datetime | None = None,
    actor: Actor | None = None,
) -> None:
    """Store a password's hash and end every session; `first` is one that somebody else knows.

    A first one is good until then, or it would open the account to whoever finds it years later.
    """
    row = session.get_one(Account, account)
    row.password_hash, row.password_first, row.first_until = stored, first, until
    row.failures, row.locked_until = 0, None
    session.flush()
    end_all(session, account)
    what = "first_password_given" if first else "password_changed"
    note(session, keys, at, what, account, actor=actor)
