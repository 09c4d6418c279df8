"""A page of features: exactly how many match, and what follows by key, whoever writes meanwhile.

A page begins after the last id of the one before: nothing is repeated, and nothing that was there
all along is left out. Ids of cases are their numbers, which never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.errors import NotFound
from gridgov.exchange import matching
from gridgov.exchange.collections import Feature, Rows
from gridgov.exchange.comparing import CONTROL
from gridgov.exchange.counted import counted
from gridgov.exchange.matching import ToDegrees

MOST = 2_000
USUAL = 100


class FeatureMissing(NotFound):
    """There is no such feature in this collection."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: shapes in degrees, instants both included."""

    limit: int = USUAL
    after: str | None = None
    offset: int = 0  # of clients that count instead of following links; what is written shifts it
    area: Any = None
    since: datetime | None = None
    until: datetime | None = None
    tree: Any = None  # of a filter
    to_degrees: ToDegrees = lambda shape: shape
    equal: dict[str, str] = field(default_factory=dict)  # properties by name


class Page(NamedTuple):
    """Some features in the order of their ids; `next` is what the next page begins after."""

    matched: int
    features: list[Feature]
    next: str | None


def page(session: Session, rows: Rows, wanted: Wanted) -> Page:
    """Return a page. Raises what `gridgov.exchange.matching` names."""
    where = [*rows.where, *_conditions(rows, wanted)]
    count = sa.select(sa.func.count()).select_from(rows.source).where(*where)
    matched = counted(session, count)
    if wanted.after is not None:
        where.append(rows.key > wanted.after)

    def paged(query: sa.Select[Any]) -> sa.Select[Any]:
        query = query.where(*where).order_by(rows.key).limit(wanted.limit + 1)
        return query.offset(wanted.offset) if wanted.offset else query

    if rows.near is not None and wanted.tree is None and not rows.sums & wanted.equal.keys():
        # Which features they are is known without their sums; only theirs are made.
        keys = list(session.scalars(paged(sa.select(rows.key).select_from(rows.source))))
        rows = rows.near(keys)
        query = _query(rows).where(rows.key.in_(keys)).order_by(rows.key)
    else:
        query = paged(_query(rows))
    found = session.execute(query).all()
    features = [_feature(rows, one) for one in found[: wanted.limit]]
    more = len(found) > wanted.limit
    return Page(matched, features, features[-1].id if more else None)


def one(session: Session, rows: Rows, key: str) -> Feature:
    """Return one feature. Raises FeatureMissing."""
    if CONTROL.search(key):
        raise FeatureMissing(field="feature")
    rows = rows.near([key]) if rows.near else rows
    found = session.execute(_query(rows).where(*rows.where, rows.key == key)).first()
    if found is None:
        raise FeatureMissing(field="feature")
    return _feature(rows, found)


def _query(rows: Rows) -> sa.Select[Any]:
    columns = [*rows.columns.values(), *rows.beside.values()]
    return sa.select(rows.key, *(c.label(f"c{n}") for n, c in enumerate(columns))).select_from(
        rows.source
    )


def _feature(rows: Rows, row: Sequence[Any]) -> Feature:
    names = [*rows.columns, *rows.beside]
    told = dict(zip(names, row[1:], strict=True))
    beside = {name: told.pop(name) for name in rows.beside}
    return rows.dress(row[0], told, beside)


def _conditions(rows: Rows, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    made = []
    if wanted.area is not None:
        made.append(rows.place("INTERSECTS", wanted.area))
    if rows.of.timed:
        begins = rows.columns[rows.of.timed]
        if wanted.until:
            made.append(begins <= wanted.until)
        if wanted.since:
            made.append(begins >= wanted.since if rows.ends is None else rows.ends > wanted.since)
    for name, text in wanted.equal.items():
        made.append(matching.equals(name, text, rows.columns, rows.dialect))
    if wanted.tree is not None:
        made.append(_filter(rows, wanted))
    return made


def _filter(rows: Rows, wanted: Wanted) -> sa.ColumnElement[bool]:
    def place(name: str, shape: Any) -> sa.ColumnElement[bool]:
        # Of what has no geometry nothing is known: neither this nor its contrary finds it.
        unknown = sa.and_(sa.not_(rows.there), sa.null())
        return sa.or_(rows.place(name, shape), unknown)

    columns, to_degrees = rows.columns, wanted.to_degrees
    return matching.condition(wanted.tree, columns, rows.dialect, place, to_degrees)
