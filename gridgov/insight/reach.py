"""How far somebody's figures reach, and which filters that leaves. Pure.

A committee's and a dispatcher's: their street and below. A leader's: their own grid. A head's:
their own unit and those below. An organiser's: the Party cases of their area, and only those.
Persons are never counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from gridgov.errors import NotAllowed
from gridgov.insight.rules import PARTY, PLAIN, SORTS, TRANSFER
from gridgov.people.actors import Actor
from gridgov.people.office import Office
from gridgov.people.roles import Role

OF_AREA: dict[Role, tuple[str, ...]] = {
    Role.COMMITTEE: (PLAIN, PARTY),
    Role.DISPATCHER: (PLAIN, PARTY),
    Role.GIS: (PLAIN,),
    Role.ORGANISER: (PARTY, TRANSFER),
}
ROLES = frozenset({*OF_AREA, Role.LEADER, Role.HEAD})
DIMENSIONS = ("grid", "unit", "category", "channel", "cell")


class FiguresNotYours(NotAllowed):
    """Figures are for the committee, dispatchers, organisers, GIS staff, leaders and heads."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: cases filed in [start, end), local days, of these and no others."""

    start: date
    end: date
    grid: str | None = None
    unit: str | None = None
    category: str | None = None  # a code, or its beginning
    channel: str | None = None
    cell: str | None = None


class Filter(NamedTuple):
    """Values of one dimension: some, or all that begin so."""

    dimension: str
    values: frozenset[str] | None
    start: str = ""

    def sql(self, column: Any) -> sa.ColumnElement[bool]:
        """Return the condition on a column."""
        if self.values is not None:
            return column.in_(sorted(self.values))  # type: ignore[no-any-return]
        return column.startswith(self.start, autoescape=True)  # type: ignore[no-any-return]

    def holds(self, value: str | None) -> bool:
        """Tell whether a value is one of them."""
        if self.values is not None:
            return value in self.values
        return value is not None and value.startswith(self.start)


@dataclass(frozen=True)
class Reach:
    """Cases of these areas and sorts; of a leader or head, of these grids or units only."""

    role: Role | None
    areas: tuple[str, ...]  # beginnings of codes; an empty one is everywhere
    sorts: tuple[str, ...] = SORTS
    grids: frozenset[str] | None = None
    units: frozenset[str] | None = None

    def sql(self, table: Any) -> list[sa.ColumnElement[bool]]:
        """Return the conditions of area and sort on a table of ours."""
        found: list[sa.ColumnElement[bool]] = []
        if "" not in self.areas:
            inside = (table.area_code.startswith(area, autoescape=True) for area in self.areas)
            found.append(sa.or_(sa.false(), *inside))
        if set(self.sorts) != set(SORTS):
            found.append(table.sort.in_(self.sorts))
        return found

    def holds(self, area: str, sort: str) -> bool:
        """Tell the same of one case."""
        return sort in self.sorts and any(area.startswith(start) for start in self.areas)

    def filters(self, asked: Asked, office: Office) -> list[Filter]:
        """Return what is asked for, cut to what is within reach; a unit stands for those below."""
        below = asked.unit and (office.below(asked.unit) or frozenset({asked.unit}))
        sets = {
            "grid": _both(asked.grid and frozenset({asked.grid}), self.grids),
            "unit": _both(below, self.units),
            "channel": asked.channel and frozenset({asked.channel}),
            "cell": asked.cell and frozenset({asked.cell}),
        }
        found = [Filter(name, values or frozenset()) for name, values in sets.items()
                 if values is not None and values != ""]  # fmt: skip
        if asked.category:
            found.append(Filter("category", None, asked.category))
        return found


EVERYWHERE = Reach(None, ("",))


def reach(actor: Actor, office: Office) -> Reach:
    """Return how far somebody's figures reach: by the widest of their duties.

    Raises: FiguresNotYours.
    """
    for role, sorts in OF_AREA.items():
        areas = _places(actor, {role})
        if areas:
            return Reach(role, _widest(areas), sorts)
    if grids := _places(actor, {Role.LEADER}):
        return Reach(Role.LEADER, ("",), (PLAIN,), grids=frozenset(grids))
    if heads := _places(actor, {Role.HEAD}):
        units = frozenset[str]().union(*(office.below(place) for place in heads))
        return Reach(Role.HEAD, ("",), (PLAIN,), units=units)
    raise FiguresNotYours


def _places(actor: Actor, roles: set[Role]) -> list[str]:
    return sorted({duty.place for duty in actor.duties if duty.role in roles})


def _widest(areas: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for area in sorted(areas):
        if not any(area.startswith(wider) for wider in found):
            found.append(area)
    return tuple(found)


def _both(one: frozenset[str] | str | None, other: frozenset[str] | None) -> frozenset[str] | None:
    sets = [each for each in (one, other) if isinstance(each, frozenset)]
    return frozenset.intersection(*sets) if sets else None
