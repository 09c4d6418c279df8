"""Base maps below ours: 天地图, where the office has a key for it. Pure.

A browser loads the tiles itself, so the pages' Content-Security-Policy must let it: `SOURCES`
belongs in `img-src` and `connect-src`, and only where a key is set.
"""

from __future__ import annotations

from typing import NamedTuple

from gridgov.words import N_

HOST = "https://t{n}.tianditu.gov.cn"
HOSTS = tuple(HOST.format(n=n) for n in range(8))
SOURCES = "https://*.tianditu.gov.cn"
# In Web Mercator, as our own tiles are: rows and columns are those of any web map ({z}/{x}/{y}).
# The set "c", in degrees of CGCS2000, counts them otherwise: two by one at its level 1.
MATRIX_SET = "w"
PROJECTION = "EPSG:3857"
DEEPEST = 18


class BaseLayer(NamedTuple):
    """One layer of WMTS tiles; `url` has {n} for 0 to 7 and {z}, {x}, {y}."""

    key: str
    name: str
    url: str
    attribution: str
    projection: str
    matrix_set: str
    max_zoom: int


LAYERS = (
    ("vec", N_("Streets")),
    ("cva", N_("Names on the street map")),
    ("img", N_("Aerial photo")),
    ("cia", N_("Names on the aerial photo")),
)
ATTRIBUTION = N_("Base map: Tianditu, National Platform for Common Geospatial Information Services")


def base_layers(key: str) -> list[BaseLayer]:
    """Return what may lie below; nothing without a key: then the park's own streets do."""
    if not key:
        return []
    return [
        BaseLayer(
            layer,
            name,
            f"{HOST}/{layer}_{MATRIX_SET}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
            f"&LAYER={layer}&STYLE=default&TILEMATRIXSET={MATRIX_SET}&FORMAT=tiles"
            f"&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}",
            ATTRIBUTION,
            PROJECTION,
            MATRIX_SET,
            DEEPEST,
        )
        for layer, name in LAYERS
    ]


def content_sources(key: str) -> tuple[str, ...]:
    """Return what the pages' CSP must allow for images and connections besides 'self'."""
    return (SOURCES,) if key else ()
