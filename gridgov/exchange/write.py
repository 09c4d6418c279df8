"""Batches written as a file, through GDAL or as a table; in bounded memory."""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from gridgov.exchange import flatgeobuf, sheets
from gridgov.exchange.datum import Datum
from gridgov.exchange.formats import CP936, UTF8, Format
from gridgov.exchange.layers import BATCH, POINT, TEXT, TIME, WKB, Layer, Source
from gridgov.exchange.refusals import ExportBroken
from gridgov.exchange.styles import add_styles

GEOMETRY = "geom"
DBF_TEXT = 254  # bytes
# What QGIS 3.22 and its GDAL read without a warning; nothing newer is used.
DATASET = {"gpkg": {"VERSION": "1.3"}}
_GDAL_ERRORS = (DataSourceError, DataLayerError, FieldError, GeometryError, OSError)
_WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Way:
    """How a file is to be written."""

    form: Format
    datum: Datum
    zone: ZoneInfo
    encoding: str = UTF8  # of a Shapefile


def write(path: Path, sources: Sequence[Source], way: Way, progress: Progress) -> int:
    """Write layers to a file that is not there yet; returns how many rows they have.

    `progress` is told how many are done. Raises ExportBroken, TooManyRows.
    """
    done = 0

    def told(batches: Iterator[Any]) -> Iterator[Any]:
        nonlocal done
        for batch in batches:
            done += batch.num_rows
            yield batch
            progress(done)

    read = [(source.layer, told(source.batches()), source.count) for source in sources]
    if way.form.name == "csv":
        layer, batches, _ = read[0]
        sheets.write_csv(path, layer, batches, way.datum, way.zone)
    elif way.form.name == "xlsx":
        sheets.write_xlsx(path, read, way.datum, way.zone)
    elif way.form.name == "shp":
        _zipped(path, read[0][0], read[0][1], way)
    else:
        for number, (layer, batches, count) in enumerate(read):
            boxes = Boxes(layer, count) if way.form.name == "fgb" else None
            _through_gdal(path, layer, batches, way, append=number > 0, boxes=boxes)
            if boxes:
                _indexed(path, boxes)
        if way.form.name == "gpkg":
            add_styles(path, [layer for layer, _, _ in read], GEOMETRY)
    return done


def _indexed(path: Path, boxes: Boxes) -> None:
    try:
        flatgeobuf.index(path, boxes.found)
    except (flatgeobuf.NotIndexed, OSError) as error:
        raise ExportBroken from error


def placed(batch: Any, layer: Layer, datum: Datum) -> Any:
    """Return the geometries of a batch in the datum, as WKB."""
    if layer.geometry == POINT:
        lon = batch.column("lon").to_numpy(zero_copy_only=False).astype("f8")
        lat = batch.column("lat").to_numpy(zero_copy_only=False).astype("f8")
        return _points(*datum.points(lon, lat))
    shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
    return pa.array(shapely.to_wkb(datum.shapes(shapes)), type=WKB)


class Boxes:
    """What the index of a FlatGeobuf is made of: the extents of all rows, in the file's datum."""

    def __init__(self, layer: Layer, count: int) -> None:
        self._point = layer.geometry == POINT
        self._made = np.empty((count, 2 if self._point else 4))
        self._rows = 0

    @property
    def found(self) -> Any:
        """West, south, east and north of each, or x and y of a point; NaN without a place."""
        return self._made[: self._rows]

    def add(self, wkb: Any) -> None:
        """Add the rows of a batch."""
        ends = self._rows + len(wkb)
        if ends > len(self._made):  # written meanwhile, by others
            more = np.empty((max(BATCH, len(wkb)), self._made.shape[1]))
            self._made = np.concatenate([self.found, more])
        if self._point:
            raw = np.frombuffer(wkb.buffers()[2], _WKB_POINT, len(wkb), wkb.offset)
            self._made[self._rows : ends] = np.column_stack((raw["x"], raw["y"]))
        else:
            shapes = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False))
            self._made[self._rows : ends] = shapely.bounds(shapes)
        self._rows = ends


