"""Accounts, people, units, the roster, a page at a time, for the security administrator."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import NotAllowed
from gridgov.people.actors import Actor
from gridgov.people.tables import Account, Person, Shift, Unit

MOST = 200


class OwnAccount(NotAllowed):
    """Nobody administers an account of their own; ask another administrator."""


def accounts(session: Session, after: str, limit: int, person: str | None = None) -> list[Account]:
    """Return a page of accounts, by login."""
    query = sa.select(Account).where(Account.login > after).order_by(Account.login).limit(limit)
    return list(session.scalars(query.where(Account.person_code == person) if person else query))


def find_accounts(session: Session, text: str, after: str, limit: int) -> list[Account]:
    """Return a page of the accounts whose login, or whose person's code or name, holds a text."""
    query = (
        sa.select(Account)
        .outerjoin(Person, Person.code == Account.person_code)
        .where(
            Account.login > after,
            sa.or_(
                *(
                    column.icontains(text, autoescape=True)
                    for column in (Account.login, Person.code, Person.name)
                )
            ),
        )
    )
    return list(session.scalars(query.order_by(Account.login).limit(limit)))


def people(session: Session, after: str, limit: int, unit: str | None = None) -> Sequence[Person]:
    """Return a page of people, by code."""
    query = sa.select(Person).where(Person.code > after).order_by(Person.code).limit(limit)
    return session.scalars(query.where(Person.unit_code == unit) if unit else query).all()


def units(session: Session, after: str, limit: int) -> Sequence[Unit]:
    """Return a page of units, by code."""
    query = sa.select(Unit).where(Unit.code > after).order_by(Unit.code).limit(limit)
    return session.scalars(query).all()


def roster(session: Session, after: int, limit: int, unit: str | None = None) -> Sequence[Shift]:
    """Return a page of the roster's lines."""
    query = sa.select(Shift).where(Shift.id > after).order_by(Shift.id).limit(limit)
    return session.scalars(query.where(Shift.unit_code == unit) if unit else query).all()


def of_others(session: Session, login: str, actor: Actor) -> None:
    """Refuse to let somebody administer what they sign in with; raises OwnAccount."""
    query = sa.select(Account.id, Account.person_code).where(Account.login == login)
    found = session.execute(query).one_or_none()
    if found is not None:
        not_own(actor, found.person_code, found.id)


def not_own(actor: Actor, person: str | None, account: int | None = None) -> None:
    """Refuse an account that is one's own, or of one's own person; raises OwnAccount."""
    own = person is not None and person == actor.person
    if own or (account is not None and account == actor.account):
        raise OwnAccount
