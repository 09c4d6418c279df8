"""A small town for the tests: four cells, two grids, some units, and somebody in every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import shapely
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from geo.measure import area_m2, perimeter_m
from gridgov.cases.tables import Category
from gridgov.epochs import bump
from gridgov.park.tables import Area, Cell, Grid, MapVersion, Park
from gridgov.people.accounts import add_account, add_token
from gridgov.people.tables import Duty, Person, Shift, Unit

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STREET, DISTRICT = "330203008", "330203"
WEST, SOUTH, STEP = 121.490, 29.880, 0.001
G1, G2 = "330203008-01", "330203008-02"
# Inside the cells of G1, of G2, and outside all of them.
IN_G1, IN_G2, OUTSIDE = (121.4905, 29.8805), (121.4925, 29.8805), (121.6, 29.9)

UNITS = (
    # code, parent, areas, categories, fallback
    ("hub", None, [STREET], [], True),
    ("property", None, [G1], ["01", "02", "31"], False),
    ("property-team", "property", [G1], ["01"], False),
    ("office", None, [STREET], [], False),
    ("bureau", None, [DISTRICT], ["21"], False),
    ("party-office", None, [STREET], ["41"], False),
)
CATEGORIES = (
    # code, kind, unit, urgency, photo, check, sample rate, public, transfer
    ("01001", "component", "property", "normal", "none", "always", 0.0, "place", False),
    ("01002", "component", "property", "normal", "after", "always", 0.0, "text", False),
    ("02001", "matter", "property", "normal", "none", "sample", 0.0, "place", False),
    ("02002", "matter", "property", "normal", "none", "sample", 1.0, "place", False),
    ("11001", "resident", None, "normal", "none", "always", 0.0, "no", False),
    ("21001", "enterprise", "bureau", "normal", "none", "always", 0.0, "no", False),
    ("31001", "matter", "property", "urgent", "none", "always", 0.0, "place", False),
    ("41001", "party", None, "normal", "none", "always", 0.0, "no", False),
    ("41002", "party", None, "normal", "none", "always", 0.0, "no", True),
    ("51001", "wish", None, "normal", "none", "always", 0.0, "text", False),
)
# login: (unit of the person, role, place, deputy)
PEOPLE: dict[str, tuple[str | None, str, str, bool]] = {
    "leader": (None, "leader", G1, False),
    "deputy": (None, "leader", G1, True),
    "member": (None, "member", G1, False),
    "member-property": ("property", "member", G1, False),
    "leader2": (None, "leader", G2, False),
    "member2": (None, "member", G2, False),
    "handler": ("property", "handler", "property", False),
    "handler-team": ("property-team", "handler", "property-team", False),
    "head": ("property", "head", "property", False),
    "handler-office": ("office", "handler", "office", False),
    "head-office": ("office", "head", "office", False),
    "dispatcher": ("hub", "dispatcher", STREET, False),
    "district-dispatcher": (None, "dispatcher", DISTRICT, False),
    "committee": (None, "committee", STREET, False),
    "caller": (None, "caller", STREET, False),
    "gis": (None, "gis", STREET, False),
    "organiser": ("party-office", "organiser", STREET, False),
    "head-party": ("party-office", "head", "party-office", False),
    "system-admin": (None, "system_admin", "", False),
    "security-admin": (None, "security_admin", "", False),
    "audit-admin": (None, "audit_admin", "", False),
}
RESIDENT = "resident"  # an account without a person


@dataclass
class Town:
    """The application on a town's database, with a token for everybody."""

    app: Flask
    client: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, who: str | None = None, **more: str) -> dict[str, str]:
        """Return the headers of a request by somebody, in English."""
        found = {"Accept-Language": "en"} | more
        return found | ({"Authorization": f"Bearer {self.tokens[who]}"} if who else {})

    def get(self, path: str, who: str | None = None, **more: str) -> Any:
        """GET /api/v1…"""
        return self.client.get("/api/v1" + path, headers=self.headers(who, **more))

    def post(self, path: str, json: Any, who: str | None = None, **more: str) -> Any:
        """POST /api/v1…"""
        return self.client.post("/api/v1" + path, json=json, headers=self.headers(who, **more))

    def report(self, who: str | None = None, **given: Any) -> dict[str, Any]:
        """Report a case in G1, or as given; it must be taken."""
        lon, lat = given.pop("at", IN_G1)
        body = {"description": "lamp", "category": "01001"} | given
        body.setdefault("location", {"lon": lon, "lat": lat})
        answer = self.post("/cases", body, who)
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def step(self, number: str, who: str, step: str, **given: Any) -> Any:
        """Take a step with the version that stands."""
        version = given.pop("version", None) or self.read(number, who)["version"]
        return self.post(f"/cases/{number}/steps", {"step": step, "version": version} | given, who)

    def by_code(self, taken: dict[str, Any], step: str, **given: Any) -> Any:
        """Take a step as the reporter of a case."""
        code = {"X-Case-Code": taken["query_code"]}
        number = taken["number"]
        version = self.get(f"/cases/{number}", **code).json["version"]
        body = {"step": step, "version": version} | given
        return self.post(f"/cases/{number}/steps", body, **code)

    def read(self, number: str, who: str) -> dict[str, Any]:
        """Return a case as somebody sees it; they must."""
        answer = self.get(f"/cases/{number}", who)
        assert answer.status_code == 200, answer.json
        return dict(answer.json)


