"""Firms on the map: their points brought to CGCS2000, and the cell that each lies in."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.datum import to_cgcs2000
from gridgov.database import LonLat
from gridgov.loading.columns import Row
from gridgov.park.index import ActiveMap, maps
from gridgov.people.tables import Firm


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
