"""The versions of the maps that there are."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from gridgov.park.tables import MapVersion


def versions(session: Session) -> Sequence[MapVersion]:
    """Return the versions of all parks' maps, the latest first."""
    query = sa.select(MapVersion).order_by(MapVersion.active_from.desc(), MapVersion.id.desc())
    return session.scalars(query.options(defer(MapVersion.boundary))).all()