def _points(x: Any, y: Any) -> Any:
    raw = np.zeros(len(x), dtype=_WKB_POINT)
    raw["order"], raw["type"], raw["x"], raw["y"] = 1, 1, x, y
    known = np.isfinite(x) & np.isfinite(y)
    offsets = np.arange(len(x) + 1, dtype="<i4") * _WKB_POINT.itemsize
    bits = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    buffers = [bits, pa.py_buffer(offsets.tobytes()), pa.py_buffer(raw.tobytes())]
    return pa.Array.from_buffers(WKB, len(x), buffers)


def _through_gdal(
    path: Path,
    layer: Layer,
    batches: Iterator[Any],
    way: Way,
    *,
    append: bool = False,
    boxes: Boxes | None = None,
) -> None:
    short = way.form.name == "shp"
    # These formats have no time of their own, or GDAL does not write it there.
    text_times = way.form.name in ("shp", "kml")
    fields = [
        pa.field(f.short if short else f.name, TEXT if text_times and f.type == TIME else f.type)
        for f in layer.fields
    ]
    schema = pa.schema([*fields, pa.field(GEOMETRY, WKB)])

    def made() -> Iterator[Any]:
        for batch in batches:
            columns = []
            for field in layer.fields:
                column = batch.column(field.name)
                if text_times and field.type == TIME:
                    column = sheets.local_text(column, way.zone)
                if short and field.written:
                    column = _cut(column, way.encoding)
                columns.append(column)
            columns.append(placed(batch, layer, way.datum))
            if boxes:
                boxes.add(columns[-1])
            yield pa.record_batch(columns, schema=schema)

    try:
        with warnings.catch_warnings():
            # Where no CRS can say the datum, the name of the file does.
            warnings.simplefilter("ignore")
            pyogrio.raw.write_arrow(
                pa.RecordBatchReader.from_batches(schema, made()),
                path,
                layer=layer.name,
                driver=way.form.driver,
                geometry_name=GEOMETRY,
                geometry_type=layer.geometry,
                crs=_crs(way),
                encoding=way.encoding.upper() if short else None,
                append=append,
                dataset_options=DATASET.get(way.form.name) if not append else None,
                layer_options=_options(layer, way),
            )
    except _GDAL_ERRORS as error:
        raise ExportBroken from error


def _crs(way: Way) -> str | None:
    if way.form.name == "geojson":
        return "OGC:CRS84" if way.datum.crs else None
    return "EPSG:4326" if way.form.name == "kml" else way.datum.crs


def _options(layer: Layer, way: Way) -> dict[str, str]:
    said = f"{layer.name}: {way.datum.said}"
    if way.form.name == "geojson":
        precision = "9" if layer.geometry == POINT else "12"
        options = {"COORDINATE_PRECISION": precision, "WRITE_BBOX": "YES"}
        return options | ({"RFC7946": "YES"} if way.datum.crs else {"DESCRIPTION": said})
    if way.form.name == "gpkg":
        return {"DESCRIPTION": said, "GEOMETRY_NAME": GEOMETRY}
    if way.form.name == "fgb":
        return {"DESCRIPTION": said, "TITLE": layer.name, "SPATIAL_INDEX": "NO"}
    if way.form.name == "kml":
        return {"NameField": layer.fields[0].name}
    return {}


def _cut(column: Any, encoding: str) -> Any:
    """Cut texts to what a field of a Shapefile holds, never within a character."""
    if (pc.max(pc.binary_length(column)).as_py() or 0) <= DBF_TEXT and encoding != CP936:
        return column
    cut = [
        None
        if text is None
        else text.encode(encoding, "replace")[:DBF_TEXT].decode(encoding, "ignore")
        for text in column.to_pylist()
    ]
    return pa.array(cut, type=TEXT)


def _zipped(path: Path, layer: Layer, batches: Iterator[Any], way: Way) -> None:
    with TemporaryDirectory(dir=path.parent) as folder:
        base = Path(folder) / layer.name
        _through_gdal(base.with_suffix(".shp"), layer, batches, way)
        with base.with_suffix(".fields.csv").open("w", encoding="utf-8-sig", newline="") as file:
            key = csv.writer(file)
            key.writerow(["short", "name", "datum"])
            key.writerows((field.short, field.name, way.datum.name) for field in layer.fields)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
