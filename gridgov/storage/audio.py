"""Recordings: what kind by content, and nothing in them but sound, and no place.

Browsers record WebM (Chromium, Firefox), MP4 (Safari) or Ogg; WeChat hands over AMR or MP3.
Container layouts: RFC 9559 (Matroska), ISO/IEC 14496-12 (MP4), RFC 3533 (Ogg), RFC 4867 (AMR).
"""

from __future__ import annotations

import re

MAX_AUDIO_BYTES = 6_000_000  # a minute of the least thrifty codec
HEAD = 4096
EXTENSIONS = {
    "audio/webm": ".webm",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/amr": ".amr",
}
MP4_BRANDS = {b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6"}
HOLDERS, WRITTEN = (b"moov", b"trak", b"mdia"), (b"udta", b"meta", b"uuid")
FRAME_OF_MP3 = re.compile(rb"\xff[\xf2\xf3\xfa\xfb]")
HANDLER = re.compile(rb"hdlr.{8}(soun|vide)", re.DOTALL)
OGG_SOUND = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")


def kind_of_sound(data: bytes) -> str | None:
    """Return the media type of a recording, None where this is none; a film is none."""
    head = data[:HEAD]
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "audio/webm" if b"webm" in head[:64] and b"V_" not in head else None
    if head.startswith(b"OggS"):
        return "audio/ogg" if any(mark in head[:96] for mark in OGG_SOUND) else None
    if head[4:8] == b"ftyp" and head[8:12] in MP4_BRANDS:
        handlers = set(HANDLER.findall(data))
        return "audio/mp4" if b"soun" in handlers and b"vide" not in handlers else None
    if head.startswith(b"#!AMR"):
        return "audio/amr"
    if head.startswith(b"ID3") or FRAME_OF_MP3.match(head):
        return "audio/mpeg"
    return None


def without_place(data: bytes, kind: str) -> bytes:
    """Return a recording without what could say where or by whom it was made; same length or less.

    A tag in front of MP3 goes; boxes of user data in MP4 become free space, so that offsets stay.
    """
    if kind == "audio/mpeg" and data.startswith(b"ID3") and len(data) > 10:
        # Four bytes of seven bits each (ID3v2, 3.1).
        size = 0
        for byte in data[6:10]:
            size = size << 7 | byte & 127
        return data[10 + size :]
    if kind != "audio/mp4":
        return data
    kept = bytearray(data)
    _blank(kept, 0, len(kept))
    return bytes(kept)


def _blank(kept: bytearray, at: int, stop: int) -> None:
    """Make free space of the boxes that hold what users write, from `at` to `stop`."""
    while at + 8 <= stop:
        size = int.from_bytes(kept[at : at + 4], "big") or stop - at
        if size == 1:
            size = int.from_bytes(kept[at + 8 : at + 16], "big")
        if size < 8 or at + size > stop:
            return
        kind = bytes(kept[at + 4 : at + 8])
        if kind in WRITTEN:
            kept[at + 4 : at + size] = b"free" + bytes(size - 8)
        elif kind in HOLDERS:
            _blank(kept, at + 8, at + size)
        at += size
