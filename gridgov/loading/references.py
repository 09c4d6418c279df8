"""What must fit together: over the files, and with what the database already holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Category
from gridgov.loading.columns import Row, unique
from gridgov.loading.problems import (
    AreaUnknown,
    CategoryUnknown,
    CodeMissing,
    ContactUnreachable,
    CreditCodeTaken,
    FallbackMissing,
    FallbackTwice,
    GridUnknown,
    ParkUnclear,
    ParkUnknown,
    PersonUnknown,
    PlaceNotWanted,
    PlaceUnknown,
    PointIncomplete,
    PointSwapped,
    Problem,
    PublicTooMuch,
    UnitsInCircle,
    UnitUnknown,
    ValueMissing,
)
from gridgov.loading.words import Words
from gridgov.park.tables import Area, Grid, Park
from gridgov.people.roles import ADMIN_ROLES, AREA_ROLES, GRID_ROLES, UNIT_ROLES
from gridgov.people.tables import Firm, Person, Unit

Rows = Mapping[str, Sequence[Row]]

KEYS = {
    "areas": ("code",),
    "parks": ("code",),
    "grids": ("code",),
    "units": ("code",),
    "categories": ("code",),
    "people": ("code",),
    "duties": ("person", "role", "place", "begins"),
    "shifts": ("unit", "person", "days", "starts"),
    "firms": ("code",),
}
PUBLIC = {  # domain: what the public may see
    "component": ("no", "place", "text"),
    "matter": ("no", "place", "text"),
    "enterprise": ("no",),
    "resident": ("no",),
    "party": ("no",),
    "wish": ("no", "text"),
}


@dataclass(frozen=True)
class Known:
    """The codes that lines may refer to, and the units' parents and fallbacks."""

    areas: frozenset[str]
    parks: Mapping[str, str]  # with their streets
    grids: frozenset[str]
    units: frozenset[str]
    parents: Mapping[str, str | None]
    fallbacks: Mapping[str, tuple[str, ...]]  # unit: its areas
    people: frozenset[str]
    categories: frozenset[str]
    firms: Mapping[str, str]  # by credit code


def known(session: Session, rows: Rows, *, retire: bool) -> Known:
    """Return what the database holds, with the files over it.

    Where what the files lack is retired, units that a file of units lacks are unknown already.
    """
    units = {} if retire and "units" in rows else _units(session)
    for row in rows.get("units", ()):
        fallback = row["fallback"] and row["active"]
        units[row["code"]] = (row["parent"], tuple(row["areas"]), fallback)
    parks = dict(session.execute(sa.select(Park.code, Park.street_code)).all())
    parks |= {row["code"]: row["street"] for row in rows.get("parks", ())}

    def both(column: sa.orm.InstrumentedAttribute[str], table: str) -> frozenset[str]:
        stored = session.scalars(sa.select(column))
        return frozenset(stored) | {row["code"] for row in rows.get(table, ())}

    return Known(
        areas=both(Area.code, "areas"),
        parks=parks,
        grids=both(Grid.code, "grids"),
        units=frozenset(units),
        parents={code: parent for code, (parent, _, _) in units.items()},
        fallbacks={code: areas for code, (_, areas, fallback) in units.items() if fallback},
        people=both(Person.code, "people"),
        categories=both(Category.code, "categories"),
        firms=_firms(session) if "firms" in rows else {},
    )


def _units(session: Session) -> dict[str, tuple[str | None, tuple[str, ...], bool]]:
    stored = sa.select(Unit.code, Unit.parent_code, Unit.areas, Unit.fallback)
    return {
        code: (parent, tuple(areas), fallback)
        for code, parent, areas, fallback in session.execute(stored.where(Unit.active))
    }


def _firms(session: Session) -> dict[str, str]:
    stored = sa.select(Firm.credit_code, Firm.code).where(Firm.credit_code.is_not(None))
    return {credit or "": code for credit, code in session.execute(stored)}


def complete(rows: Rows, parks: Mapping[str, str], problems: list[Problem]) -> None:
    """Fill in what follows from other columns."""
    for row in rows.get("grids", ()):
        if row["park"] is None and len(parks) == 1:
            row.values["park"] = next(iter(parks))
        elif row["park"] is None:
            problems.append(row.problem(ParkUnclear(), "park"))
    for row in rows.get("categories", ()):
        if row["needs_place"] is None:
            row.values["needs_place"] = row["kind"] in ("component", "matter")
        if row["sample_rate"] is None:
            row.values["sample_rate"] = 0.1 if row["check"] == "sample" else 1.0
    for row in rows.get("firms", ()):
        if row["code"] is None:
            row.values["code"] = row["credit_code"]
            if row["credit_code"] is None:
                problems.append(row.problem(CodeMissing(), "code"))


