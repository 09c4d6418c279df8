"""PDF: kept as it is, once nothing in it runs by itself or hides another file."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from io import BytesIO
from time import thread_time
from typing import Any

from pypdf import PdfReader, apply_configuration
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
)

from gridgov.errors import BadInput
from gridgov.storage.refusals import PdfActive, PdfLocked, PdfUnreadable

# A hostile file can make the parser complain of each of its thousands of objects.
logging.getLogger("pypdf").setLevel(logging.ERROR)

MAX_OBJECTS = 50_000
MAX_UNPACKED = 50_000_000
MAX_SECONDS = 10.0
# Only tables of objects are ever unpacked here, never pages or pictures; those are small.
LIMITS: dict[str, Any] = {
    "zlib_maximum_output_length": 5_000_000,
    "zlib_maximum_recovery_input_length": 10_000,
    "lzw_maximum_output_length": 5_000_000,
    "run_length_maximum_output_length": 5_000_000,
    "brotli_maximum_output_length": 5_000_000,
    "array_based_stream_maximum_output_length": 5_000_000,
    "stream_decoding_work_maximum_length": 20_000_000,
}
# XFA forms carry scripts of their own.
ACTIVE_KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent"}
ACTIVE_NAMES = {"/JavaScript", "/Launch", "/EmbeddedFile", "/RichMedia"}
ACTIVE_WORDS = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?)(?![A-Za-z0-9])")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


class _Watched(BytesIO):
    """Bytes that can be read for so many seconds of processor time.

    Small files can be made that a parser searches over and over; counting the ways would never
    end, so the time is bounded. It is this thread's own: a busy server refuses nothing more.
    """

    def __init__(self, data: bytes, seconds: float) -> None:
        super().__init__(data)
        self.until = thread_time() + seconds

    def check(self) -> None:
        if thread_time() > self.until:
            raise PdfUnreadable(field="file")

    def read(self, size: int | None = -1, /) -> bytes:
        self.check()
        return super().read(size)

    def getbuffer(self) -> memoryview:
        self.check()
        return super().getbuffer()


def check_pdf(data: bytes, max_seconds: float = MAX_SECONDS) -> None:
    """Raises: PdfUnreadable, PdfLocked, PdfActive."""
    try:
        with apply_configuration(**LIMITS):
            _check(_Watched(data, max_seconds))
    except BadInput:
        raise
    except Exception:
        # A parser answers hostile bytes with errors of any class.
        raise PdfUnreadable(field="file") from None


def _check(file: _Watched) -> None:
    # Also finds what the parser does not: earlier versions, objects that no table lists.
    _refuse_active_words(file.getvalue())
    reader = PdfReader(
        file, root_object_recovery_limit=1_000, xref_stream_maximum_entries=MAX_OBJECTS
    )
    if reader.is_encrypted:
        raise PdfLocked(field="file")
    _refuse_active(reader.trailer)
    # Before the objects: what is unpacked stays in memory, and is bounded here.
    for packed in _packs(reader):
        file.check()
        _refuse_active_words(packed)
    for found in _objects(reader):
        file.check()
        _refuse_active(found)
    pages = reader.root_object["/Pages"]
    if not (isinstance(pages, DictionaryObject) and pages["/Kids"]):
        raise PdfUnreadable(field="file")


def _objects(reader: PdfReader) -> Iterator[Any]:
    """Every object of the file, whether or not a page leads to it."""
    plain = sorted((n, generation) for generation, table in reader.xref.items() for n in table)
    packed = sorted((n, 0) for n in reader.xref_objStm)
    if len(plain) + len(packed) > MAX_OBJECTS:
        raise PdfUnreadable(field="file")
    for number, generation in plain + packed:
        yield reader.get_object(IndirectObject(number, generation, reader))


def _packs(reader: PdfReader) -> Iterator[bytes]:
    """The streams in which other objects lie compressed."""
    unpacked = 0
    for number in sorted({stream for stream, _ in reader.xref_objStm.values()}):
        pack = reader.get_object(number)
        if isinstance(pack, StreamObject):
            data = pack.get_data()
            unpacked += len(data)
            if unpacked > MAX_UNPACKED:
                raise PdfUnreadable(field="file")
            yield data


def _refuse_active(found: Any) -> None:
    """Looks through one object; those it refers to have their own turn."""
    waiting = [found]
    while waiting:
        part = waiting.pop()
        if isinstance(part, DictionaryObject):
            if not ACTIVE_KEYS.isdisjoint(part):
                raise PdfActive(field="file")
            waiting.extend(part.values())
        elif isinstance(part, ArrayObject):
            waiting.extend(part)
        elif isinstance(part, NameObject) and part in ACTIVE_NAMES:
            raise PdfActive(field="file")


def _refuse_active_words(data: bytes) -> None:
    if ACTIVE_WORDS.search(ESCAPE.sub(lambda hit: bytes.fromhex(hit[1].decode()), data)):
        raise PdfActive(field="file")
