"""The rows of the map."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import SRID, Model, UtcDateTime


class Area(Model):
    """A district, street or community (行政区域), by its official code of 6, 9 or 12 digits."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))


class Park(Model):
    """A place with a map of its own, inside one street."""

    __tablename__ = "parks"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    street_code: Mapped[str] = mapped_column(sa.String(9))
    time_zone: Mapped[str] = mapped_column(sa.String(64))


class Grid(Model):
    """A grid (网格): a set of cells with one leader at a time."""

    __tablename__ = "grids"

    code: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    park_code: Mapped[str] = mapped_column(sa.ForeignKey("parks.code"), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(20))


class MapVersion(Model):
    """One version of a park's map, active from a date on, until the next one is."""

    __tablename__ = "map_versions"
    __table_args__ = (sa.UniqueConstraint("park_code", "active_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    park_code: Mapped[str] = mapped_column(sa.ForeignKey("parks.code"))
    active_from: Mapped[date]
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime())
    adopted_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    source: Mapped[str] = mapped_column(sa.String(300))
    boundary: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=SRID))


class Cell(Model):
    """A unit cell (单元网格) of one version: area in m² and perimeter in m, on the ellipsoid."""

    __tablename__ = "cells"
    __table_args__ = (sa.UniqueConstraint("version_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("map_versions.id"))
    code: Mapped[str] = mapped_column(sa.String(15), index=True)
    grid_code: Mapped[str] = mapped_column(sa.ForeignKey("grids.code"), index=True)
    area_m2: Mapped[float]
    perimeter_m: Mapped[float]
    begins: Mapped[date]
    ends: Mapped[date | None]
    standard_ref: Mapped[str | None] = mapped_column(sa.String(100))
    landmark: Mapped[str | None] = mapped_column(sa.String(100))
    shape: Mapped[Any] = mapped_column(Geometry("POLYGON", srid=SRID))