def check(rows: Rows, known: Known, words: Words, problems: list[Problem]) -> None:
    """Add everything that does not fit."""
    for table, found in rows.items():
        unique(found, KEYS[table], problems)
    _check_credit_codes(rows.get("firms", ()), known, problems)
    for row in rows.get("parks", ()):
        _known(row, "street", known.areas, AreaUnknown, problems)
    for row in rows.get("grids", ()):
        _known(row, "park", known.parks, ParkUnknown, problems)
    _check_units(rows.get("units", ()), known, problems)
    for row in rows.get("categories", ()):
        _known(row, "unit", known.units, UnitUnknown, problems)
        allowed = PUBLIC[row["kind"]]
        if row["public"] not in allowed:
            wrong = PublicTooMuch(
                kind=words.called("values.category_kind", [row["kind"]]),
                allowed=words.called("values.public", allowed),
            )
            problems.append(row.problem(wrong, "public"))
    for row in rows.get("people", ()):
        _known(row, "unit", known.units, UnitUnknown, problems)
    for row in rows.get("duties", ()):
        _known(row, "person", known.people, PersonUnknown, problems)
        _check_place(row, known, problems)
    for row in rows.get("shifts", ()):
        _known(row, "unit", known.units, UnitUnknown, problems)
        _known(row, "person", known.people, PersonUnknown, problems)
    for row in rows.get("firms", ()):
        _check_point(row, problems)
        if (row["contact"] or row["position"]) and not row["phone"] and not row["email"]:
            problems.append(row.problem(ContactUnreachable(), "contact"))


def _known(
    row: Row, column: str, codes: Iterable[str], wrong: type[Problem], problems: list[Problem]
) -> None:
    if row[column] is not None and row[column] not in codes:
        problems.append(row.problem(wrong(value=row[column]), column))


def _check_units(rows: Sequence[Row], known: Known, problems: list[Problem]) -> None:
    starts = {code[:length] for code in known.categories for length in range(1, len(code) + 1)}
    circles = circles_of(known.parents)
    fallbacks: dict[str, str] = {}
    for code, areas in known.fallbacks.items():
        for area in areas or ("",):
            fallbacks.setdefault(area, code)
    for row in rows:
        _known(row, "parent", known.units, UnitUnknown, problems)
        problems.extend(
            row.problem(PlaceUnknown(value=place), "areas")
            for place in row["areas"]
            if place not in known.areas and place not in known.grids
        )
        problems.extend(
            row.problem(CategoryUnknown(value=start), "categories")
            for start in row["categories"]
            if start not in starts
        )
        if circle := circles.get(row["code"]):
            problems.append(row.problem(UnitsInCircle(circle=" → ".join(circle)), "parent"))
        if row["fallback"] and row["active"]:
            others = {fallbacks[area] for area in row["areas"] or ("",)} - {row["code"]}
            problems.extend(
                row.problem(FallbackTwice(other=other), "fallback") for other in sorted(others)
            )


def circles_of(parents: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Return for each unit that stands above itself the way up to it again."""
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for start in parents:
        way: dict[str, int] = {}
        code: str | None = start
        while code is not None and code not in seen and code not in way:
            way[code] = len(way)
            code = parents.get(code)
        if code is not None and code in way:
            ring = list(way)[way[code] :]
            for place, member in enumerate(ring):
                found[member] = [*ring[place:], *ring[:place], member]
        seen.update(way)
    return found


def _check_credit_codes(rows: Sequence[Row], known: Known, problems: list[Problem]) -> None:
    given = [row for row in rows if row["credit_code"] is not None]
    unique(given, ("credit_code",), problems)
    mine = {row["code"] for row in rows}
    for row in given:
        other = known.firms.get(row["credit_code"])
        if other is not None and other != row["code"] and other not in mine:
            problems.append(row.problem(CreditCodeTaken(other=other), "credit_code"))


def _check_place(row: Row, known: Known, problems: list[Problem]) -> None:
    if row["role"] in ADMIN_ROLES:
        if row["place"]:
            problems.append(row.problem(PlaceNotWanted(), "place"))
        return
    if not row["place"]:
        problems.append(row.problem(ValueMissing(), "place"))
    elif row["role"] in GRID_ROLES:
        _known(row, "place", known.grids, GridUnknown, problems)
    elif row["role"] in UNIT_ROLES:
        _known(row, "place", known.units, UnitUnknown, problems)
    elif row["role"] in AREA_ROLES:
        _known(row, "place", known.areas, AreaUnknown, problems)


def _check_point(row: Row, problems: list[Problem]) -> None:
    lon, lat = row["lon"], row["lat"]
    if (lon is None) != (lat is None):
        problems.append(row.problem(PointIncomplete(), "lat" if lat is None else "lon"))
    elif lat is not None and abs(lat) > 90:
        problems.append(row.problem(PointSwapped(), "lat"))


def warnings(known: Known) -> list[Problem]:
    """Return what is no mistake but should not stay so."""
    streets = sorted(set(known.parks.values()))
    return [
        FallbackMissing(area=street)
        for street in streets
        if not any(
            not areas or any(street.startswith(area) for area in areas)
            for areas in known.fallbacks.values()
        )
    ]
