"""A square of the map as web maps count them (Web Mercator), and features encoded for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, degrees, pi, sinh
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely

from gridgov.errors import NotFound

EXTENT = 4096
BUFFER = 64  # of the extent, so that lines on an edge are drawn on both sides
DEEPEST = 22
Box = tuple[float, float, float, float]


class TileMissing(NotFound):
    """There is no such tile; z goes from 0 to 22, x and y from 0 to 2^z - 1."""


@dataclass(frozen=True)
class Tile:
    """A tile by zoom, column from the west and row from the north. Raises TileMissing."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (0 <= self.z <= DEEPEST and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise TileMissing(field="z")

    def box(self, buffer: int = 0) -> Box:
        """Return west, south, east, north in degrees, widened by so much of the extent."""
        edge = buffer / EXTENT
        west, east = (_lon(x, self.z) for x in (self.x - edge, self.x + 1 + edge))
        north, south = (_lat(y, self.z) for y in (self.y - edge, self.y + 1 + edge))
        return west, south, east, north

    def pixels(self, xy: Any) -> Any:
        """Bring degrees, shape (n, 2), to this tile's own units: y down, EXTENT a side."""
        lon, lat = xy[:, 0], np.clip(xy[:, 1], -85.06, 85.06)
        size = EXTENT * 2**self.z
        east = (lon + 180.0) / 360.0 * size - self.x * EXTENT
        south = (0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * pi)) * size - self.y * EXTENT
        return np.column_stack((east, south))


def encode(name: str, features: list[tuple[Any, dict[str, Any]]]) -> bytes:
    """Return a layer of features in a tile's own units; layers may simply be put together."""
    if not features:
        return b""
    made = [{"geometry": shape, "properties": facts} for shape, facts in features]
    layer = {"name": name, "features": made}
    options = {"y_coord_down": True, "extents": EXTENT}
    return bytes(mapbox_vector_tile.encode([layer], default_options=options))


def clipped(shapes: Any, tile: Tile) -> Any:
    """Bring polygons in degrees to a tile's units, cut off a little outside it."""
    flat = shapely.transform(shapes, tile.pixels)
    room = (-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    return shapely.clip_by_rect(flat, *room)


def _lon(x: float, z: int) -> float:
    lon: float = x / 2**z * 360.0 - 180.0
    return max(-180.0, min(180.0, lon))


def _lat(y: float, z: int) -> float:
    return degrees(atan(sinh(pi * (1 - 2 * y / 2**z))))
