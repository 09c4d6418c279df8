"""Accounts and their bearer tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov.database import transaction
from gridgov.errors import BadInput, Conflict
from gridgov.keys import Keys, token_hash
from gridgov.people import passwords
from gridgov.people.actors import Actor, person_acting
from gridgov.people.last import refuse_last
from gridgov.people.noted import note
from gridgov.people.office import office
from gridgov.people.sessions import end_all
from gridgov.people.sign_in import reset, set_password
from gridgov.people.tables import Account, Identity, Person, Token
from gridgov.people.tokens import ALL, DEMONSTRATION, TokenScope

PREFIX = "gg_"


class AccountExists(Conflict):
    """There is an account %(login)s already."""


class AccountUnknown(BadInput):
    """There is no account %(login)s; add it with `gridgov account add`."""


class DemonstrationInProduction(Conflict):
    """This database is a demonstration's: its sheet tells all passwords. Use another one here."""


class LinkedAlready(Conflict):
    """This identity is linked to an account already; unlink it there first."""


class PersonUnknown(BadInput):
    """There is no person %(code)s; load people first."""


class FirstPassword(NamedTuple):
    """A password to be given to somebody, and until when it is good for being changed."""

    password: str
    until: datetime


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


def refuse_demonstration(engine: Engine) -> None:
    """Refuse a database whose passwords and tokens stand on a demonstration's sheet."""
    with transaction(engine, write=False) as session:
        if not sa.inspect(session.connection()).has_table(Token.__tablename__):
            return
        shown = sa.select(Token.id).where(Token.label == DEMONSTRATION, Token.revoked_at.is_(None))
        if session.scalar(shown.limit(1)) is not None:
            raise DemonstrationInProduction


def acting(session: Session, login: str, at: datetime) -> Actor:
    """Return who an account is, with the duties of this instant; raises AccountUnknown."""
    account = _account(session, login)
    if not account.active:
        raise AccountUnknown(login=login)
    return person_acting(office(session), account.person_code, at, account.id, account.firm_code)


def revoke_tokens(session: Session, login: str, at: datetime) -> int:
    """Revoke all tokens of an account; return how many."""
    account = _account(session, login)
    revoked = sa.update(Token).where(Token.account_id == account.id, Token.revoked_at.is_(None))
    result = session.execute(revoked.values(revoked_at=at))
    return int(result.rowcount)  # type: ignore[attr-defined]


def give_first_password(
    session: Session, keys: Keys, login: str, at: datetime, by: Actor, days: int
) -> FirstPassword:
    """Make a password that must be changed at once; it is stored nowhere but hashed."""
    made = FirstPassword(passwords.generated(), at + timedelta(days=days))
    stored = passwords.hashed(made.password)
    account = _account(session, login).id
    set_password(session, keys, account, stored, at, first=True, until=made.until, actor=by)
    return made


def unlock(session: Session, keys: Keys, login: str, at: datetime, by: Actor) -> None:
    """Let an account try again at once."""
    account = _account(session, login).id
    reset(session, account)
    note(session, keys, at, "unlocked", account, actor=by)


def disable(session: Session, keys: Keys, login: str, at: datetime, by: Actor) -> None:
    """Let an account in no more: its sessions end, its tokens are revoked.

    Raises: AccountUnknown, LastSecurityAdministrator.
    """
    account = _account(session, login)
    refuse_last(session, at, account=account.id)
    account.active = False
    session.flush()
    end_all(session, account.id)
    revoke_tokens(session, login, at)
    note(session, keys, at, "disabled", account.id, actor=by)


def enable(session: Session, keys: Keys, login: str, at: datetime, by: Actor) -> None:
    """Let an account in again; tokens are made anew."""
    account = _account(session, login)
    account.active = True
    session.flush()
    note(session, keys, at, "enabled", account.id, actor=by)


def link(
    session: Session, keys: Keys, login: str, issuer: str, subject: str, at: datetime, by: Actor
) -> None:
    """Say who an account is at an identity provider; raises LinkedAlready."""
    account = _account(session, login).id
    same = sa.select(Identity.id).where(Identity.issuer == issuer, Identity.subject == subject)
    if session.scalar(same) is not None:
        raise LinkedAlready
    session.add(Identity(account_id=account, issuer=issuer, subject=subject, linked_at=at))
    session.flush()
    note(session, keys, at, "identity_linked", account, actor=by, issuer=issuer)


def unlink(session: Session, keys: Keys, login: str, issuer: str, at: datetime, by: Actor) -> int:
    """Forget who an account is at an identity provider; return how many identities that were."""
    account = _account(session, login).id
    own = sa.delete(Identity).where(Identity.account_id == account, Identity.issuer == issuer)
    gone = int(session.execute(own).rowcount)  # type: ignore[attr-defined]
    note(session, keys, at, "identity_unlinked", account, actor=by, issuer=issuer)
    return gone


def linked(session: Session, issuer: str, subject: str) -> int | None:
    """Return the account that an identity is linked to and that is let in."""
    return session.scalar(
        sa.select(Account.id)
        .join(Identity, Identity.account_id == Account.id)
        .where(Identity.issuer == issuer, Identity.subject == subject, Account.active)
    )


def logins(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the logins of accounts by their id."""
    wanted = sa.select(Account.id, Account.login).where(Account.id.in_(set(ids)))
    return {one.id: one.login for one in session.execute(wanted)}


def account_id(session: Session, login: str) -> int:
    """Return an account's id; raises AccountUnknown."""
    return _account(session, login).id


def _account(session: Session, login: str) -> Account:
    account = session.scalars(sa.select(Account).where(Account.login == login)).one_or_none()
    if account is None:
        raise AccountUnknown(login=login)
    return account