def build(session: Session, now: datetime = LONG_AGO) -> dict[str, str]:
    """Fill an empty database; returns the tokens by login."""
    _map(session, now)
    _people(session)
    for code, kind, unit, urgency, photo, check, rate, public, transfer in CATEGORIES:
        session.add(
            Category(
                code=code,
                name=f"小类{code}",
                name_en=f"Category {code}",
                group="大类",
                group_en="Class",
                kind=kind,
                unit_code=unit,
                urgency=urgency,
                limits={"case": ["working_days", 5]},
                photo=photo,
                check=check,
                sample_rate=rate,
                public=public,
                needs_place=kind != "party",
                transfer=transfer,
                local=True,
                active=True,
                standard_ref=None,
            )
        )
    session.flush()
    bump(session, "map", "people", "taxonomy")
    tokens = {}
    for login in [*PEOPLE, RESIDENT]:
        add_account(session, login, login if login in PEOPLE else None, now)
        tokens[login] = add_token(session, login, "test", now, None)
    return tokens


def square(column: int, row: int) -> shapely.Polygon:
    """Return one of the town's squares; neighbours share their vertices exactly."""
    west, east = WEST + STEP * column, WEST + STEP * (column + 1)
    south, north = SOUTH + STEP * row, SOUTH + STEP * (row + 1)
    return shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])


def _map(session: Session, now: datetime) -> None:
    session.add_all([Area(code=DISTRICT, name="海曙区"), Area(code=STREET, name="望春街道")])
    session.add(Park(code="park", name="Park", street_code=STREET, time_zone="Asia/Shanghai"))
    session.flush()
    session.add_all(
        Grid(code=code, park_code="park", name=f"Grid {code[-1]}", kind="dedicated")
        for code in (G1, G2)
    )
    whole = shapely.union_all([square(column, 0) for column in range(4)])
    version = MapVersion(
        park_code="park",
        active_from=date(2000, 1, 1),
        imported_at=now,
        adopted_at=now,
        source="test",
        boundary=f"SRID=4490;{shapely.MultiPolygon([whole]).wkt}",
    )
    session.add(version)
    session.flush()
    for column in range(4):
        shape = square(column, 0)
        session.add(
            Cell(
                version_id=version.id,
                code=f"{STREET}001{column + 1:03d}",
                grid_code=G1 if column < 2 else G2,
                area_m2=area_m2(shape),
                perimeter_m=perimeter_m(shape),
                begins=date(2000, 1, 1),
                shape=f"SRID=4490;{shapely.to_wkt(shape, rounding_precision=-1)}",
            )
        )
    session.flush()


def _people(session: Session) -> None:
    for code, parent, areas, categories, fallback in UNITS:
        session.add(
            Unit(
                code=code,
                name=f"Unit {code}",
                kind="department",
                parent_code=parent,
                areas=areas,
                categories=categories,
                fallback=fallback,
                active=True,
            )
        )
        session.flush()
    for code, (unit, role, place, deputy) in PEOPLE.items():
        session.add(Person(code=code, name=f"Name-{code}", unit_code=unit))
        session.flush()
        session.add(Duty(person_code=code, role=role, place=place, deputy=deputy, begins=LONG_AGO))
    session.add(
        Shift(
            unit_code="property", person_code="handler", days="1234567", starts="00:00",
            stops="00:00",
        )
    )  # fmt: skip
    session.flush()
