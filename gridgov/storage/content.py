"""What a file is, by its content; and what may be kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from gridgov.storage.audio import EXTENSIONS, MAX_AUDIO_BYTES, kind_of_sound, without_place
from gridgov.storage.ofd import check_ofd
from gridgov.storage.pdf import check_pdf
from gridgov.storage.photo import MAX_PIXELS, Place, clean_photo
from gridgov.storage.refusals import (
    FileKindRefused,
    FileTooLarge,
    OfdUnreadable,
    PdfActive,
    PdfLocked,
    PdfUnreadable,
    PhotoTooManyPixels,
    PhotoUnreadable,
    RecordingTooLong,
    RecordingUnreadable,
)

__all__ = [
    "Cleaned",
    "FileKindRefused",
    "FileTooLarge",
    "OfdUnreadable",
    "PdfActive",
    "PdfLocked",
    "PdfUnreadable",
    "PhotoTooManyPixels",
    "PhotoUnreadable",
    "RecordingTooLong",
    "RecordingUnreadable",
    "clean",
    "recognise",
]

PHOTOS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
WRITTEN = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
}
HEIF_BRANDS = {
    *(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
    *(b"mif1", b"mif2", b"msf1"),
}
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "application/x-pdf": "application/pdf",
    "application/vnd.ofd": "application/ofd",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/aac": "audio/mp4",
    "video/webm": "audio/webm",  # what some browsers call a recording without a picture
    "video/mp4": "audio/mp4",
    "application/ogg": "audio/ogg",
}
SHORTEST_RECORDING = 32  # bytes: any header and a frame
SAYS_NOTHING = {"", "application/octet-stream", "binary/octet-stream"}


@dataclass(frozen=True)
class Cleaned:
    """A file as it may be kept.

    extension: with its dot.
    proposed_place: longitude, latitude (WGS 84) that the camera had written into a photo. It is
        in no byte of `data`: what the reporter does not take over is gone.
    width, height: pixels of a photo; None for a document.
    contradicted: the sender declared another type than the content has. Harmless in itself
        (phones do it), and worth a line in the log.
    """

    data: bytes
    media_type: str
    extension: str
    proposed_place: Place | None = None
    width: int | None = None
    height: int | None = None
    contradicted: bool = False


def recognise(data: bytes) -> str:
    """The media type that the first bytes claim. Raises: FileKindRefused."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "image/heic"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return "application/ofd"
    if sound := kind_of_sound(data):
        return sound
    raise FileKindRefused(field="file")


def clean(
    data: bytes,
    declared_type: str | None = None,
    *,
    max_bytes: int,
    max_pixels: int = MAX_PIXELS,
) -> Cleaned:
    """Checks a file by its content and returns what may be kept of it.

    Photos come back upright, at most 2560 pixels long, without any metadata, as JPEG unless they
    can be seen through. A film gives its first frame. PDF and OFD come back byte for byte.

    Raises: the leaves of BadInput in `refusals`, each with field "file"; nothing else.
    """
    if len(data) > max_bytes:
        raise FileTooLarge(field="file", megabytes=f"{max_bytes / 1_000_000:g}")
    found = recognise(data)
    contradicted = _contradicts(declared_type, found)
    if found in EXTENSIONS:
        return Cleaned(_recording(data, found), found, EXTENSIONS[found], contradicted=contradicted)
    if found == "application/pdf":
        check_pdf(data)
        return Cleaned(data, found, ".pdf", contradicted=contradicted)
    if found == "application/ofd":
        check_ofd(data)
        return Cleaned(data, found, ".ofd", contradicted=contradicted)
    photo = clean_photo(data, PHOTOS[found], max_pixels)
    media_type, extension = WRITTEN[photo.format]
    return Cleaned(
        photo.data,
        media_type,
        extension,
        photo.place,
        photo.width,
        photo.height,
        contradicted,
    )


def _recording(data: bytes, kind: str) -> bytes:
    if len(data) > MAX_AUDIO_BYTES:
        raise RecordingTooLong(field="file", megabytes=f"{MAX_AUDIO_BYTES / 1_000_000:g}")
    kept = without_place(data, kind)
    if len(kept) < SHORTEST_RECORDING:
        raise RecordingUnreadable(field="file")
    return kept


def _contradicts(declared: str | None, found: str) -> bool:
    essence = (declared or "").partition(";")[0].strip().lower()
    return essence not in SAYS_NOTHING and ALIASES.get(essence, essence) != found
