"""Filters that somebody keeps by a name, to look through the same list again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import BadInput
from gridgov.people.tables import SavedFilter

MOST = 20
LONGEST_NAME, LONGEST_QUERY = 40, 600


class FilterUnnamed(BadInput):
    """Give the filter a name of at most 40 characters."""


class FilterTooLong(BadInput):
    """This filter is too long to be kept; leave some of it out."""


class TooManyFilters(BadInput):
    """You keep %(most)s filters already; forget one first."""


def filters_of(session: Session, account: int) -> Sequence[SavedFilter]:
    """Return what an account keeps, by name."""
    own = sa.select(SavedFilter).where(SavedFilter.account_id == account)
    return session.scalars(own.order_by(SavedFilter.name, SavedFilter.id)).all()


def keep_filter(session: Session, account: int, name: str, query: str) -> None:
    """Keep a filter by its name, in place of what had that name before."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise FilterUnnamed(field="name")
    if len(query) > LONGEST_QUERY:
        raise FilterTooLong(field="name")
    kept = {one.name: one for one in filters_of(session, account)}
    if name in kept:
        kept[name].query = query
    elif len(kept) >= MOST:
        raise TooManyFilters(field="name", most=MOST)
    else:
        session.add(SavedFilter(account_id=account, name=name, query=query))


def forget_filter(session: Session, account: int, key: int) -> None:
    """Forget a filter of one's own; of others nothing is forgotten."""
    own = (SavedFilter.id == key, SavedFilter.account_id == account)
    session.execute(sa.delete(SavedFilter).where(*own))
