"""Which encoding a Shapefile's text is in, when it does not say."""

import zipfile
from pathlib import Path

_HEADER = 32
_LANGUAGE_BYTE = 29  # of the header; 0 = says nothing, 0x57 = "ANSI", which says nothing either
_LOOK_AT = 4 << 20  # bytes


def encoding_of(path: Path, source: str) -> str | None:
    """None where the file says it (a .cpg beside it, or its language byte), else a guess.

    `source` names the .shp within a zipped `path`. The guess is UTF-8 where the text reads as
    UTF-8, else GB 18030, which contains GBK (CP936): that is what an office in China writes without
    a .cpg, and GDAL would read it as Latin-1.
    """
    said, table = _zipped(path, source) if path.suffix.lower() == ".zip" else _beside(path)
    if said or len(table) <= _HEADER or table[_LANGUAGE_BYTE] not in (0x00, 0x57):
        return None
    text = table[_HEADER:]
    high = sum(byte >= 0x80 for byte in text)
    # A field of fixed width may cut a character in two, so a few bytes may fail.
    kept = text.decode("utf-8", errors="ignore").encode("utf-8")
    lost = len(text) - len(kept)
    return "UTF-8" if lost * 10 <= high else "GB18030"


def _zipped(path: Path, source: str) -> tuple[bool, bytes]:
    """Whether there is a .cpg, and the first bytes of the .dbf (none where there is no .dbf)."""
    with zipfile.ZipFile(path) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        stem = source.rpartition("}/")[2].lower().removesuffix(".shp")
        if f"{stem}.dbf" not in names:
            return False, b""
        with archive.open(names[f"{stem}.dbf"]) as stream:
            return f"{stem}.cpg" in names, stream.read(_LOOK_AT)


def _beside(path: Path) -> tuple[bool, bytes]:
    files = {file.name.lower(): file for file in path.parent.iterdir()}
    table = files.get(f"{path.stem.lower()}.dbf")
    if table is None:
        return False, b""
    with table.open("rb") as stream:
        return f"{path.stem.lower()}.cpg" in files, stream.read(_LOOK_AT)
