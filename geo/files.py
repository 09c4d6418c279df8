"""Map files in and out, through GDAL: GeoJSON, GeoPackage, FlatGeobuf, Shapefile (zipped too).

What comes in is brought to CGCS2000 longitude/latitude in degrees (EPSG:4490, longitude first),
two dimensions; what goes out says so.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from geo import dbf, sources
from geo.archive import shapefiles, unpack
from geo.datum import CGCS2000, CoordType, transform_geometry
from geo.errors import (
    BadFieldName,
    EmptyLayer,
    MismatchedLengths,
    NoCrs,
    NoLayer,
    NotDegrees,
    TooManyFeatures,
    Unreadable,
    Unwritable,
)
from geo.sources import SHAPEFILE, check_first_bytes, checked, driver_of, is_archive, safe

MAX_FEATURES = 1_000_000
_SHAPEFILE_NAME = 10
_GDAL_ERRORS = (DataSourceError, DataLayerError, FieldError, UnicodeError, ValueError, OSError)


@dataclass(frozen=True)
class Layer:
    """One layer: n geometries (None where a feature has none) and, per field, n values.

    `source_crs` is the one that the file said, as AUTHORITY:CODE where it has one, else its name;
    the geometries are in EPSG:4490 already.
    """

    name: str
    names: tuple[str, ...]
    fields: dict[str, list[Any]]
    geometries: list[BaseGeometry | None]
    source_crs: str | None


def list_layers(path: str | Path) -> list[str]:
    """The names of a file's layers. Raises what `read_layer` raises about the file."""
    file = checked(path)
    if is_archive(path):
        return list(shapefiles(file, sources.MAX_BYTES))
    return _layers(path, file)


def read_layer(
    path: str | Path,
    layer: str | None = None,
    *,
    coord_type: CoordType | str | None = None,
    encoding: str | None = None,
) -> Layer:
    """Read one layer (the first by default) and bring it to EPSG:4490.

    The file's own CRS is honoured (GeoJSON without one is in CRS84, RFC 7946); `coord_type` names a
    datum that no CRS can say (gcj02, bd09), or the one of a file that says none. `encoding` is for
    a Shapefile that says none and whose text is neither UTF-8 nor GB 18030. A geometry too broken
    to be built (a ring that is not closed) is None. FlatGeobuf may come in another order than
    it was written in.

    Raises UnsafePath, FileMissing, UnknownFormat, FileTooLarge, Unreadable, NoLayer, EmptyLayer,
    TooManyFeatures, NoCrs, UnknownCrs, CannotTransform, NotDegrees, NotFinite.
    """
    layers = list_layers(path)
    if layer is not None and layer not in layers:
        raise NoLayer(path=path, layer=layer, layers=", ".join(layers))
    name = layer if layer is not None else layers[0]
    if is_archive(path):
        with TemporaryDirectory() as folder:
            unpacked = unpack(Path(path), name, Path(folder), sources.MAX_BYTES)
            check_first_bytes(path, SHAPEFILE, unpacked)
            meta, wkb, columns = _read(path, unpacked, None, encoding)
    else:
        meta, wkb, columns = _read(path, Path(path), name, encoding)
    geometries = shapely.from_wkb(wkb, on_invalid="ignore")
    crs = meta["crs"]
    if crs is None and driver_of(path) == "GeoJSON":
        crs = "OGC:CRS84"
    if crs is None and coord_type is None:
        raise NoCrs(path=path)
    geometries = transform_geometry(geometries, crs, coord_type)
    _check_degrees(path, geometries)
    names = tuple(str(field) for field in meta["fields"])
    fields = {
        field: _values(column, str(kind))
        for field, column, kind in zip(names, columns, meta["ogr_types"], strict=True)
    }
    return Layer(name, names, fields, geometries.tolist(), _short_name(crs))


