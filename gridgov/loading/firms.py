"""Firms: their points brought to CGCS2000, the cell that each lies in, and whom to reach there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.datum import to_cgcs2000
from gridgov.community.contacts import Reached, forget_gone, take_in
from gridgov.database import LonLat
from gridgov.keys import Keys
from gridgov.loading.columns import Row, parse_file
from gridgov.loading.merge import Counts, Values, merge, table, write
from gridgov.loading.problems import FirmOutside, Problem
from gridgov.loading.read import read_file
from gridgov.loading.words import Words
from gridgov.park.index import ActiveMap, maps
from gridgov.people.tables import Firm

SHOWN = 10


def point_of(row: Row) -> LonLat | None:
    """Return a line's point in CGCS2000, or None where it has none."""
    if row["lon"] is None or row["lat"] is None:
        return None
    return LonLat(*to_cgcs2000(row["lon"], row["lat"], row["coord_type"]))


def cells_of(active: ActiveMap, points: list[LonLat | None]) -> list[str | None]:
    """Return the codes of the cells that points lie in; None outside, or without a point."""
    placed = [i for i, point in enumerate(points) if point is not None]
    coordinates = np.array([points[i] for i in placed], dtype=float).reshape(-1, 2)
    found: list[str | None] = [None] * len(points)
    here = active.locate_many(coordinates[:, 0], coordinates[:, 1])
    for i, located in zip(placed, here, strict=True):
        found[i] = located.cell if located else None
    return found


def read_firms(path: Path, words: Words, problems: list[Problem]) -> list[Row]:
    """Read a file of firms, whatever its name."""
    try:
        return parse_file(read_file(path, "firms", path.name), words, problems)
    except Problem as problem:
        problems.append(problem.at(path.name, problem.line))
        return []


def outside(session: Session, rows: Sequence[Row], day: date) -> list[Problem]:
    """Return a warning where firms lie beside the map; none while there is no map."""
    active = maps(session).at(day)
    if not active.versions:
        return []
    cells = cells_of(active, [point_of(row) for row in rows])
    beside = [
        row["code"]
        for row, cell in zip(rows, cells, strict=True)
        if cell is None and row["lon"] is not None
    ]
    if not beside:
        return []
    shown = ", ".join(beside[:SHOWN]) + (" …" if len(beside) > SHOWN else "")
    return [FirmOutside(count=len(beside), codes=shown)]


def write_firms(
    session: Session,
    rows: Sequence[Row],
    now: datetime,
    zone: ZoneInfo,
    keys: Keys | None,
    *,
    retire: bool,
) -> Counts:
    """Bring the directory to what a file says; what it lacks leaves it, contacts and all."""
    points = [point_of(row) for row in rows]
    cells = cells_of(maps(session).at(now.astimezone(zone).date()), points)
    same = ("code", "name", "credit_code", "address", "branch", "kind", "active")
    values: list[Values] = [
        {name: row[name] for name in same} | {"point": point, "cell_code": cell}
        for row, point, cell in zip(rows, points, cells, strict=True)
    ]
    _free_credit_codes(session, values)
    counts = merge(session, "firms", values, retire=retire)
    if keys is not None:
        said = {row["code"]: [_reached(row)] for row in rows if row["phone"] or row["email"]}
        counts.contacts = take_in(session, keys, said, now)
    forget_gone(session)
    return counts


def _reached(row: Row) -> Reached:
    return Reached(row["contact"], row["position"], row["phone"], row["email"])


def _free_credit_codes(session: Session, values: Sequence[Values]) -> None:
    """Take away the credit codes that move to another firm, so that none is there twice at once."""
    firms = table("firms")
    stored = session.execute(sa.select(firms.c.credit_code, firms.c.code)).all()
    owner = {values["credit_code"]: values["code"] for values in values}
    moving: list[Values] = [
        {"code": code, "credit_code": None}
        for credit, code in stored
        if credit is not None and owner.get(credit, code) != code
    ]
    write(session, firms, [], moving, "code")


def relocate(session: Session, day: date) -> int:
    """Locate all firms again on the map of a day; returns how many lie in another cell now."""
    firms = session.execute(sa.select(Firm.code, Firm.point, Firm.cell_code)).all()
    cells = cells_of(maps(session).at(day), [firm.point for firm in firms])
    moved: list[dict[str, Any]] = [
        {"code": firm.code, "cell_code": cell}
        for firm, cell in zip(firms, cells, strict=True)
        if firm.cell_code != cell
    ]
    if moved:
        session.execute(sa.update(Firm), moved)
    return len(moved)
