"""Recordings: taken by content, bounded, and without what says where they were made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.storage import content
from gridgov.storage.audio import MAX_AUDIO_BYTES, kind_of_sound, without_place

LIMIT = 20_000_000


def box(kind: bytes, inner: bytes) -> bytes:
    return (8 + len(inner)).to_bytes(4, "big") + kind + inner


def mp4(handler: bytes = b"soun", brand: bytes = b"mp42") -> bytes:
    place = box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7+29.8805+121.4905/"))
    media = box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12)))
    return (
        box(b"ftyp", brand + bytes(4) + b"isom")
        + box(b"moov", box(b"trak", media) + place)
        + box(b"mdat", b"udta sound " * 20)
    )


WEBM = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
SOUNDS = {
    "audio/webm": WEBM + b"\x86\x86A_OPUS" + bytes(200),
    "audio/ogg": b"OggS\0\x02" + bytes(22) + b"OpusHead" + bytes(200),
    "audio/mp4": mp4(),
    "audio/amr": b"#!AMR\n" + bytes(200),
    "audio/mpeg": b"\xff\xfb\x90\x44" + bytes(400),
}


@pytest.mark.parametrize("kind", SOUNDS)
def test_a_recording_is_known_by_its_content(kind: str) -> None:
    cleaned = content.clean(SOUNDS[kind], kind, max_bytes=LIMIT)
    assert (cleaned.media_type, cleaned.contradicted) == (kind, False)
    assert cleaned.proposed_place is None


@pytest.mark.parametrize(
    "film", [WEBM + b"\x86\x85V_VP8" + bytes(200), mp4(b"vide"), WEBM.replace(b"webm", b"mkv!")]
)
def test_a_film_is_not_taken(film: bytes) -> None:
    with pytest.raises(content.FileKindRefused):
        content.clean(film, "audio/webm", max_bytes=LIMIT)


def test_a_recording_keeps_no_place() -> None:
    kept = content.clean(mp4(), max_bytes=LIMIT).data
    assert b"29.8805" not in kept
    assert len(kept) == len(mp4())
    # What is sound stays as it is, whatever it looks like.
    assert kept.endswith(box(b"mdat", b"udta sound " * 20))
    tagged = b"ID3\x04\0\0\0\0\0\x0bGPS 29.8805" + SOUNDS["audio/mpeg"]
    assert content.clean(tagged, max_bytes=LIMIT).data == SOUNDS["audio/mpeg"]


def test_more_than_a_minute_is_refused() -> None:
    with pytest.raises(content.RecordingTooLong):
        content.clean(SOUNDS["audio/amr"] + bytes(MAX_AUDIO_BYTES), max_bytes=LIMIT)


@pytest.mark.parametrize("empty", [b"#!AMR\n", b"ID3\x04\0\0\0\0\0\x05abcde"])
def test_nothing_to_hear_is_refused(empty: bytes) -> None:
    with pytest.raises(content.RecordingUnreadable):
        content.clean(empty, max_bytes=LIMIT)


@given(st.sampled_from(sorted(SOUNDS)), st.binary(max_size=60), st.integers(0, 260))
def test_damage_is_no_crash(kind: str, noise: bytes, at: int) -> None:
    data = SOUNDS[kind][:at] + noise + SOUNDS[kind][at + len(noise) :]
    found = kind_of_sound(data)
    assert len(without_place(data, found or kind)) <= len(data)
