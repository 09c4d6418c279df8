"""Who holds which duty at an instant, and who answers: one question with one answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.epochs import Snapshot
from gridgov.park.tables import Grid, Park
from gridgov.people.roles import Role
from gridgov.people.tables import Duty, Person, Shift, Unit

STREET_DIGITS = 9
DISTRICT_DIGITS = 6


class DutyHeld(NamedTuple):
    """A duty with its period, half-open; `place` is the code of a grid, unit or area."""

    person: str
    role: Role
    place: str
    deputy: bool
    begins: datetime
    ends: datetime | None

    def stands(self, at: datetime) -> bool:
        """Tell whether it is held at an instant."""
        return self.begins <= at and (self.ends is None or at < self.ends)


class UnitFacts(NamedTuple):
    """A unit as the rules see it."""

    code: str
    name: str
    parent: str | None
    areas: tuple[str, ...]
    categories: tuple[str, ...]
    fallback: bool
    active: bool
    kind: str = "department"
    offers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: str | None = None
    line: str | None = None

    def serves(self, category: str | None, places: Iterable[str | None]) -> bool:
        """Tell whether it takes this category in one of these places (grid and area codes)."""
        takes = not self.categories or any(
            category and category.startswith(start) for start in self.categories
        )
        return self.active and takes and self.is_for(places)

    def is_for(self, places: Iterable[str | None]) -> bool:
        """Tell whether one of these places (grid and area codes) is among its own."""
        return not self.areas or any(
            place and place.startswith(area) for place in places for area in self.areas
        )


class PersonFacts(NamedTuple):
    """A person as the rules see them."""

    name: str
    unit: str | None


class ShiftFacts(NamedTuple):
    """A line of the roster; times are local, `HH:MM`."""

    person: str
    days: str
    starts: str
    stops: str

    def runs(self, local: datetime) -> bool:
        """Tell whether it runs at a local time; one that stops before it starts runs overnight."""
        clock, today = local.strftime("%H:%M"), str(local.isoweekday())
        yesterday = str((local.isoweekday() + 5) % 7 + 1)
        if self.starts < self.stops:
            return today in self.days and self.starts <= clock < self.stops
        return (today in self.days and clock >= self.starts) or (
            yesterday in self.days and clock < self.stops
        )


class Answerer(NamedTuple):
    """Who answers for a grid: `rule` is leader, deputy or no_leader."""

    rule: str
    role: Role
    persons: tuple[str, ...]


@dataclass(frozen=True)
class Office:
    """Units, people and duties as they are known at one stamp."""

    units: dict[str, UnitFacts]
    people: dict[str, PersonFacts]
    by_place: dict[tuple[Role, str], tuple[DutyHeld, ...]]
    by_person: dict[str, tuple[DutyHeld, ...]]
    roster: dict[str, tuple[ShiftFacts, ...]]
    subtree: dict[str, frozenset[str]]
    street_of: dict[str, str]  # of each grid

    def on_duty(self, role: Role, place: str, at: datetime) -> list[DutyHeld]:
        """Return the duties of a role at exactly this place, who is no deputy first."""
        held = [duty for duty in self.by_place.get((role, place), ()) if duty.stands(at)]
        return sorted(held, key=lambda duty: (duty.deputy, duty.person))

    def duties_of(self, person: str, at: datetime) -> tuple[DutyHeld, ...]:
        """Return what a person holds at an instant."""
        return tuple(duty for duty in self.by_person.get(person, ()) if duty.stands(at))

    def below(self, unit: str | None) -> frozenset[str]:
        """Return a unit's code with those of all units below it."""
        return self.subtree.get(unit, frozenset()) if unit else frozenset()

    def over_area(
        self, role: Role, area: str, at: datetime, *, besides: frozenset[str] = frozenset()
    ) -> list[DutyHeld]:
        """Return the duties of the nearest area at or above this one in which any are held.

        `besides` names persons who must not be asked because the case is about them.
        """
        for digits in (12, STREET_DIGITS, DISTRICT_DIGITS):
            if digits > len(area):
                continue
            held = [d for d in self.on_duty(role, area[:digits], at) if d.person not in besides]
            if held:
                return held
        return []

    def who_answers(
        self, grid: str | None, area: str, at: datetime, *, besides: frozenset[str] = frozenset()
    ) -> Answerer:
        """Return who answers for a grid at an instant, or for a street where there is none.

        Leader, else deputy, else the street's dispatcher. `besides` names persons who must not
        be asked because the case is about them.
        """
        if grid:
            held = [d for d in self.on_duty(Role.LEADER, grid, at) if d.person not in besides]
            if held:
                rule = "deputy" if held[0].deputy else "leader"
                return Answerer(rule, Role.LEADER, (held[0].person,))
        held = self.over_area(Role.DISPATCHER, area, at, besides=besides)
        persons = tuple(duty.person for duty in held)
        return Answerer("no_leader", Role.DISPATCHER, persons)

    def called_now(self, unit: str, local: datetime) -> list[str]:
        """Return whom the roster says to call in a unit at a local time, in its order."""
        return [shift.person for shift in self.roster.get(unit, ()) if shift.runs(local)]

    def fallback(self, places: Iterable[str | None]) -> UnitFacts | None:
        """Return the unit that takes what nobody else does (兜底单位)."""
        places = tuple(places)
        found = [u for u in self.units.values() if u.fallback and u.active and u.is_for(places)]
        return min(found, key=lambda unit: unit.code, default=None)


def _read(session: Session) -> Office:
    units = {
        u.code: UnitFacts(
            code=u.code,
            name=u.name,
            parent=u.parent_code,
            areas=tuple(u.areas),
            categories=tuple(u.categories),
            fallback=u.fallback,
            active=u.active,
            kind=u.kind,
            offers=tuple(u.offers),
            languages=tuple(u.languages),
            hours=u.hours,
            line=u.line,
        )
        for u in session.scalars(sa.select(Unit))
    }
    rows = session.execute(sa.select(Person.code, Person.name, Person.unit_code))
    people = {code: PersonFacts(name, unit) for code, name, unit in rows}
    by_place: dict[tuple[Role, str], list[DutyHeld]] = defaultdict(list)
    by_person: dict[str, list[DutyHeld]] = defaultdict(list)
    for duty in session.scalars(sa.select(Duty).order_by(Duty.id)):
        held = DutyHeld(
            duty.person_code, Role(duty.role), duty.place, duty.deputy, duty.begins, duty.ends
        )
        by_place[held.role, held.place].append(held)
        by_person[held.person].append(held)
    roster: dict[str, list[ShiftFacts]] = defaultdict(list)
    for shift in session.scalars(sa.select(Shift).order_by(Shift.id)):
        facts = ShiftFacts(shift.person_code, shift.days, shift.starts, shift.stops)
        roster[shift.unit_code].append(facts)
    streets = session.execute(
        sa.select(Grid.code, Park.street_code).join(Park, Park.code == Grid.park_code)
    )
    return Office(
        units,
        people,
        {key: tuple(held) for key, held in by_place.items()},
        {key: tuple(held) for key, held in by_person.items()},
        {key: tuple(shifts) for key, shifts in roster.items()},
        _subtrees(units),
        dict(iter(streets)),
    )


def _subtrees(units: dict[str, UnitFacts]) -> dict[str, frozenset[str]]:
    below: dict[str, set[str]] = {code: {code} for code in units}
    for code in units:
        above = units[code].parent
        while above and code not in below[above]:
            below[above].add(code)
            above = units[above].parent
    return {code: frozenset(codes) for code, codes in below.items()}


office = Snapshot("people", _read)
