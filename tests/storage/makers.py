"""Real files of every kind, made here, good and bad."""

import zlib
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

OFD_XML = """<?xml version="1.0" encoding="UTF-8"?>
<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.1" DocType="OFD">
  <ofd:DocBody><ofd:DocInfo><ofd:DocID>1</ofd:DocID></ofd:DocInfo>
  <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>
</ofd:OFD>"""


def picture(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Left half red, right half blue, so that turning it shows."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    return image.convert(mode)


def photo(kind: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
    if isinstance(options.get("exif"), Image.Exif):
        options["exif"] = options["exif"].tobytes()  # HEIC is only turned by bytes
    out = BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def exif(
    gps: dict[int, Any] | None = None, orientation: int = 1, maker: str = "PRIVATE-CAMERA"
) -> Image.Exif:
    tags = Image.Exif()
    tags[0x010F] = maker
    tags[0x0112] = orientation
    if gps is not None:
        tags[0x8825] = gps
    return tags


def gps(longitude: Any, latitude: Any, east: Any = "E", north: Any = "N") -> dict[int, Any]:
    return {1: north, 2: latitude, 3: east, 4: longitude}


def pdf(catalogue: dict[str, Any] | None = None, pages: int = 1, **encrypt: Any) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    for key, value in (catalogue or {}).items():
        writer.root_object[NameObject(key)] = value
    if encrypt:
        writer.encrypt(**encrypt)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def action(kind: str, **entries: str) -> DictionaryObject:
    made = DictionaryObject({NameObject("/S"): NameObject(kind)})
    for key, value in entries.items():
        made[NameObject(f"/{key}")] = TextStringObject(value)
    return made


def array(*parts: Any) -> ArrayObject:
    return ArrayObject(parts)


def packed_pdf(inner: bytes, copies: int = 1) -> bytes:
    """A PDF whose object 4 lies compressed in an object stream, as modern writers do it.

    Each further copy is a stream of which the table says that it holds one more object.
    """
    out = bytearray(b"%PDF-1.7\n")
    places: dict[int, tuple[int, int, int]] = {4: (2, 5, 0)}

    def add(number: int, body: bytes) -> None:
        places[number] = (1, len(out), 0)
        out.extend(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def stream(entries: bytes, data: bytes) -> bytes:
        small = zlib.compress(data, 9)
        head = b"<< %s /Filter /FlateDecode /Length %d >>" % (entries, len(small))
        return head + b"\nstream\n" + small + b"\nendstream"

    add(1, b"<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>")
    add(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    add(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
    for number in [5, *range(7, 6 + copies)]:
        add(number, stream(b"/Type /ObjStm /N 1 /First 4", b"4 0 " + inner))
        places.setdefault(number + copies, (2, number, 0))
    places[6] = (1, len(out), 0)
    count = max(places) + 1
    rows = (places.get(n, (0, 0, 0)) for n in range(count))
    table = b"".join(a.to_bytes(1) + b.to_bytes(4) + c.to_bytes(2) for a, b, c in rows)
    start = len(out)
    entries = b"/Type /XRef /W [1 4 2] /Size %d /Root 1 0 R" % count
    out.extend(b"6 0 obj\n" + stream(entries, table) + b"\nendobj\n")
    out.extend(b"startxref\n%d\n%%%%EOF\n" % start)
    return bytes(out)


def package(entries: dict[str, bytes | str]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def ofd(more: dict[str, bytes | str] | None = None, xml: str = OFD_XML) -> bytes:
    return package({"OFD.xml": xml, "Doc_0/Document.xml": "<Document/>", **(more or {})})
