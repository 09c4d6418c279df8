"""Which path may be handed to GDAL, and how much of it.

GDAL opens far more than files: web addresses, databases, archives within archives, and text files
that point to any of these (a .vrt by another name). So a path must be plain, its suffix known, its
first bytes those of the format that the suffix names, and its size bounded.
"""

import re
from pathlib import Path

from geo.errors import FileMissing, FileTooLarge, UnknownFormat, Unreadable, UnsafePath

MAX_BYTES = 1 << 30  # of a file, or of what an archive unpacks to
SHAPEFILE = "ESRI Shapefile"
DRIVERS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GPKG",
    ".fgb": "FlatGeobuf",
    ".shp": SHAPEFILE,
    ".shp.zip": SHAPEFILE,
    ".zip": SHAPEFILE,
}
_FIRST_BYTES = {
    "GeoJSON": re.compile(rb"(\xef\xbb\xbf)?\s*\{"),
    "GPKG": re.compile(rb"SQLite format 3\0"),
    "FlatGeobuf": re.compile(rb"fgb.fgb", re.DOTALL),
    SHAPEFILE: re.compile(rb"\0\0\x27\x0a"),
}


def safe(path: str | Path) -> str:
    """`path` as text, if it is a plain local one. Raises UnsafePath."""
    text = str(path)
    # Prefixes such as PG: or GPKG: name a driver; one letter and a colon is a disk on Windows.
    if text.startswith("/vsi") or "://" in text or "\0" in text or re.match(r"[A-Za-z]\w+:", text):
        raise UnsafePath(path=text)
    return text


def driver_of(path: str | Path) -> str:
    """GDAL's name of the format that the suffix names. Raises UnknownFormat."""
    name = Path(path).name.lower()
    for suffix in sorted(DRIVERS, key=len, reverse=True):
        if name.endswith(suffix):
            return DRIVERS[suffix]
    raise UnknownFormat(path=path, known=", ".join(DRIVERS))


def is_archive(path: str | Path) -> bool:
    """Whether the suffix says that Shapefiles are zipped in there."""
    return str(path).lower().endswith(".zip")


def checked(path: str | Path) -> Path:
    """The file, if it is one that may be read: plain, known, there, and not too large.

    Raises UnsafePath, UnknownFormat, FileMissing, FileTooLarge, Unreadable.
    """
    text, driver = safe(path), driver_of(path)
    file = Path(text)
    if not file.is_file():
        raise FileMissing(path=text)
    if (size := file.stat().st_size) > MAX_BYTES:
        raise FileTooLarge(path=text, size=size, limit=MAX_BYTES)
    if not is_archive(text):
        check_first_bytes(path, driver, file)
    return file


def check_first_bytes(path: str | Path, driver: str, file: Path) -> None:
    """Refuse a `file` (named `path` to the user) that is not what its name says: Unreadable."""
    with file.open("rb") as stream:
        if not _FIRST_BYTES[driver].match(stream.read(64)):
            raise Unreadable(path=path, reason=f"not a {driver} file")
