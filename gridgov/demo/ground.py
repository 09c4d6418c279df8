"""The park itself: the clerk's files, the map, and an account for everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.files import read_layer
from gridgov.cases.adopt_map import adopt
from gridgov.cases.known import Known, known
from gridgov.database import LonLat
from gridgov.demo.names import PARK, RESIDENT
from gridgov.demo.words import Words, read_words
from gridgov.loading.firms import relocate
from gridgov.loading.load import load
from gridgov.park.import_map import import_map
from gridgov.park.read_map import read_plan
from gridgov.people.accounts import add_account
from gridgov.people.tables import Firm, Person
from gridgov.settings import Settings

STORY = timedelta(weeks=8)


@dataclass(frozen=True)
class FirmFacts:
    """A firm that asks for something."""

    code: str
    name: str
    address: str
    point: LonLat


@dataclass(frozen=True)
class Ground:
    """What a story is told on."""

    known: Known
    words: Words
    cells: Mapping[str, Sequence[Any]]  # polygons by grid
    outline: Any
    firms: Sequence[FirmFacts]
    accounts: dict[str, int]  # by login; more of the public come as they are needed


def lay(session: Session, settings: Settings, config: Path, start: datetime) -> Ground:
    """Fill an empty database with the demonstration park, as it stood before the story began."""
    began = start - STORY - timedelta(weeks=1)
    folder = config / "demo"
    load(session, [settings.taxonomy, folder], start, settings.zone, keys=settings.keys)
    plan = read_plan(folder / "cells.geojson", boundary=str(folder / "boundary.geojson"))
    day = began.astimezone(settings.zone).date()
    import_map(session, PARK, plan, day, began, "cells.geojson")
    session.flush()
    adopt(session, began, known(session, settings))
    relocate(session, day)
    accounts = _accounts(session, began)
    firms = _firms(session)
    lines = read_layer(folder / "lines.geojson")
    roads = [
        str(name)
        for name, kind in zip(lines.fields["name"], lines.fields["kind"], strict=True)
        if kind == "road"
    ]
    cells: dict[str, list[Any]] = {}
    for cell in plan.cells:
        cells.setdefault(str(cell.grid), []).append(cell.geometry)
    return Ground(
        known(session, settings),
        read_words(folder, roads, [firm.name for firm in firms]),
        cells,
        shapely.union_all([cell.geometry for cell in plan.cells]),
        firms,
        accounts,
    )


def _accounts(session: Session, at: datetime) -> dict[str, int]:
    people = session.scalars(sa.select(Person.code).order_by(Person.code)).all()
    found = {code: add_account(session, code, code, at).id for code in people}
    return found | {RESIDENT: add_account(session, RESIDENT, None, at).id}


def _firms(session: Session) -> list[FirmFacts]:
    query = sa.select(Firm).where(Firm.cell_code.is_not(None)).order_by(Firm.code)
    return [
        FirmFacts(firm.code, firm.name, firm.address or "", firm.point)
        for firm in session.scalars(query)
        if firm.point is not None
    ]
