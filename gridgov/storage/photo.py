"""Photos: decoded, turned upright, scaled down and written anew, so nothing hidden survives."""

from __future__ import annotations

from io import BytesIO
from math import isfinite
from typing import Any, NamedTuple

from PIL import Image, ImageOps
from PIL.ExifTags import GPS, IFD
from pillow_heif import register_heif_opener

from gridgov.storage.refusals import PhotoTooManyPixels, PhotoUnreadable

MAX_PIXELS = 50_000_000
LONG_SIDE = 2560
QUALITY = 85

Place = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""

DATUMS = {"", "WGS84", "WGS1984", "CGCS2000"}  # the last is taken as equal to WGS 84

# Opens nothing by itself: each photo below is decoded by the one decoder that its content names.
register_heif_opener()


class Photo(NamedTuple):
    """A photo without metadata, and the place that the camera had written into the original."""

    data: bytes
    format: str
    width: int
    height: int
    place: Place | None


def clean_photo(data: bytes, decoder: str, max_pixels: int = MAX_PIXELS) -> Photo:
    """Writes a photo anew. `decoder` is Pillow's name of its format.

    Raises: PhotoTooManyPixels, PhotoUnreadable.
    """
    try:
        with Image.open(BytesIO(data), formats=[decoder]) as image:
            # Known from the header, before a single pixel takes memory.
            if image.width * image.height > max_pixels:
                raise _too_many(max_pixels)
            return _anew(image, decoder)
    except PhotoTooManyPixels:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many(max_pixels) from None
    except Exception:
        # Decoders answer hostile bytes with errors of any class.
        raise PhotoUnreadable(field="file") from None


def _too_many(max_pixels: int) -> PhotoTooManyPixels:
    return PhotoTooManyPixels(field="file", megapixels=max_pixels // 1_000_000)


def _anew(image: Image.Image, decoder: str) -> Photo:
    if decoder == "JPEG":
        # It can be decoded at an eighth to a half: less memory for what is scaled down anyway.
        # (HEIC would give an embedded thumbnail instead, which may show something else.)
        image.draft(None, (LONG_SIDE, LONG_SIDE))
    image.load()
    place = _place(image)
    plain = _plain(_upright(image))
    plain.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    target = {"PNG": "PNG", "WEBP": "WEBP"}.get(decoder, "JPEG")
    if plain.mode != "RGBA":
        target = "JPEG"
    elif target == "JPEG":
        plain = Image.alpha_composite(Image.new("RGBA", plain.size, "white"), plain).convert("RGB")
    # Comments and colour profiles would be written out again from here.
    plain.info = {}
    out = BytesIO()
    options = {} if target == "PNG" else {"quality": QUALITY}
    plain.save(out, target, **options)
    return Photo(out.getvalue(), target, plain.width, plain.height, place)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        # Broken EXIF says nothing of the pixels.
        return image


def _plain(image: Image.Image) -> Image.Image:
    """Grey, RGB, or RGBA where something can indeed be seen through."""
    if image.mode.startswith("I"):
        # 16 bits of grey; converting at once would cut off all but the darkest 256 shades.
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        opaque = clear.getchannel("A").getextrema() == (255, 255)
        return clear.convert("RGB") if opaque else clear
    return image.copy() if image.mode in ("L", "RGB") else image.convert("RGB")


def _place(image: Image.Image) -> Place | None:
    """Where the camera says it was; None where it says nothing usable."""
    try:
        gps = image.getexif().get_ifd(IFD.GPSInfo)
        datum = str(gps.get(GPS.GPSMapDatum, ""))
        if "".join(c for c in datum.upper() if c.isalnum()) not in DATUMS:
            return None
        longitude = _degrees(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef], "EW")
        latitude = _degrees(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef], "NS")
    except Exception:
        # Many cameras write broken EXIF; the photo is no worse for it.
        return None
    if not (isfinite(longitude) and isfinite(latitude)):
        return None
    # Cameras without a fix write zeros.
    if (longitude, latitude) == (0, 0) or abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return longitude, latitude


def _degrees(parts: Any, side: Any, sides: str) -> float:
    """Degrees from up to three parts of sixty; negative on the second of `sides`."""
    letter = side.decode("ascii") if isinstance(side, bytes) else str(side)
    sign = (1, -1)[sides.index(letter.strip("\0 ").upper()[0])]
    return sign * sum(float(part) / 60.0**i for i, part in enumerate(parts))
