"""Which path may be handed to GDAL, and how much of it.

GDAL opens far more than files: web addresses, databases, archives within archives, and text files
that point to any of these (a .vrt by another name). So a path must be plain, its suffix known, its
first bytes those of the format that the suffix names, and its size bounded.
"""

import re
import zipfile
from pathlib import Path, PurePosixPath

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


def sources(path: str | Path) -> list[str]:
    """What GDAL may open for `path`: itself, or each Shapefile in the archive.

    Raises UnsafePath, UnknownFormat, FileMissing, FileTooLarge, Unreadable.
    """
    text, driver = safe(path), driver_of(path)
    file = Path(text)
    if not file.is_file():
        raise FileMissing(path=text)
    if text.lower().endswith(".zip"):
        return _archived(file)
    if (size := file.stat().st_size) > MAX_BYTES:
        raise FileTooLarge(path=text, size=size, limit=MAX_BYTES)
    with file.open("rb") as stream:
        _check_first_bytes(text, driver, stream.read(64))
    return [text]


def _archived(file: Path) -> list[str]:
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MAX_BYTES:
                raise FileTooLarge(path=file, size=size, limit=MAX_BYTES)
            inside = [
                name
                for name in archive.namelist()
                # What macOS adds beside each file only looks like one.
                if name.lower().endswith(".shp") and not PurePosixPath(name).name.startswith("._")
            ]
            for name in inside:
                if ".." in PurePosixPath(name).parts:
                    raise UnsafePath(path=name)
                with archive.open(name) as stream:
                    _check_first_bytes(f"{file}/{name}", SHAPEFILE, stream.read(64))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(path=file, reason=error) from error
    if not inside:
        raise Unreadable(path=file, reason="no .shp in the archive")
    return [f"/vsizip/{{{file.resolve()}}}/{name}" for name in inside]


def _check_first_bytes(path: str, driver: str, first: bytes) -> None:
    if not _FIRST_BYTES[driver].match(first):
        raise Unreadable(path=path, reason=f"not a {driver} file")
