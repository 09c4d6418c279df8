"""Which encoding a Shapefile's text is in, when it does not say."""

import zipfile
from pathlib import Path

_LANGUAGE_BYTE = 29  # of the header; 0 = says nothing, 0x57 = "ANSI", which says nothing either


def encoding_of(path: Path, layer: str) -> str | None:
    """None where the file says it (a .cpg beside it, or its language byte), else a guess.

    The guess is UTF-8 where the whole .dbf reads as UTF-8, else GB 18030, which holds CP936 (GBK):
    a Shapefile without .cpg from a Chinese office is in it, and GDAL would read it as Latin-1.
    """
    said, table = _read(path, layer)
    if said or table is None or len(table) <= _LANGUAGE_BYTE:
        return None
    if table[_LANGUAGE_BYTE] not in (0x00, 0x57):
        return None
    try:
        table[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def _read(path: Path, layer: str) -> tuple[bool, bytes | None]:
    """Whether there is a .cpg, and the bytes of the .dbf (None where there is none)."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            by_name = {Path(name).name.lower(): name for name in archive.namelist()}
            table = by_name.get(f"{layer.lower()}.dbf")
            said = f"{layer.lower()}.cpg" in by_name
            return said, archive.read(table) if table else None
    files = {file.name.lower(): file for file in path.parent.iterdir()}
    found = files.get(f"{path.stem.lower()}.dbf")
    return f"{path.stem.lower()}.cpg" in files, found.read_bytes() if found else None
