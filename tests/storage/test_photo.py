"""Photos: what the camera wrote beside the picture is read once and gone."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from gridgov.storage import content

from . import makers

LIMIT = 20_000_000
CHURCH = makers.gps((121.0, 30.0, 0.0), (29.0, 52.0, 48.0))


def clean(data: bytes, declared: str | None = None) -> content.Cleaned:
    return content.clean(data, declared, max_bytes=LIMIT)


def opened(cleaned: content.Cleaned) -> Image.Image:
    return Image.open(BytesIO(cleaned.data))


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/jpeg"),
        ("PNG", "RGBA", "image/jpeg"),  # nothing can be seen through
        ("PNG", "P", "image/jpeg"),
        ("PNG", "1", "image/jpeg"),
        ("WEBP", "RGB", "image/jpeg"),
        ("HEIF", "RGB", "image/jpeg"),
    ],
)
def test_every_kind_is_written_anew(kind: str, mode: str, media_type: str) -> None:
    cleaned = clean(makers.photo(kind, makers.picture(mode)))
    assert (cleaned.media_type, cleaned.extension) == (media_type, ".jpg")
    assert (cleaned.width, cleaned.height) == (64, 48) == opened(cleaned).size
    assert cleaned.proposed_place is None


@pytest.mark.parametrize(("kind", "expected"), [("PNG", "PNG"), ("WEBP", "WEBP"), ("HEIF", "JPEG")])
def test_what_can_be_seen_through_stays_so_where_the_format_allows(
    kind: str, expected: str
) -> None:
    image = makers.picture("RGBA")
    image.putalpha(100)
    cleaned = clean(makers.photo(kind, image))
    assert opened(cleaned).format == expected
    assert cleaned.extension == {"PNG": ".png", "WEBP": ".webp", "JPEG": ".jpg"}[expected]
    assert opened(cleaned).has_transparency_data == (expected != "JPEG")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("alpha", [False, True])
def test_nothing_beside_the_pixels_survives(kind: str, alpha: bool) -> None:
    image = makers.picture("RGBA" if alpha and kind != "JPEG" else "RGB")
    if image.mode == "RGBA":
        image.putalpha(100)
    secret: dict[str, Any] = {"exif": makers.exif(CHURCH), "icc_profile": b"PRIVATE-PROFILE" * 20}
    if kind == "JPEG":
        secret["comment"] = b"PRIVATE-COMMENT"
    if kind in ("JPEG", "WEBP", "HEIF"):
        secret["xmp"] = b"<x:xmpmeta>PRIVATE-XMP</x:xmpmeta>"
    if kind == "PNG":
        secret["pnginfo"] = PngImagePlugin.PngInfo()
        secret["pnginfo"].add_text("Comment", "PRIVATE-TEXT")
    data = makers.photo(kind, image, **secret) + b"PRIVATE-TAIL" * (kind != "WEBP")
    assert b"PRIVATE" in data
    cleaned = clean(data)
    for word in (b"PRIVATE", b"Exif", b"eXIf", b"EXIF", b"xmp", b"XMP", b"ICC", b"iCCP"):
        assert word not in cleaned.data
    with opened(cleaned) as again:
        assert not dict(again.getexif())
        assert not {"exif", "xmp", "comment", "icc_profile"} & set(again.info)
    assert cleaned.proposed_place == pytest.approx((121.5, 29.88))


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        (makers.gps((121.0, 30.0, 36.0), (29.0, 52.5, 0.0)), (121.51, 29.875)),
        (makers.gps((73.0, 59.0, 0.0), (40.0, 45.0, 0.0), "W"), (-73.98333, 40.75)),
        (makers.gps((70.0, 39.0, 0.0), (33.0, 27.0, 0.0), "W", "S"), (-70.65, -33.45)),
        ({**CHURCH, 18: "WGS-84"}, (121.5, 29.88)),
        ({**CHURCH, 18: "GCJ-02"}, None),  # another datum: 500 m off, so no place at all
        (makers.gps((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), None),  # no fix
        (makers.gps((181.0, 0.0, 0.0), (29.0, 0.0, 0.0)), None),
        (makers.gps((121.0, 0.0, 0.0), (91.0, 0.0, 0.0)), None),
        (makers.gps((121.0, 30.0, 0.0), (29.0, 52.0, 48.0), east=""), None),
        ({2: (29.0, 52.0, 48.0), 4: (121.0, 30.0, 0.0)}, None),  # of which hemisphere?
        ({1: "N", 3: "E"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_place_that_a_camera_wrote(gps: Any, expected: tuple[float, float] | None) -> None:
    cleaned = clean(makers.photo(exif=makers.exif(gps)))
    if expected is None:
        assert cleaned.proposed_place is None
    else:
        assert cleaned.proposed_place == pytest.approx(expected, abs=1e-5)


def test_a_place_divided_by_zero_is_none() -> None:
    data = makers.photo(exif=makers.exif(CHURCH))
    thirty_seconds = struct.pack("<II", 30, 1)
    big = struct.pack(">II", 30, 1)
    broken = data.replace(thirty_seconds, struct.pack("<II", 30, 0))
    broken = broken.replace(big, struct.pack(">II", 30, 0))
    assert broken != data
    assert clean(broken).proposed_place is None


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_cost_the_photo() -> None:
    data = makers.photo(exif=b"Exif\0\0II*\0\xff\xff\xff\x7f garbage")
    cleaned = clean(data)
    assert cleaned.proposed_place is None
    assert cleaned.width == 64


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_photos_come_back_upright(kind: str) -> None:
    data = makers.photo(kind, exif=makers.exif(orientation=6))
    with opened(clean(data)) as image:
        assert image.size == (48, 64)
        red, _, blue = image.convert("RGB").getpixel((24, 4))  # type: ignore[misc]
        assert red > 200 > 60 > blue  # what lay left is on top


def test_long_photos_are_scaled_down() -> None:
    cleaned = clean(makers.photo(image=makers.picture(size=(6000, 1500))))
    assert (cleaned.width, cleaned.height) == (2560, 640) == opened(cleaned).size
    thin = clean(makers.photo("PNG", makers.picture(size=(9000, 1))))
    assert (thin.width, thin.height) == (2560, 1)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    image = Image.new("I;16", (8, 8), 32_896)
    grey = opened(clean(makers.photo("PNG", image))).getpixel((4, 4))
    assert isinstance(grey, int | float)
    assert abs(grey - 128) < 4


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_film_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (64, 48), "green")]
    data = makers.photo(kind, makers.picture(), save_all=True, append_images=frames)
    if kind == "GIF":
        with pytest.raises(content.FileKindRefused):
            clean(data)
        return
    with opened(clean(data)) as image:
        assert getattr(image, "n_frames", 1) == 1
        red, green, _ = image.convert("RGB").getpixel((5, 20))  # type: ignore[misc]
        assert red > 200 > 60 > green


def test_a_telephone_that_puts_two_photos_in_one_file() -> None:
    data = makers.photo("MPO", makers.picture(), save_all=True, append_images=[makers.picture()])
    with opened(clean(data)) as image:
        assert (image.format, image.size) == ("JPEG", (64, 48))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.filterwarnings("ignore:Image size")
@pytest.mark.parametrize("side", [7_072, 12_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    with pytest.raises(content.PhotoTooManyPixels, match="50 million") as refused:
        clean(b"\x89PNG\r\n\x1a\n" + header + body)
    assert refused.value.field == "file"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_half_a_photo_is_refused(kind: str, part: float) -> None:
    noise = Image.effect_noise((200, 150), 80).convert("RGB")
    data = makers.photo(kind, noise)
    with pytest.raises(content.PhotoUnreadable) as refused:
        clean(data[: int(len(data) * part)])
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    "head",
    [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP", b"\0\0\0\x18ftypheic"],
)
@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>" * 9, bytes(300), b"PK\x03\x04" * 50])
def test_the_head_of_a_photo_makes_none(head: bytes, tail: bytes) -> None:
    with pytest.raises(content.PhotoUnreadable, match="JPEG, PNG, WebP or HEIC"):
        clean(head + tail, "image/jpeg")
