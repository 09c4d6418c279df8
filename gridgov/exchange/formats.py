"""The formats of files, and what each can hold."""

from __future__ import annotations

from dataclasses import dataclass

from gridgov.exchange.datum import Datum
from gridgov.exchange.refusals import DatumNotInFormat, FormatUnknown

UTF8, CP936 = "utf-8", "cp936"
ENCODINGS = (UTF8, CP936)


@dataclass(frozen=True)
class Format:
    """A format by its name in addresses; `driver` is GDAL's, none where we write ourselves."""

    name: str
    suffix: str
    media_type: str
    driver: str | None = None
    several: bool = False  # layers in one file
    wgs84_only: bool = False  # by its own rules
    says_crs: bool = True


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("geojson", ".geojson", "application/geo+json", "GeoJSON", wgs84_only=True),
        Format("gpkg", ".gpkg", "application/geopackage+sqlite3", "GPKG", several=True),
        Format("fgb", ".fgb", "application/flatgeobuf", "FlatGeobuf"),
        Format("shp", ".shp.zip", "application/zip", "ESRI Shapefile"),
        Format("kml", ".kml", "application/vnd.google-earth.kml+xml", "KML", wgs84_only=True),
        Format("csv", ".csv", "text/csv; charset=utf-8", says_crs=False),
        Format(
            "xlsx",
            ".xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            several=True,
            says_crs=False,
        ),
    )
}


def read_format(name: str) -> Format:
    """Return a format by its name. Raises FormatUnknown."""
    found = FORMATS.get(name.lower())
    if found is None:
        raise FormatUnknown(field="format", name=name[:20], known=", ".join(FORMATS))
    return found


def by_suffix(file_name: str) -> Format:
    """Return the format that a file's name says. Raises FormatUnknown."""
    name = file_name.lower()
    for one in FORMATS.values():
        if name.endswith((one.suffix, "." + one.name)):
            return one
    raise FormatUnknown(name=name[-20:], known=", ".join(f.suffix for f in FORMATS.values()))


def check(form: Format, datum: Datum) -> None:
    """Refuse a datum that a format cannot hold. Raises DatumNotInFormat.

    GCJ-02 and BD-09 are for web maps, which take GeoJSON in them; its name says so.
    """
    if not form.wgs84_only or datum.crs in ("EPSG:4326", "EPSG:4490"):
        return
    if datum.crs is None and form.name == "geojson":
        return
    raise DatumNotInFormat(field="datum", format=form.name, datum=datum.name)


def file_name(layers: str, form: Format, datum: Datum) -> str:
    """Return a file's name, which says the datum where the file itself does not."""
    told = form.says_crs and datum.crs is not None
    return f"{layers}{'' if told else '_' + datum.name}{form.suffix}"
