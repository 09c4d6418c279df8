"""What is taken and what is not, whatever it calls itself."""

import struct
import time
import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import DictionaryObject, NameObject

from gridgov.errors import BadInput
from gridgov.storage import content, ofd, pdf

from . import makers

LIMIT = 20_000_000
HEADS = [
    *(b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    *(b"RIFF\x10\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypmif1", b"PK\x03\x04"),
    *(b"%PDF-1.7\n", b"%PDF-1.4\n1 0 obj\n<<", b"%PDF-1.4\ntrailer << /Root 1 0 R >>\n"),
]
GOOD = {
    "jpeg": makers.photo("JPEG", exif=makers.exif(makers.gps((1.0, 2.0, 3.0), (1.0, 2.0, 3.0)))),
    "png": makers.photo("PNG"),
    "webp": makers.photo("WEBP"),
    "heic": makers.photo("HEIF"),
    "pdf": makers.pdf(),
    "packed": makers.packed_pdf(b"[3 0 R /Fit]"),
    "ofd": makers.ofd(),
}


def clean(data: bytes, declared: str | None = None) -> content.Cleaned:
    return content.clean(data, declared, max_bytes=LIMIT)


@pytest.mark.parametrize("name", ["pdf", "packed", "ofd"])
def test_documents_are_kept_byte_for_byte(name: str) -> None:
    kind = "ofd" if name == "ofd" else "pdf"
    expected = content.Cleaned(GOOD[name], f"application/{kind}", f".{kind}")
    assert clean(GOOD[name]) == expected


@pytest.mark.parametrize(
    ("declared", "contradicted"),
    [
        *((None, False), ("", False), ("application/octet-stream", False)),
        *(("image/jpeg", False), ("IMAGE/JPG; q=1", False)),
        *(("text/html", True), ("application/pdf", True)),
    ],
)
def test_content_wins_over_what_is_declared(declared: str | None, contradicted: bool) -> None:
    cleaned = clean(GOOD["jpeg"], declared)
    assert (cleaned.media_type, cleaned.contradicted) == ("image/jpeg", contradicted)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"#!/bin/sh\nrm -rf /\n",
        b"GIF89a\x01\0\x01\0",
        b"BM" + bytes(60),
        b"MZ" + bytes(60),
        b"\0\0\0\x18ftypavif" + bytes(60),
        b"\0\0\0\x18ftypisom" + bytes(60),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60),
        b" " + GOOD["pdf"],
        b"GIF89a" + GOOD["ofd"],
        makers.package({"a.txt": "a"}),
        makers.package({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}),
        makers.package({"inside/OFD.xml": makers.OFD_XML}),
        makers.ofd({"[Content_Types].xml": "<x/>"}),
        makers.ofd({"META-INF/MANIFEST.MF": ""}),
        makers.ofd({"Doc_0/Attachs/run.JS": ""}),
        makers.ofd(xml="<OFD/>"),
        makers.ofd(xml="<a xmlns='http://www.ofdspec.org/2016'><OFD/></a>"),
    ],
)
@pytest.mark.parametrize("declared", ["image/jpeg", "application/pdf", None])
def test_everything_else_is_refused(data: bytes, declared: str | None) -> None:
    with pytest.raises(content.FileKindRefused, match=r"JPEG, PNG, WebP or HEIC.*PDF.*OFD") as no:
        clean(data, declared)
    assert no.value.field == "file"


def test_too_large() -> None:
    with pytest.raises(content.FileTooLarge, match=r"at most 1\.5 MB") as refused:
        content.clean(bytes(1_500_001), max_bytes=1_500_000)
    assert refused.value.field == "file"
    assert content.clean(GOOD["jpeg"], max_bytes=len(GOOD["jpeg"])).width == 64


SCRIPT = makers.action("/JavaScript", JS="app.alert(1)")


@pytest.mark.parametrize(
    "catalogue",
    [
        {"/OpenAction": SCRIPT},
        {"/OpenAction": makers.action("/Launch", F="cmd.exe")},
        {"/OpenAction": makers.action("/Rendition", JS="app.alert(1)")},
        {"/AA": DictionaryObject({NameObject("/WC"): SCRIPT})},
        {"/Names": DictionaryObject({NameObject("/JavaScript"): DictionaryObject()})},
        {"/Names": DictionaryObject({NameObject("/EmbeddedFiles"): DictionaryObject()})},
        {"/Deep": makers.array(makers.array(makers.array(SCRIPT)))},
        {"/AcroForm": DictionaryObject({NameObject("/XFA"): makers.array()})},
        {"/AF": makers.array(DictionaryObject({NameObject("/EF"): DictionaryObject()}))},
    ],
)
def test_a_pdf_that_does_something_is_refused(catalogue: dict[str, Any]) -> None:
    with pytest.raises(content.PdfActive) as refused:
        clean(makers.pdf(catalogue))
    assert refused.value.field == "file"


