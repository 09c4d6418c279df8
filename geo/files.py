"""Map files in and out, through GDAL: GeoJSON, GeoPackage, FlatGeobuf, Shapefile (zipped too).

What comes in is brought to CGCS2000 longitude/latitude in degrees (EPSG:4490, longitude first),
two dimensions; what goes out says so.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry.base import BaseGeometry

from geo import dbf
from geo.datum import CGCS2000, CoordType, transform_geometry
from geo.errors import (
    ArchiveTooLarge,
    EmptyLayer,
    FileMissing,
    MismatchedLengths,
    NoCrs,
    NoLayer,
    TooManyFeatures,
    UnknownFormat,
    Unreadable,
    UnsafePath,
    Unwritable,
)

MAX_FEATURES = 1_000_000
MAX_UNPACKED = 1 << 30  # bytes
DRIVERS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GPKG",
    ".fgb": "FlatGeobuf",
    ".shp": "ESRI Shapefile",
    ".shp.zip": "ESRI Shapefile",
    ".zip": "ESRI Shapefile",
}


@dataclass(frozen=True)
class Layer:
    """One layer: n geometries (None where a feature has none) and, per field, n values.

    `source_crs` is what the file said before everything was brought to EPSG:4490.
    """

    name: str
    names: tuple[str, ...]
    fields: dict[str, list[Any]]
    geometries: list[BaseGeometry | None]
    source_crs: str | None


def list_layers(path: str | Path) -> list[str]:
    """The names of a file's layers. Raises what `read_layer` raises about the file."""
    source = _source(path)
    try:
        return [str(name) for name in pyogrio.list_layers(source)[:, 0]]
    except (DataSourceError, DataLayerError) as error:
        raise Unreadable(path=path, reason=error) from error


def read_layer(
    path: str | Path,
    layer: str | None = None,
    *,
    coord_type: CoordType | str | None = None,
    encoding: str | None = None,
) -> Layer:
    """Read one layer (the first by default) and bring it to EPSG:4490.

    The file's own CRS is honoured; `coord_type` names a datum that no CRS can say (gcj02, bd09), or
    the one of a file that says none. `encoding` is for a Shapefile that says none and whose text
    is neither UTF-8 nor GB 18030.

    Raises UnsafePath, FileMissing, UnknownFormat, ArchiveTooLarge, Unreadable, NoLayer, EmptyLayer,
    TooManyFeatures, NoCrs, UnknownCrs, CannotTransform.
    """
    source = _source(path)
    layers = list_layers(path)
    if layer is not None and layer not in layers:
        raise NoLayer(path=path, layer=layer, layers=", ".join(layers))
    if not layers:
        raise EmptyLayer(path=path)
    name = layer if layer is not None else layers[0]
    if _driver(path) == "ESRI Shapefile" and encoding is None:
        encoding = dbf.encoding_of(Path(path), name)
    try:
        count = pyogrio.read_info(source, layer=name, force_feature_count=True)["features"]
        if count > MAX_FEATURES:
            raise TooManyFeatures(path=path, count=count, limit=MAX_FEATURES)
        meta, _, wkb, columns = pyogrio.raw.read(
            source, layer=name, encoding=encoding, force_2d=True, datetime_as_string=True
        )
        geometries = shapely.from_wkb(wkb) if wkb is not None else np.empty(0, dtype=object)
    except (DataSourceError, DataLayerError, UnicodeError, shapely.errors.ShapelyError) as error:
        raise Unreadable(path=path, reason=error) from error
    if len(geometries) == 0:
        raise EmptyLayer(path=path)
    crs = meta["crs"]
    if crs is None and _driver(path) == "GeoJSON":
        crs = "OGC:CRS84"
    if crs is None and coord_type is None:
        raise NoCrs(path=path)
    geometries = transform_geometry(geometries, crs, coord_type)
    names = tuple(str(field) for field in meta["fields"])
    fields = {
        n: [_plain(v) for v in column.tolist()] for n, column in zip(names, columns, strict=True)
    }
    return Layer(name, names, fields, geometries.tolist(), crs)


def write_layer(
    path: str | Path,
    geometries: Sequence[BaseGeometry | None],
    fields: Mapping[str, Sequence[Any]],
    *,
    layer: str | None = None,
    append: bool = False,
) -> None:
    """Write n geometries (EPSG:4490 degrees) with their fields, in the format the suffix names.

    GeoJSON is written as RFC 7946 asks, with every digit a double needs; text in UTF-8. Several
    layers in one file need GeoPackage and `append`. Raises UnsafePath, UnknownFormat,
    MismatchedLengths, Unwritable.
    """
    driver = _driver(path)
    target = _safe(path)
    for field, values in fields.items():
        if len(values) != len(geometries):
            raise MismatchedLengths(field=field, values=len(values), geometries=len(geometries))
    shapes = np.empty(len(geometries), dtype=object)
    shapes[:] = list(geometries)
    options: dict[str, Any] = {"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {}
    crs = CGCS2000
    if driver == "GeoJSON":
        shapes = shapely.orient_polygons(shapes, exterior_cw=False)
        options |= {"COORDINATE_PRECISION": "15", "WRITE_BBOX": "NO", "RFC7946": "NO"}
        crs = "OGC:CRS84"
    try:
        pyogrio.raw.write(
            target,
            shapely.to_wkb(shapes),
            [_column(values) for values in fields.values()],
            np.array(list(fields), dtype=object),
            layer=layer,
            driver=driver,
            geometry_type=_geometry_type(shapes),
            crs=crs,
            append=append,
            **options,
        )
    except (DataSourceError, DataLayerError, ValueError, OSError) as error:
        raise Unwritable(path=path, reason=error) from error


def _safe(path: str | Path) -> str:
    """GDAL opens the network, archives and databases by name: only plain paths reach it."""
    text = str(path)
    if text.startswith("/vsi") or "://" in text or "\0" in text or re.match(r"[A-Za-z]\w+:", text):
        raise UnsafePath(path=text)
    return text


def _driver(path: str | Path) -> str:
    name = Path(path).name.lower()
    for suffix in sorted(DRIVERS, key=len, reverse=True):
        if name.endswith(suffix):
            return DRIVERS[suffix]
    raise UnknownFormat(path=path, known=", ".join(DRIVERS))


def _source(path: str | Path) -> str:
    text = _safe(path)
    _driver(path)
    if not Path(text).is_file():
        raise FileMissing(path=text)
    if not text.lower().endswith(".zip"):
        return text
    try:
        with zipfile.ZipFile(text) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise Unreadable(path=path, reason=error) from error
    if size > MAX_UNPACKED:
        raise ArchiveTooLarge(path=path, size=size, limit=MAX_UNPACKED)
    return "/vsizip/" + str(Path(text).resolve())


def _geometry_type(shapes: Any) -> str:
    kinds = {shape.geom_type for shape in shapes if shape is not None}
    if len(kinds) == 1:
        return str(kinds.pop())
    return "MultiPolygon" if kinds == {"Polygon", "MultiPolygon"} else "Unknown"


def _column(values: Sequence[Any]) -> Any:
    present = [value for value in values if value is not None]
    for kind, dtype in ((bool, np.bool_), (int, np.int64), (float, np.float64)):
        if present and len(present) == len(values) and all(type(v) is kind for v in present):
            return np.array(values, dtype=dtype)
    column = np.empty(len(values), dtype=object)
    column[:] = [None if value is None else str(value) for value in values]
    return column


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and value != value else value
