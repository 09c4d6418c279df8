"""Datums met in China, brought to CGCS2000 (EPSG:4490) and back.

CGCS2000 is taken as equal to WGS 84 (they differ by centimetres). GCJ-02 is the obfuscated datum
of AMap, Tencent and WeChat, some 500 m off in Ningbo; BD-09 is Baidu's, a further twist of GCJ-02.
Neither has an official public definition: the formula is the one that is commonly known, with the
Krassovsky 1940 ellipsoid. Its inverse is iterated, because the common one-step inverse is off by
up to 2 m.

Outside the customary bounding box of China (72.004-137.8347 E, 0.8293-55.8271 N) there is no
shift. Within some 1 km of that box's edge the inverse is ambiguous and takes the point as inside.
"""

import math
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

from geo.errors import CannotTransform, NotFinite, UnknownCrs

# One formula serves single points (module math, no numpy overhead) and arrays (numpy).
Coordinate = TypeVar("Coordinate", float, np.ndarray[Any, np.dtype[np.float64]])

WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
_A = 6378245.0
_EE = 0.00669342162296594323
_X_PI = math.pi * 3000.0 / 180.0
_GCJ_ITERATIONS = 4  # three leave 0.4 mm in the far north-east, four under 0.01 mm
_BD_ITERATIONS = 5  # each leaves about a fiftieth of the error, from about 50 m
# Straight edges in a projection are curved in longitude/latitude: 0.1 mm for an edge of 100 m.
_DENSIFY_M = 100.0
CGCS2000 = "EPSG:4490"


