"""Tables for offices: CSV that Excel opens, and XLSX. No cell of them is ever a formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import shapely
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from gridgov.exchange.datum import Datum
from gridgov.exchange.layers import POINT, REAL, TEXT, TIME, Layer
from gridgov.exchange.refusals import TooManyRows

BOM = b"\xef\xbb\xbf"
MOST_ROWS = 1_048_575  # of a sheet, below its head
# What Excel, WPS and LibreOffice take for the beginning of a formula, blanks before it or not.
FORMULA = r"^[\s\p{Z}]*[=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
DAY_S = 86_400
SHAPE = "WKT"
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"


def local_times(column: Any, zone: ZoneInfo) -> Any:
    """Return instants as local times without a zone, whatever time zones the system knows."""
    micros = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
    known = np.isfinite(micros)
    seconds = np.where(known, micros, 0) // 1_000_000
    # A zone's offset changes at whole hours: one look at the calendar for each hour there is.
    hours, place = np.unique(seconds // 3600, return_inverse=True)
    offsets = np.array([_offset(int(hour), zone) for hour in hours.tolist()], dtype="i8")
    local = ((seconds + offsets[place]) * 1_000_000).astype("i8")
    return pa.array(local, mask=~known).cast(pa.timestamp("us"))


def _offset(hour: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def local_text(column: Any, zone: ZoneInfo) -> Any:
    """Return instants as local times in words: 2026-03-03 10:00:00."""
    return pc.strftime(local_times(column, zone).cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S")


def harmless(column: Any) -> Any:
    """Put an apostrophe before what would be a formula."""
    risky = pc.match_substring_regex(column, FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def write_csv(
    path: Path, layer: Layer, batches: Iterator[Any], datum: Datum, zone: ZoneInfo
) -> None:
    """Write UTF-8 with a BOM; times are local, coordinates named by their datum."""
    names = [field.name for field in layer.fields]
    kinds = [TEXT if field.type == TIME else field.type for field in layer.fields]
    place = _place_names(layer, datum)
    kinds += [REAL, REAL] if layer.geometry == POINT else [TEXT]
    schema = pa.schema(list(zip([*names, *place], kinds, strict=True)))
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    with path.open("wb") as file:
        file.write(BOM + ",".join(schema.names).encode() + b"\n")
        with pacsv.CSVWriter(file, schema, write_options=options) as writer:
            for batch in batches:
                columns = []
                for field in layer.fields:
                    column = batch.column(field.name)
                    if field.type == TIME:
                        column = local_text(column, zone)
                    elif field.type == TEXT:
                        column = harmless(column)
                    columns.append(column)
                columns += _places(batch, layer, datum)
                writer.write_batch(pa.record_batch(columns, schema=schema))


def write_xlsx(
    path: Path,
    read: Sequence[tuple[Layer, Iterator[Any], int]],
    datum: Datum,
    zone: ZoneInfo,
) -> None:
    """Write a sheet for each layer, with a frozen head; numbers and times are real ones."""
    if any(count > MOST_ROWS for _, _, count in read):
        raise TooManyRows
    book = Workbook(write_only=True)
    for layer, batches, _ in read:
        sheet = book.create_sheet(layer.name)
        sheet.freeze_panes = "A2"
        names = [field.name for field in layer.fields] + _place_names(layer, datum)
        head = [WriteOnlyCell(sheet, value=name) for name in names]
        for cell in head:
            cell.font = Font(bold=True)
        sheet.append(head)
        for batch in batches:
            columns = [
                local_times(batch.column(field.name), zone)
                if field.type == TIME
                else batch.column(field.name)
                for field in layer.fields
            ]
            columns += _places(batch, layer, datum)
            for row in zip(*(column.to_pylist() for column in columns), strict=True):
                sheet.append([safe_cell(sheet, value) for value in row])
    book.save(path)


def safe_cell(sheet: Any, value: Any) -> Any:
    """Return a cell that is never a formula."""
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = TIME_FORMAT
        return cell
    if isinstance(value, str):
        # Characters that XML cannot hold would break the file.
        cell = WriteOnlyCell(sheet, value="".join(c for c in value if c >= " " or c in "\t\n"))
        cell.data_type = "s"
        if value[:1] in "=+-@":
            cell.quotePrefix = True
        return cell
    return value


def _place_names(layer: Layer, datum: Datum) -> list[str]:
    if layer.geometry != POINT:
        return [SHAPE]
    east, north = ("lon", "lat") if datum.degrees else ("x", "y")
    return [f"{east}_{datum.name}", f"{north}_{datum.name}"]


def _places(batch: Any, layer: Layer, datum: Datum) -> list[Any]:
    if layer.geometry == POINT:
        lon = batch.column("lon").to_numpy(zero_copy_only=False).astype("f8")
        lat = batch.column("lat").to_numpy(zero_copy_only=False).astype("f8")
        digits = 9 if datum.degrees else 4
        both = (np.round(part, digits) for part in datum.points(lon, lat))
        return [pa.array(part, type=REAL, mask=~np.isfinite(part)) for part in both]
    shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
    text = shapely.to_wkt(datum.shapes(shapes), rounding_precision=12 if datum.degrees else 4)
    return [pa.array(text, type=TEXT)]
