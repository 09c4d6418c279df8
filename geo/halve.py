"""Splitting one block into pieces of about equal area, by straight cuts across its longest axis."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString

_OVERSHOOT_M = 0.001  # a cut must cross what it ends on; the noding drops what dangles
_HUGE_M = 1e7


@dataclass(frozen=True)
class Frame:
    """A local metric frame: metres east and north of a corner, good enough to judge shapes."""

    lon: float
    lat: float
    metres_per_lon: float
    metres_per_lat: float

    @classmethod
    def around(cls, geometry: Any) -> "Frame":
        """The frame of a geometry in degrees."""
        west, south, _, north = geometry.bounds
        middle = math.radians((south + north) / 2.0)
        return cls(west, south, 111_320.0 * math.cos(middle), 110_900.0)

    def metric(self, geometry: Any) -> Any:
        """Degrees to metres."""
        scale = (self.metres_per_lon, self.metres_per_lat)
        return shapely.transform(geometry, lambda xy: (xy - (self.lon, self.lat)) * scale)

    def degrees(self, geometry: Any) -> Any:
        """Metres to degrees."""
        scale = (self.metres_per_lon, self.metres_per_lat)
        return shapely.transform(geometry, lambda xy: xy / scale + (self.lon, self.lat))


def cut_lines(block: Any, frame: Frame, target_m2: float, max_ratio: float) -> Iterator[LineString]:
    """The cuts (in degrees) that divide `block` until no piece exceeds max_ratio x target_m2."""
    waiting = [frame.metric(block)]
    while waiting:
        piece = waiting.pop()
        area = piece.area
        if area <= max_ratio * target_m2:
            continue
        count = max(2, round(area / target_m2))
        cut, parts = _cut(piece, area * (count // 2) / count)
        if not cut:
            continue
        for line in cut:
            yield frame.degrees(line)
        waiting.extend(parts)


def _cut(piece: Any, left_area: float) -> tuple[list[Any], list[Any]]:
    """Cut `piece` across its longest axis so that `left_area` m² lie on the one side."""
    along_x, along_y = _axis(piece)
    xy, ring = shapely.get_coordinates(shapely.get_rings(piece), return_index=True)
    # Turned so that the axis runs along u; the piece's area left of u = t is the integral of
    # min(u, t) dv around its rings (Green), whatever its shape.
    u = xy[:, 0] * along_x + xy[:, 1] * along_y
    v = xy[:, 1] * along_x - xy[:, 0] * along_y
    same = ring[1:] == ring[:-1]
    u1, u2, dv = u[:-1][same], u[1:][same], (v[1:] - v[:-1])[same]
    t = _quantile(u1, u2, dv, left_area)
    low, high = v.min() - 1.0, v.max() + 1.0

    def back(u_: float, v_: float) -> tuple[float, float]:
        return u_ * along_x - v_ * along_y, u_ * along_y + v_ * along_x

    line = LineString([back(t, low), back(t, high)])
    inside = shapely.get_parts(shapely.intersection(piece, line))
    cut = [_longer(part) for part in inside if part.geom_type == "LineString"]
    parts: list[Any] = []
    for side in (u.min() - 1.0, u.max() + 1.0):
        half = shapely.polygons([back(t, low), back(t, high), back(side, high), back(side, low)])
        clipped = shapely.get_parts(shapely.intersection(piece, half))
        parts.extend(part for part in clipped if part.geom_type == "Polygon")
    return cut, parts


def _axis(piece: Any) -> tuple[float, float]:
    """The unit vector along the longer side of the smallest rectangle around `piece`."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(piece))
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    longest = first if np.hypot(*first) >= np.hypot(*second) else second
    length = float(np.hypot(*longest))
    return float(longest[0]) / length, float(longest[1]) / length


def _quantile(u1: Any, u2: Any, dv: Any, wanted: float) -> float:
    """The t at which the area left of u = t is `wanted`, to a millionth of the piece's length."""
    low, high = float(min(u1.min(), u2.min())), float(max(u1.max(), u2.max()))
    least, most = np.minimum(u1, u2), np.maximum(u1, u2)
    span = np.maximum(most - least, 1e-300)
    sign = 1.0 if float(((u1 + u2) * dv).sum()) > 0 else -1.0
    for _ in range(20):
        t = (low + high) / 2.0
        # The mean of min(u, t) along an edge: of the part of it before t, and t for the rest.
        before = np.minimum(np.maximum((t - least) / span, 0.0), 1.0)
        mean = before * (least + np.minimum(most, np.maximum(t, least))) / 2.0 + (1.0 - before) * t
        if sign * float((mean * dv).sum()) < wanted:
            low = t
        else:
            high = t
    return (low + high) / 2.0


def _longer(line: Any) -> LineString:
    (x1, y1), (x2, y2) = line.coords[0][:2], line.coords[-1][:2]
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length * _OVERSHOOT_M, (y2 - y1) / length * _OVERSHOOT_M
    return LineString([(x1 - dx, y1 - dy), (x2 + dx, y2 + dy)])