class CoordType(StrEnum):
    """What a pair of coordinates says it is measured in. Longitude and latitude, in degrees."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def to_cgcs2000(
    lon: Coordinate, lat: Coordinate, coord_type: CoordType | str
) -> tuple[Coordinate, Coordinate]:
    """Bring longitude and latitude (degrees; floats, or arrays of one shape) to CGCS2000.

    There and back again is exact to 0.1 mm. Raises NotFinite, and ValueError where `coord_type` is
    not one of CoordType.
    """
    kind = CoordType(coord_type)
    _check_finite(lon, lat)
    if kind in (CoordType.WGS84, CoordType.CGCS2000):
        return lon, lat
    if isinstance(lon, np.ndarray):
        x, y = _bd_to_gcj(lon, lat, np) if kind is CoordType.BD09 else (lon, lat)
        x, y = _gcj_to_wgs(x, y, np)
        inside = _in_china(x, y)
        return np.where(inside, x, lon), np.where(inside, y, lat)
    # Far from China the formula means nothing (and may leave the domain of sqrt and sin).
    if not (WEST - 0.1 < lon < EAST + 0.1 and SOUTH - 0.1 < lat < NORTH + 0.1):
        return lon, lat
    x, y = _bd_to_gcj(lon, lat, math) if kind is CoordType.BD09 else (lon, lat)
    x, y = _gcj_to_wgs(x, y, math)
    if WEST <= x <= EAST and SOUTH <= y <= NORTH:
        return x, y
    return lon, lat


def from_cgcs2000(
    lon: Coordinate, lat: Coordinate, coord_type: CoordType | str
) -> tuple[Coordinate, Coordinate]:
    """Bring CGCS2000 longitude and latitude (degrees; floats or arrays) to `coord_type`.

    Raises NotFinite, and ValueError where `coord_type` is not one of CoordType.
    """
    kind = CoordType(coord_type)
    _check_finite(lon, lat)
    if kind in (CoordType.WGS84, CoordType.CGCS2000):
        return lon, lat
    if isinstance(lon, np.ndarray):
        x, y = _wgs_to_gcj(lon, lat, np)
        if kind is CoordType.BD09:
            x, y = _gcj_to_bd(x, y, np)
        inside = _in_china(lon, lat)
        return np.where(inside, x, lon), np.where(inside, y, lat)
    if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
        return lon, lat
    x, y = _wgs_to_gcj(lon, lat, math)
    return _gcj_to_bd(x, y, math) if kind is CoordType.BD09 else (x, y)


def transform_geometry(
    geometry: Any,
    source_crs: str | None = None,
    coord_type: CoordType | str | None = None,
) -> Any:
    """Bring a geometry, or an array of them, to longitude/latitude in CGCS2000, in two dimensions.

    `source_crs` is anything that PROJ understands, read longitude (easting) first; None means
    longitude and latitude. `coord_type` is applied after it: a Web Mercator export of an AMap layer
    is source_crs="EPSG:3857", coord_type="gcj02". Edges in a projection are divided every 100 m
    first, because a straight edge there is a curve here. Raises UnknownCrs, CannotTransform,
    NotFinite.
    """
    result = shapely.force_2d(geometry)
    if source_crs is not None:
        transformer, projected_unit = _transformer(str(source_crs))
        if projected_unit:
            result = shapely.segmentize(result, _DENSIFY_M / projected_unit)
        if transformer is not None:
            result = shapely.transform(result, _through(transformer, str(source_crs)))
    if coord_type is not None and CoordType(coord_type) in (CoordType.GCJ02, CoordType.BD09):
        result = shapely.transform(
            result, lambda xy: np.column_stack(to_cgcs2000(xy[:, 0], xy[:, 1], coord_type))
        )
    return result


def _through(transformer: pyproj.Transformer, crs: str) -> Any:
    def apply(xy: Any) -> Any:
        try:
            lon, lat = transformer.transform(xy[:, 0], xy[:, 1], errcheck=True)
        except ProjError as error:
            raise CannotTransform(crs=crs) from error
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise CannotTransform(crs=crs)
        return np.column_stack((lon, lat))

    return apply


@lru_cache(maxsize=32)
def _transformer(source_crs: str) -> tuple[pyproj.Transformer | None, float]:
    """The way to EPSG:4490 (None: already there) and metres per unit of a projection, else 0."""
    try:
        crs = pyproj.CRS.from_user_input(source_crs)
        unit = float(crs.axis_info[0].unit_conversion_factor) if crs.is_projected else 0.0
        # WGS 84 is taken as CGCS2000 exactly; PROJ's own way between them may move a coordinate
        # by its last bit, and the same point would then not compare equal.
        if crs.to_epsg() in (4326, 4490, 4979, 4480) or crs.to_authority() == ("OGC", "CRS84"):
            return None, 0.0
        return pyproj.Transformer.from_crs(crs, CGCS2000, always_xy=True), unit
    except (CRSError, ProjError) as error:
        raise UnknownCrs(crs=source_crs) from error


def _check_finite(lon: Any, lat: Any) -> None:
    if isinstance(lon, np.ndarray):
        bad = ~(np.isfinite(lon) & np.isfinite(lat))
        if bad.any():
            first = int(np.flatnonzero(bad)[0])
            raise NotFinite(lon=lon.flat[first], lat=lat.flat[first])
    elif not (math.isfinite(lon) and math.isfinite(lat)):
        raise NotFinite(lon=lon, lat=lat)


def _in_china(lon: Any, lat: Any) -> Any:
    return (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)


def _wgs_to_gcj(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    pi = math.pi
    sin, sqrt = m.sin, m.sqrt
    x, y = lon - 105.0, lat - 35.0
    root, product = sqrt(m.fabs(x)), 0.1 * x * y
    ripple = 40.0 / 3.0 * (sin(6.0 * pi * x) + sin(2.0 * pi * x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + product + 0.2 * root + ripple
    north += 40.0 / 3.0 * (sin(pi * y) + 2.0 * sin(pi / 3.0 * y))
    north += 320.0 / 3.0 * (sin(pi / 12.0 * y) + 2.0 * sin(pi / 30.0 * y))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + product + 0.1 * root + ripple
    east += 40.0 / 3.0 * (sin(pi * x) + 2.0 * sin(pi / 3.0 * x))
    east += 100.0 * (sin(pi / 12.0 * x) + 2.0 * sin(pi / 30.0 * x))
    phi = lat * (pi / 180.0)
    sine = sin(phi)
    w2 = 1.0 - _EE * sine * sine
    w = sqrt(w2)
    degree = pi / 180.0
    meridian = _A * (1.0 - _EE) / (w2 * w) * degree  # metres per degree of latitude
    parallel = _A / w * m.cos(phi) * degree
    return lon + east / parallel, lat + north / meridian


def _gcj_to_wgs(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    x, y = lon, lat
    for _ in range(_GCJ_ITERATIONS):
        ahead_x, ahead_y = _wgs_to_gcj(x, y, m)
        x, y = x + (lon - ahead_x), y + (lat - ahead_y)
    return x, y


def _gcj_to_bd(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    radius = m.sqrt(lon * lon + lat * lat)
    stretch = 1.0 + 0.00002 * m.sin(lat * _X_PI) / radius
    turn = 0.000003 * m.cos(lon * _X_PI)
    cos, sin = m.cos(turn), m.sin(turn)
    return (
        stretch * (lon * cos - lat * sin) + 0.0065,
        stretch * (lat * cos + lon * sin) + 0.006,
    )


def _bd_to_gcj(lon: Any, lat: Any, m: Any) -> tuple[Any, Any]:
    x, y = lon - 0.0065, lat - 0.006
    for _ in range(_BD_ITERATIONS):
        ahead_x, ahead_y = _gcj_to_bd(x, y, m)
        x, y = x + (lon - ahead_x), y + (lat - ahead_y)
    return x, y
