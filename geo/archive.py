"""Shapefiles in a .zip archive: which there are, and unpacking one.

GDAL could open archives itself, but it and the programs that write them disagree on how names are
encoded (GBK on Chinese Windows), and it would trust an archive's own word on its size. So the
members are matched and unpacked here, under plain names.
"""

import lzma
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from geo.errors import FileTooLarge, NoLayer, Unreadable

_WANTED = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_BLOCK = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,  # encrypted
    NotImplementedError,  # an unknown way of compressing
    ValueError,
)
_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field: version, CRC of the plain name, name in UTF-8


def shapefiles(path: Path, limit: int) -> dict[str, dict[str, zipfile.ZipInfo]]:
    """Each Shapefile's name with its members by suffix, in the archive's order.

    Raises Unreadable, and FileTooLarge beyond `limit` bytes unpacked.
    """
    found: dict[str, dict[str, zipfile.ZipInfo]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                name = PurePosixPath(_name(member))
                # What macOS adds beside each file only looks like one.
                if name.suffix.lower() in _WANTED and not name.name.startswith("._"):
                    found.setdefault(str(name.with_suffix("")), {})[name.suffix.lower()] = member
    except _BROKEN as error:
        raise Unreadable(path=path, reason=error) from error
    size = sum(member.file_size for members in found.values() for member in members.values())
    if size > limit:
        raise FileTooLarge(path=path, size=size, limit=limit)
    named = {
        PurePosixPath(key).name: members for key, members in found.items() if ".shp" in members
    }
    if not named:
        raise Unreadable(path=path, reason="no .shp in the archive")
    return named


def unpack(path: Path, layer: str, folder: Path, limit: int) -> Path:
    """Unpack one Shapefile into `folder`; returns its .shp. Raises also NoLayer."""
    found = shapefiles(path, limit)
    if layer not in found:
        raise NoLayer(path=path, layer=layer, layers=", ".join(found))
    written = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for suffix, member in found[layer].items():
                with archive.open(member) as packed, (folder / f"map{suffix}").open("wb") as plain:
                    while block := packed.read(_BLOCK):
                        written += len(block)
                        if written > limit:
                            raise FileTooLarge(path=path, size=written, limit=limit)
                        plain.write(block)
    except _BROKEN as error:
        raise Unreadable(path=path, reason=error) from error
    return folder / "map.shp"


def _name(member: zipfile.ZipInfo) -> str:
    """The member's name as it was meant."""
    if member.flag_bits & _UTF8_FLAG:
        return member.filename
    extra = member.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == _UNICODE_PATH:
            return extra[9 : 4 + length].decode("utf-8", errors="replace")
        extra = extra[4 + length :]
    # Without a word on the encoding Python takes CP437, which keeps every byte.
    plain = member.filename.encode("cp437", errors="replace")
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("gb18030", errors="replace")
