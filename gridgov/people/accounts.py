"""Accounts and their bearer tokens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput, Conflict
from gridgov.keys import token_hash
from gridgov.people.actors import Actor, person_acting
from gridgov.people.office import office
from gridgov.people.tables import Account, Person, Token
from gridgov.people.tokens import ALL, TokenScope

PREFIX = "gg_"


class AccountExists(Conflict):
    """There is an account %(login)s already."""


class AccountUnknown(BadInput):
    """There is no account %(login)s; add it with `gridgov account add`."""


class PersonUnknown(BadInput):
    """There is no person %(code)s; load people first."""


def add_account(session: Session, login: str, person: str | None, at: datetime) -> Account:
    """Add an account; raises AccountExists or PersonUnknown."""
    if person is not None and session.get(Person, person) is None:
        raise PersonUnknown(code=person)
    if session.scalar(sa.select(Account.id).where(Account.login == login)):
        raise AccountExists(login=login)
    account = Account(login=login, person_code=person, active=True, created_at=at)
    session.add(account)
    session.flush()
    return account


def add_token(
    session: Session,
    login: str,
    label: str,
    at: datetime,
    until: datetime | None,
    scopes: Sequence[TokenScope] = ALL,
) -> str:
    """Make a token of 256 random bits; what is returned is stored nowhere."""
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(
        Token(
            account_id=_account(session, login).id,
            hash=token_hash(secret),
            label=label,
            scopes=[scope.value for scope in scopes],
            created_at=at,
            expires_at=until,
        )
    )
    session.flush()
    return secret


def acting(session: Session, login: str, at: datetime) -> Actor:
    """Return who an account is, with the duties of this instant; raises AccountUnknown."""
    account = _account(session, login)
    if not account.active:
        raise AccountUnknown(login=login)
    return person_acting(office(session), account.person_code, at, account.id)


def revoke_tokens(session: Session, login: str, at: datetime) -> int:
    """Revoke all tokens of an account; return how many."""
    account = _account(session, login)
    revoked = sa.update(Token).where(Token.account_id == account.id, Token.revoked_at.is_(None))
    result = session.execute(revoked.values(revoked_at=at))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _account(session: Session, login: str) -> Account:
    account = session.scalars(sa.select(Account).where(Account.login == login)).one_or_none()
    if account is None:
        raise AccountUnknown(login=login)
    return account