def write_layer(
    path: str | Path,
    geometries: Sequence[BaseGeometry | None],
    fields: Mapping[str, Sequence[Any]],
    *,
    layer: str | None = None,
    append: bool = False,
) -> None:
    """Write n geometries (EPSG:4490 degrees) with their fields, in the format the suffix names.

    A file of that name is replaced, unless `append` is set: then the layer is added, or its rows
    are, where the format can (several layers: GeoPackage). GeoJSON is written by RFC 7946, with 12
    decimals; Shapefile in UTF-8, with its .cpg. Raises UnsafePath, UnknownFormat,
    MismatchedLengths, BadFieldName, Unwritable.
    """
    driver, target = driver_of(path), safe(path)
    for field, values in fields.items():
        if len(values) != len(geometries):
            raise MismatchedLengths(field=field, values=len(values), geometries=len(geometries))
        # GDAL would cut the name, within a character too, and fail on reading it again.
        if driver == SHAPEFILE and (len(field) > _SHAPEFILE_NAME or not field.isascii()):
            raise BadFieldName(field=field)
    shapes = np.empty(len(geometries), dtype=object)
    shapes[:] = list(geometries)
    options: dict[str, Any] = {"encoding": "UTF-8"} if driver == SHAPEFILE else {}
    if driver == "GeoJSON":
        options |= {"RFC7946": "YES", "COORDINATE_PRECISION": "12"}
    try:
        if not append:
            Path(target).unlink(missing_ok=True)
        pyogrio.raw.write(
            target,
            shapely.to_wkb(shapes),
            [_column(values) for values in fields.values()],
            np.array(list(fields), dtype=object),
            layer=layer,
            driver=driver,
            geometry_type=_geometry_type(shapes),
            crs="OGC:CRS84" if driver == "GeoJSON" else CGCS2000,
            append=append,
            **options,
        )
    except _GDAL_ERRORS as error:
        raise Unwritable(path=path, reason=error) from error


def _layers(path: str | Path, file: Path) -> list[str]:
    try:
        with _no_warnings():
            found = [str(name) for name in pyogrio.list_layers(file)[:, 0]]
    except _GDAL_ERRORS as error:
        raise Unreadable(path=path, reason=error) from error
    if not found:
        raise EmptyLayer(path=path)
    return found


def _read(
    path: str | Path, file: Path, name: str | None, encoding: str | None
) -> tuple[Any, Any, Any]:
    if driver_of(path) == SHAPEFILE and encoding is None:
        encoding = dbf.encoding_of(file)
    try:
        with _no_warnings():
            count = pyogrio.read_info(file, layer=name, force_feature_count=True)["features"]
            if count > MAX_FEATURES:
                raise TooManyFeatures(path=path, count=count, limit=MAX_FEATURES)
            meta, _, wkb, columns = pyogrio.raw.read(
                file, layer=name, encoding=encoding, force_2d=True, datetime_as_string=True
            )
    except (*_GDAL_ERRORS, LookupError) as error:
        raise Unreadable(path=path, reason=error) from error
    if wkb is None or len(wkb) == 0:
        raise EmptyLayer(path=path)
    return meta, wkb, columns


@contextmanager
def _no_warnings() -> Iterator[None]:
    """What GDAL warns of (an open ring, a missing .prj) is found out and named here anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _check_degrees(path: str | Path, geometries: Any) -> None:
    """Metres in a file that says degrees (or nothing) must not pass for a place."""
    xy = shapely.get_coordinates(geometries)
    wrong = (np.abs(xy[:, 0]) > 180.0) | (np.abs(xy[:, 1]) > 90.0)
    if wrong.any():
        x, y = xy[int(np.flatnonzero(wrong)[0])].tolist()
        raise NotDegrees(path=path, x=x, y=y)


def _short_name(crs: str | None) -> str | None:
    if crs is None:
        return None
    try:
        known = pyproj.CRS.from_user_input(crs)
    except CRSError:
        return crs
    authority = known.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(known.name)


def _geometry_type(shapes: Any) -> str:
    kinds = {shape.geom_type for shape in shapes if shape is not None}
    if len(kinds) == 1:
        return str(kinds.pop())
    return "MultiPolygon" if kinds == {"Polygon", "MultiPolygon"} else "Unknown"


def _column(values: Sequence[Any]) -> Any:
    for kind, dtype in ((bool, np.bool_), (int, np.int64), (float, np.float64)):
        if len(values) and all(type(value) is kind for value in values):
            return np.array(values, dtype=dtype)
    column = np.empty(len(values), dtype=object)
    column[:] = [None if value is None else str(value) for value in values]
    return column


def _values(column: Any, kind: str) -> list[Any]:
    """Python values; None where the file has none."""
    values: list[Any] = [None if value != value else value for value in column.tolist()]
    if kind in ("OFTInteger", "OFTInteger64"):
        # One missing value makes the whole column floats, and a code would end in ".0".
        return [None if value is None else int(value) for value in values]
    return values