def test_a_pdf_cannot_hide_what_it_does() -> None:
    spelled = makers.pdf({"/OpenAction": SCRIPT})
    plain = makers.pdf()
    older = makers.pdf({"/OpenAction": SCRIPT}) + plain[len(b"%PDF-1.3\n") :]
    cases = [
        spelled.replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS", b"/J#53"),
        makers.packed_pdf(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"),
        makers.packed_pdf(b"<< /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>"),
        makers.packed_pdf(b"/Launch"),
        plain + b"\n9 0 obj\n<< /S /Launch >>\nendobj\n",
        older,
    ]
    for data in cases:
        with pytest.raises(content.PdfActive):
            clean(data)


def test_a_locked_pdf_is_refused() -> None:
    for password in ("", "secret"):
        locked = makers.pdf(user_password=password, owner_password="owner", algorithm="AES-256")
        with pytest.raises(content.PdfLocked):
            clean(locked)


def test_a_broken_pdf_is_refused() -> None:
    whole = makers.pdf(pages=3)
    for data in (b"%PDF-1.7\n", whole[:100], b"%PDF-1.7\n<html>", makers.pdf(pages=0)):
        with pytest.raises(content.PdfUnreadable):
            clean(data)


def test_a_pdf_with_links_and_fonts_is_taken() -> None:
    link = makers.action("/URI", URI="https://example.org/")
    assert clean(makers.pdf({"/OpenAction": link}, pages=40)).extension == ".pdf"


def test_a_pdf_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(content.PdfUnreadable):
        clean(makers.packed_pdf(b" " * 6_000_000 + b"null"))
    monkeypatch.setattr(pdf, "MAX_UNPACKED", 3_000_000)
    with pytest.raises(content.PdfUnreadable):
        clean(makers.packed_pdf(b" " * 1_000_000 + b"null", copies=5))


def test_a_pdf_that_keeps_the_parser_busy_is_refused() -> None:
    # The length of each of many streams lies nowhere, so the whole file is searched for it.
    body = b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n" + b"% 1 2 \n" * 300_000
    rows = [b"0000000000 65535 f \n", b"0000000009 00000 n \n"]
    for number in range(2, 2000):
        rows.append(b"%010d 00000 n \n" % len(body))
        length = 100_000 + number
        body += b"%d 0 obj\n<< /Length %d 0 R >>\nstream\nx\nendstream\nendobj\n" % (number, length)
    table = b"xref\n0 2000\n" + b"".join(rows) + b"trailer << /Size 2000 /Root 1 0 R >>\n"
    data = body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)
    began = time.thread_time()
    with pytest.raises(content.PdfUnreadable):
        pdf.check_pdf(data, max_seconds=1)
    assert 0.9 < time.thread_time() - began < 5


def test_too_many_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_OBJECTS", 10)
    with pytest.raises(content.PdfUnreadable):
        clean(makers.pdf(pages=20))


def entry(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = kind << 16
    return info


def with_entry(info: zipfile.ZipInfo, data: bytes = b"x") -> bytes:
    out = BytesIO(GOOD["ofd"])
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(info, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["../evil.xml", "/etc/x.xml", "a/../../b.xml", "C:/x.xml", "a\\..\\b.xml"]
)
def test_an_ofd_stays_inside_itself(name: str) -> None:
    with pytest.raises(content.OfdUnreadable):
        clean(with_entry(entry(name, 0o100644)))


def test_an_ofd_holds_files_and_folders_only() -> None:
    assert clean(with_entry(entry("Doc_0/Res/", 0o040755), b"")).extension == ".ofd"
    with pytest.raises(content.OfdUnreadable):
        clean(with_entry(entry("Doc_0/link.xml", 0o120777), b"/etc/passwd"))
    packed = zipfile.ZipInfo("Doc_0/x.xml")
    packed.compress_type = zipfile.ZIP_LZMA
    with pytest.raises(content.OfdUnreadable):
        clean(with_entry(packed))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = with_entry(entry("OFD.xml", 0o100644))
    with pytest.raises(content.OfdUnreadable):
        clean(twice)


def test_an_ofd_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(content.OfdUnreadable):
        clean(makers.ofd({"Doc_0/bomb.xml": bytes(ofd.MAX_UNPACKED)}))
    with pytest.raises(content.OfdUnreadable):
        clean(makers.ofd(xml=makers.OFD_XML + " " * ofd.MAX_XML))
    monkeypatch.setattr(ofd, "MAX_ENTRIES", 9)
    with pytest.raises(content.OfdUnreadable):
        clean(makers.ofd({f"Doc_0/{n}.xml": "" for n in range(8)}))


def test_an_ofd_that_lies_of_its_size_is_refused() -> None:
    data = makers.ofd({"Doc_0/bomb.xml": bytes(90_000_000)})
    lie = data.replace(struct.pack("<I", 90_000_000), struct.pack("<I", 9))
    assert lie != data
    with pytest.raises(content.OfdUnreadable):
        clean(lie)


@pytest.mark.parametrize(
    "xml",
    [
        "<!DOCTYPE x [<!ENTITY a 'b'>]>" + makers.OFD_XML.partition("?>")[2],
        makers.OFD_XML.replace("Doc_0/Document.xml", "Doc_9/Document.xml"),
        makers.OFD_XML.replace("DocRoot", "DocTree"),
        makers.OFD_XML[:-9],
        "",
    ],
)
def test_an_ofd_needs_a_sound_beginning(xml: str) -> None:
    with pytest.raises(content.OfdUnreadable):
        clean(makers.ofd(xml=xml))


@given(st.sampled_from(HEADS), st.binary(max_size=400), st.sampled_from(["image/jpeg", None]))
@settings(max_examples=400, deadline=None)
def test_arbitrary_bytes_are_refused_and_nothing_else_happens(
    head: bytes, tail: bytes, declared: str | None
) -> None:
    with pytest.raises(BadInput) as refused:
        clean(head + tail, declared)
    assert refused.value.field == "file"


@given(
    st.sampled_from(sorted(GOOD)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0.3, 1),
)
@settings(max_examples=300, deadline=None)
def test_a_good_file_spoiled_is_cleaned_or_refused(
    name: str, spoils: list[tuple[float, int]], part: float
) -> None:
    data = bytearray(GOOD[name])
    for where, value in spoils:
        data[int(where * len(data))] = value
    try:
        cleaned = clean(bytes(data[: int(len(data) * part) + 1]))
    except BadInput as refused:
        assert refused.field == "file"
    else:
        assert cleaned.data
