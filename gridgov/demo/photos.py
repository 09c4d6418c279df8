"""Pictures for the demonstration: drawn, so that they show nobody and nothing real."""

from __future__ import annotations

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 960, 720
KINDS = 8


def draw(kind: int) -> bytes:
    """Return a JPEG of a street with a lamp, a manhole or a heap; the same for the same kind."""
    rng = Random(kind)  # noqa: S311
    sky = tuple(rng.randint(150, 220) for _ in range(3))
    image = Image.new("RGB", (WIDTH, HEIGHT), sky)
    pen = ImageDraw.Draw(image)
    ground = HEIGHT * 2 // 3
    for left in range(0, WIDTH, 120):
        top = rng.randint(120, 380)
        grey = rng.randint(90, 170)
        pen.rectangle((left, top, left + 110, ground), fill=(grey, grey, grey + 15))
        for x in range(left + 15, left + 95, 30):
            for y in range(top + 20, ground - 30, 45):
                pen.rectangle((x, y, x + 16, y + 24), fill=(235, 225, rng.randint(120, 200)))
    pen.rectangle((0, ground, WIDTH, HEIGHT), fill=(95, 95, 100))
    for x in range(20, WIDTH, 130):
        pen.rectangle((x, HEIGHT - 110, x + 70, HEIGHT - 98), fill=(240, 240, 240))
    x = rng.randint(150, WIDTH - 250)
    if kind % 3 == 0:
        pen.ellipse(
            (x, ground + 60, x + 150, ground + 120), fill=(50, 50, 55), outline=(20, 20, 20)
        )
    elif kind % 3 == 1:
        pen.line((x, ground + 30, x, 160), fill=(40, 40, 45), width=10)
        pen.ellipse((x - 30, 140, x + 30, 180), fill=(70, 70, 60))
    else:
        corners = [(x, ground + 120), (x + 90, ground + 20), (x + 190, ground + 120)]
        pen.polygon(corners, fill=(120, 95, 60))
    pen.text((12, 12), "GridGov demonstration", fill=(60, 60, 60))
    file = BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()
