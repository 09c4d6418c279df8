"""Which encoding a Shapefile's text is in, when it does not say."""

from glob import escape
from pathlib import Path

_HEADER = 32
_LANGUAGE_BYTE = 29  # of the header; 0 = says nothing, 0x57 = "ANSI", which says nothing either
_LOOK_AT = 4 << 20  # bytes


def encoding_of(shapefile: Path) -> str | None:
    """None where the file says it (a .cpg beside it, or its language byte), else a guess.

    The guess is UTF-8 where the text reads as UTF-8, else GB 18030, which contains GBK (CP936):
    that is what an office in China writes without a .cpg, and GDAL would read it as Latin-1.
    """
    beside = {
        file.suffix.lower(): file for file in shapefile.parent.glob(f"{escape(shapefile.stem)}.*")
    }
    if ".cpg" in beside or ".dbf" not in beside:
        return None
    with beside[".dbf"].open("rb") as stream:
        table = stream.read(_LOOK_AT)
    if len(table) <= _HEADER or table[_LANGUAGE_BYTE] not in (0x00, 0x57):
        return None
    text = table[_HEADER:]
    high = sum(byte >= 0x80 for byte in text)
    # A field of fixed width may cut a character in two, so a few bytes may fail.
    kept = text.decode("utf-8", errors="ignore").encode("utf-8")
    lost = len(text) - len(kept)
    return "UTF-8" if lost * 10 <= high else "GB18030"
