"""The other system's kinds and departments, turned into our categories and units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gridgov.cases.known import Known
from gridgov.cases.tables import Category
from gridgov.epochs import bump
from gridgov.people.tables import Unit
from gridgov.replay.mapping import CategoryMap, Mapping, UnitMap
from gridgov.replay.plan import Row
from gridgov.replay.refusals import CategoryUnknown, RowRefused, UnitUnknown

IN_A_CLASS = 1000
MOST_UNITS = 9999


@dataclass(frozen=True)
class Names:
    """Which code each value of the source means."""

    categories: dict[str, str]
    units: dict[str, str]

    def lacking(self, row: Row) -> RowRefused | None:
        """Return why a row's category or unit is unknown, or None."""
        if row.category and row.category not in self.categories:
            return CategoryUnknown(value=row.category)
        if row.unit and row.unit not in self.units:
            return UnitUnknown(value=row.unit)
        return None


def resolve(session: Session, mapping: Mapping, rows: list[Row], known: Known) -> Names:
    """Find the code of every value, and make those that the mapping lets be made.

    A value means what the mapping says, else the code or the local name that it is. What is made
    gets codes counted up in the order of the names, so that a second run finds the same ones.
    """
    categories: dict[str, str] = {}
    units: dict[str, str] = {}
    if mapping.category:
        values = sorted({row.category for row in rows} - {""})
        categories = _categories(session, mapping.category, values, known)
    if mapping.unit:
        values = sorted({row.unit for row in rows} - {""})
        units = _units(session, mapping, mapping.unit, values, known)
    session.flush()
    return Names(categories, units)


def _categories(
    session: Session, given: CategoryMap, values: Iterable[str], known: Known
) -> dict[str, str]:
    within = given.first[:2]
    local = {
        facts.name: code
        for code, facts in known.categories.items()
        if facts.local and code.startswith(within)
    }
    found: dict[str, str] = {}
    free = iter(
        code
        for n in range(int(given.first[2:]), IN_A_CLASS)
        if (code := f"{within}{n:03d}") not in known.categories
    )
    for value in values:
        code = given.values.get(value, value)
        if code in known.categories:
            found[value] = code
        elif code in local:
            found[value] = local[code]
        elif given.create and value not in given.values and (made := next(free, None)):
            found[value] = made
            session.add(_category(made, value, given))
    if set(found.values()) - known.categories.keys():
        bump(session, "taxonomy")
    return found


def _category(code: str, name: str, given: CategoryMap) -> Category:
    return Category(
        code=code,
        name=name,
        name_en=name,
        group=given.class_,
        group_en=given.class_,
        kind=given.kind,
        unit_code=None,
        urgency="normal",
        limits={},
        photo="none",
        check="always",
        sample_rate=0.0,
        public="no",
        needs_place=False,
        transfer=False,
        local=True,
        active=True,
        standard_ref=None,
    )


def _units(
    session: Session, mapping: Mapping, given: UnitMap, values: Iterable[str], known: Known
) -> dict[str, str]:
    units = known.office.units
    own = {facts.name: code for code, facts in units.items() if code.startswith(given.prefix)}
    street = known.maps.parks[mapping.park.code].street_code
    found: dict[str, str] = {}
    made = False
    free = iter(
        code for n in range(1, MOST_UNITS) if (code := f"{given.prefix}{n:02d}") not in units
    )
    for value in values:
        code = given.values.get(value, value)
        name = given.names.get(value, value)
        if code in units:
            found[value] = code
        elif name in own:
            found[value] = own[name]
        elif given.create and value not in given.values and (new := next(free, None)):
            found[value] = own[name] = new
            session.add(
                Unit(
                    code=new,
                    name=name,
                    kind=given.kind,
                    parent_code=None,
                    areas=[street],
                    categories=[],
                    fallback=False,
                    active=True,
                )
            )
            made = True
    if made:
        bump(session, "people")
    return found
