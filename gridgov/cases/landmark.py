"""A place in words that people on the spot know: a cell's landmark, or the nearest firm's address.

Points are longitude and latitude in degrees, CGCS2000 (EPSG:4490).
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from geo.measure import distance_m
from gridgov.cases.placing import Placed
from gridgov.park.index import ActiveMap
from gridgov.people.tables import Firm

NEAR_M = 80


def landmark(session: Session, placed: Placed, active: ActiveMap) -> str | None:
    """Return words for a place; None where nothing near has any."""
    if placed.point is None or placed.cell is None:
        return None
    own = next(
        (cell.landmark for version in active.versions for cell in version.cells
         if cell.code == placed.cell), None,
    )  # fmt: skip
    if own:
        return own
    firms = session.execute(
        sa.select(Firm.address, Firm.point).where(
            Firm.cell_code == placed.cell, Firm.address.is_not(None), Firm.point.is_not(None)
        )
    )
    near = [
        (distance_m(*placed.point, there.lon, there.lat), str(address))
        for address, there in firms
        if there is not None
    ]
    metres, address = min(near, default=(NEAR_M + 1, ""))
    return address if metres <= NEAR_M else None
